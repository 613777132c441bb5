import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from './build.js';
import { demandExample, manyTasks, temporaryFile } from './fake-terminal.js';

let program: string;

beforeAll(() => {
  program = buildSim();
});

function start(args: readonly string[], stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): ChildProcess {
  return spawn(process.execPath, [program, ...args], { stdio });
}

async function ended(child: ChildProcess): Promise<{ status: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal }));
  });
}

describe('the program', () => {
  it('prints one JSON document and nothing else', async () => {
    const child = start(['run', '--trace', temporaryFile(demandExample), '--instant', '--json']);
    const [out, err, end] = await Promise.all([text(child.stdout!), text(child.stderr!), ended(child)]);
    expect({ err, end }).toEqual({ err: '', end: { status: 0, signal: null } });
    expect(JSON.parse(out)).toMatchObject({ partial: false, tasks: { finished: 5 } });
  });

  it('ends with 2 and no stack trace when it is used wrongly', async () => {
    const child = start(['run', '--trcae', 'x.csv']);
    const [out, err, end] = await Promise.all([text(child.stdout!), text(child.stderr!), ended(child)]);
    expect({ out, end }).toEqual({ out: '', end: { status: 2, signal: null } });
    expect(err).toBe('sim: sim run has no option --trcae. Did you mean --trace?\n');
  });

  it('sums up what there is on Ctrl-C and ends with 130', async () => {
    const child = start([
      'run',
      '--trace',
      temporaryFile(manyTasks(200_000)),
      '--agents',
      '99*cpus:9;mem:9999',
    ]);
    const [err, end] = [text(child.stderr!), ended(child)];
    let out = '';
    for await (const chunk of child.stdout!) {
      // What went in is printed; now it runs.
      if (out === '') child.kill('SIGINT');
      out += String(chunk);
    }
    expect(await end).toEqual({ status: 130, signal: null });
    expect(await err).toMatch(/^sim: interrupted; /);
    expect(out).toMatch(/^PARTIAL +interrupted at /m);
  });

  it('ends with 130 also before there is anything to sum up', async () => {
    // A trace that never comes: the read of a pipe without a writer.
    const child = start(['scenario', '-'], ['pipe', 'pipe', 'pipe']);
    child.stdin!.write('{');
    await once(child, 'spawn');
    // More than a pipe holds: it is through when the program reads, and then it listens to signals.
    await new Promise<void>((resolve) => {
      child.stdin!.write(' '.repeat(4_000_000), () => resolve());
    });
    child.kill('SIGINT');
    expect(await ended(child)).toEqual({ status: 130, signal: null });
  });

  it('is quiet when its reader goes away', async () => {
    const child = start(['run', '--trace', temporaryFile(manyTasks(2000)), '--json']);
    child.stdout!.destroy();
    const [err, end] = await Promise.all([text(child.stderr!), ended(child)]);
    expect({ err, end }).toEqual({ err: '', end: { status: 0, signal: null } });
  });

  it.runIf(existsSync('/dev/full'))('ends with 3 when its output cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    const child = start(['--help'], ['ignore', full, 'pipe']);
    const [err, end] = await Promise.all([text(child.stderr!), ended(child)]);
    closeSync(full);
    expect(end).toEqual({ status: 3, signal: null });
    expect(err).toMatch(/^sim: cannot write the output: .*\n$/);
  });
});
