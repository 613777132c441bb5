import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processStart } from '../../src/realnet/process/process-table.js';
import { TaskProcess, type ProcessEnd } from '../../src/realnet/process/task-process.js';
import { buildSim } from '../cli/build.js';
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

  it('is not over, and loses nothing of itself, while no file is left to look at it', () => {
    const built = buildSim().replace('cli/sim.js', 'realnet/process/');
    const program = `
      import { spawn } from 'node:child_process';
      import { once } from 'node:events';
      import { closeSync, openSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      import { lookAt, processStart } from '${built}process-table.js';
      import { TaskProcess } from '${built}task-process.js';
      const start = () => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore', env: { AGORA_CONTAINER_ID: 'm' } });
      const [task, strayed] = [start(), start()];
      await Promise.all([once(task, 'spawn'), once(strayed, 'spawn')]);
      const record = { pid: task.pid, start: processStart(task.pid) };
      const files = [];
      try { for (;;) files.push(openSync('/dev/null')); } catch {}
      let isOver = false;
      const ended = new Promise((resolve) => TaskProcess.find(record, 'm', '/', resolve)).then(() => (isOver = true));
      // It looks at once, and again.
      for (let looks = 0; looks < 3; looks++) await delay(100);
      console.log(lookAt(record), isOver);
      task.kill('SIGKILL');
      await once(task, 'exit');
      for (let looks = 0; looks < 3; looks++) await delay(100);
      for (const file of files) closeSync(file);
      await Promise.all([ended, once(strayed, 'exit')]);
      console.log(lookAt(record), isOver);`;
    const args = [
      '-c',
      'ulimit -n 64; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      program,
    ];
    expect(execFileSync('/bin/sh', args, { encoding: 'utf8' })).toBe('unknown false\nover true\n');
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

describe('a process that cannot be started', () => {
  it.each([
    ['no such program', '/no/such', 'there', '/no/such: there is no such program'],
    ['no folder', '/bin/true', 'gone', 'its folder FOLDER/gone is not there any more'],
    [
      'a file in place of the folder',
      '/bin/true',
      'file',
      /^its folder FOLDER\/file cannot be entered: ENOTDIR/,
    ],
    ['a program that may not be executed', './file', '.', './file: it may not be executed'],
    ['no interpreter', './script', '.', './script: the interpreter that it names is not there'],
  ])('says why: %s', async (_what, value, name, failure) => {
    const parent = temporaryFolder();
    mkdirSync(join(parent, 'there'));
    writeFileSync(join(parent, 'file'), '');
    writeFileSync(join(parent, 'script'), '#!/no/interpreter\n', { mode: 0o755 });
    const output = openSync('/dev/null', 'w');
    onTestFinished(() => closeSync(output));
    const end = new Promise<ProcessEnd>((ended) => {
      TaskProcess.start(
        {
          command: { shell: false, value },
          folder: join(parent, name),
          env: {},
          user: undefined,
          mark: 'm',
          keepStatus: false,
          output: [output, output],
        },
        ended,
      );
    });
    const why = await end.then(
      (how) => how.failure,
      (error: unknown) => (error as Error).message,
    );
    expect(why?.replaceAll(parent, 'FOLDER')).toMatch(failure);
  });
});
