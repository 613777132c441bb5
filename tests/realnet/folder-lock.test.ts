import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FolderError, lock, unlock } from '../../src/realnet/registry/folder-lock.js';
import { buildSim } from '../cli/build.js';
import { temporaryFolder } from './cluster.js';

/** Folders that all starters want, one after the other. */
const FOLDERS = 60;
const STARTERS = 4;
const GAP_MS = 5;

/** At each folder's time it locks it, or not, and says which it got; what it has it keeps until its input ends. */
const STARTER = `
  const { lock } = await import(process.argv[1]);
  const [folder, begin] = process.argv.slice(2);
  const got = [];
  for (let at = 0; at < ${FOLDERS}; at++) {
    while (Date.now() < Number(begin) + at * ${GAP_MS});
    try {
      lock(folder + '/' + at + '/lock', 'starter');
      got.push(at);
    } catch (error) {
      if (!error.message.includes('in use by another starter, process ')) throw error;
    }
  }
  console.log(JSON.stringify(got));
  process.stdin.resume();
`;

function starter(module: string, folder: string, begin: number): ChildProcess {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', STARTER, module, folder, String(begin)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function gotBy(child: ChildProcess): Promise<number[]> {
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return JSON.parse(line) as number[];
}

describe('the mark of a folder', () => {
  const all = Array.from({ length: FOLDERS }, (_, at) => at);

  it('is of one of those that start at one instant, also where the last one was killed', async () => {
    const module = join(dirname(buildSim()), '../realnet/registry/folder-lock.js');
    const folder = temporaryFolder();
    for (const at of all) mkdirSync(join(folder, String(at)));
    for (const round of ['free', 'left by the killed']) {
      // Later than they need to start, so that they meet.
      const begin = Date.now() + 1500;
      const starters = Array.from({ length: STARTERS }, () => starter(module, folder, begin));
      const got = await Promise.all(starters.map(gotBy));
      expect([round, got.flat().sort((a, b) => a - b)]).toEqual([round, all]);
      for (const child of starters) {
        child.kill('SIGKILL');
        await once(child, 'close');
      }
    }
    // Each folder has the mark, and nothing besides.
    for (const at of all) expect(readdirSync(join(folder, String(at)))).toEqual(['lock']);
  });

  it('is not that of a later process with the same id', () => {
    const path = join(temporaryFolder(), 'lock');
    mkdirSync(path);
    writeFileSync(join(path, `${process.ppid}-1`), '');
    lock(path, 'test');
    expect(() => lock(path, 'test')).toThrow(`in use by another test, process ${process.pid}`);
    unlock(path);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('says in one line what is in its place', () => {
    const path = join(temporaryFolder(), 'lock');
    writeFileSync(path, '');
    expect(() => lock(path, 'test')).toThrow(FolderError);
    expect(() => lock(path, 'test')).toThrow(/^the folder \S+ cannot be used: ENOTDIR[^\n]*$/);
    expect(readdirSync(dirname(path))).toEqual(['lock']);
  });
});
