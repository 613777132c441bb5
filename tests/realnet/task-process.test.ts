import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processStart } from '../../src/realnet/process/process-table.js';
import { TaskProcess, type ProcessEnd } from '../../src/realnet/process/task-process.js';
import { temporaryFolder } from './cluster.js';
import { isAlive } from './processes.js';

async function endOf(pid: number, start: string, folder: string): Promise<ProcessEnd> {
  return await new Promise((ended) => {
    TaskProcess.find({ pid, start }, 'no such mark', folder, ended);
  });
}

const unknown = { failure: 'an agent before this one started it, and it left no exit status' };

describe('a process that an earlier agent started', () => {
  it('and whose number somebody else has by now is over, and the other one lives', async () => {
    const other = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    await once(other, 'spawn');
    onTestFinished(() => void other.kill('SIGKILL'));
    const start = String(Number(processStart(other.pid!)) - 1);
    expect(await endOf(other.pid!, start, temporaryFolder())).toEqual(unknown);
    expect(isAlive(other.pid!)).toBe(true);
  });

  const gone = async (): Promise<number> => {
    const child = spawn('true', { stdio: 'ignore' });
    await once(child, 'exit');
    return child.pid!;
  };

  it.each([
    ['7\n', { status: 7 }],
    ['137\n', { signal: 'SIGKILL' }],
    ['', unknown],
    ['no number', unknown],
  ])('says how it ended in a file: %j', async (text, end) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.exit-status'), text);
    expect(await endOf(await gone(), '1', folder)).toEqual(end);
  });

  it('holds nobody up with what it puts in place of that file', async () => {
    const [pipe, link] = [temporaryFolder(), temporaryFolder()];
    execFileSync('mkfifo', [join(pipe, '.exit-status')]);
    symlinkSync('/dev/zero', join(link, '.exit-status'));
    for (const folder of [pipe, link]) expect(await endOf(await gone(), '1', folder)).toEqual(unknown);
  });
});
