import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { agora } from '../../src/cli/agora-main.js';
import { roomProblem, type AgentRoom } from '../../src/cli/no-offer-yet.js';
import type { Terminal } from '../../src/cli/terminal.js';
import { runWith, type Outcome } from '../cli/fake-terminal.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { get } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

/** Runs `agora` against a master. */
async function call(port: number, command: string, ...args: string[]): Promise<Outcome> {
  return await runWith(agora, [command, '--master', `127.0.0.1:${port}`, ...args]);
}

/** A command as somebody sees it who waits for its output, and may press Ctrl-C. */
function watched(port: number, command: string, ...args: string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let press: (() => void) | undefined;
  const terminal: Terminal = {
    out: (text) => out.write(text),
    stream: () => out,
    err: (text) => err.write(text),
    isInteractive: false,
    onInterrupt: (handler) => (press = handler),
    exit: () => {
      throw new Error('it ended at once');
    },
  };
  const status = agora([command, '--master', `127.0.0.1:${port}`, ...args], terminal);
  const [firstOutput, firstError] = [out, err].map((stream) => once(stream, 'data').then(String));
  return { status, firstOutput, firstError, interrupt: () => press?.() };
}

describe('agora run', () => {
  it('shows the output of a task, and ends as it ends', async () => {
    const { port } = (await localCluster()).master;
    const file = join(temporaryFolder(), 'given');
    writeFileSync(file, 'fetched');
    const line = 'cat given; echo $WHO; echo "two  words" >&2; exit 7';
    const shell = await call(port, 'run', '--role', 'eng', '--env', 'WHO=me', '--uri', file, '--', line);
    expect(shell).toEqual({ status: 7, out: 'fetchedme\n', err: 'two  words\n' });
    const program = await call(port, 'run', '--', 'echo', '--help', 'a_b', '--c_d');
    expect(program).toEqual({ status: 0, out: '--help a_b --c_d\n', err: '' });
    const { frameworks } = await get(port, '/frameworks');
    expect(frameworks).toEqual([]);
  });

  it('names the user that a task runs as', async () => {
    const { port } = (await localCluster()).master;
    const run = watched(
      port,
      'run',
      '--user',
      'nobody',
      '--name',
      'long',
      '--',
      'echo here; exec sleep 1000',
    );
    expect(await run.firstOutput).toBe('here\n');
    expect((await get(port, '/frameworks')).frameworks).toMatchObject([{ user: 'nobody' }]);
    run.interrupt();
    expect(await run.status).toBe(130);
  });

  it('shows all of an output that comes in many pieces', async () => {
    const { port } = (await localCluster()).master;
    const { status, out } = await call(port, 'run', '--', 'seq 60000');
    expect(status).toBe(0);
    expect(out).toBe(`${Array.from({ length: 60_000 }, (_, i) => i + 1).join('\n')}\n`);
  });

  it('asks an allocator that gives what was asked for', async () => {
    const { port } = (
      await localCluster({
        allocator: (options) => createAllocator('fifo', { ...options, offers: 'demand' }),
      })
    ).master;
    const outcome = await call(port, 'run', '--json', '--name', 'one', '--', 'echo x; kill -9 $$');
    expect(outcome.status).toBe(137);
    expect(JSON.parse(outcome.out)).toMatchObject({
      task_id: 'one',
      state: 'TASK_FAILED',
      exit_status: 137,
      stdout: 'x\n',
      stderr: '',
    });
  });

  it('kills the task at Ctrl-C, and ends with 130', async () => {
    const { port } = (await localCluster()).master;
    const run = watched(port, 'run', '--name', 'long', '--', 'echo here; exec sleep 1000');
    expect(await run.firstOutput).toBe('here\n');
    run.interrupt();
    expect(await run.status).toBe(130);
    const { tasks } = await get(port, '/tasks');
    expect(tasks).toMatchObject([{ id: 'long', state: 'TASK_KILLED' }]);
  });

  it('says why no offer holds its task while it waits, and starts it when one does', async () => {
    const { port } = (await localCluster()).master;
    const large = watched(port, 'run', '--cpus', '99', '--', 'true');
    expect(await large.firstError).toBe(
      'agora: no offer yet that holds cpus:99;mem:64: the largest agent has cpus 4. ' +
        'Waiting; agora agents shows what there is, Ctrl-C gives up.\n',
    );
    large.interrupt();
    expect(await large.status).toBe(130);
    const first = watched(port, 'run', '--cpus', '4', '--', 'echo begins; sleep 1000');
    await first.firstOutput;
    const second = watched(port, 'run', '--cpus', '1', '--', 'echo begins');
    expect(await second.firstError).toMatch(/holds cpus:1;mem:64: other tasks use what could hold it\./);
    first.interrupt();
    expect(await second.firstOutput).toBe('begins\n');
    expect(await second.status).toBe(0);
  });

  it('goes without a task when Ctrl-C comes first', async () => {
    const { port } = (await localCluster()).master;
    const args = ['run', '--master', `127.0.0.1:${port}`, '--', 'true'];
    expect(await runWith(agora, args, { interrupt: true })).toEqual({ status: 130, out: '', err: '' });
  });

  it.each([
    [['nosuch', 'x'], 1, /^agora: task "nosuch-\w+" failed: .*no such program.*\.\n$/],
    [[], 2, /^agora: name what to run: .*\n$/],
    [['--cpus', 'x', 'true'], 2, /^agora: --cpus is "x"; .*\n$/],
    [['--env', 'x', 'true'], 2, /^agora: --env is "x"; .*\n$/],
    [['--role', 'a//b', 'true'], 2, /^agora: --role: .*empty component \(R-2\.1\)\.\n$/],
    [['--name', 'a/b', 'true'], 2, /^agora: --name is "a\/b": .*\n$/],
  ])('%j is refused in one line', async (args, status, message) => {
    const { port } = (await localCluster()).master;
    const outcome = await call(port, 'run', ...args);
    expect(outcome).toMatchObject({ status, out: '' });
    expect(outcome.err).toMatch(message);
  });
});

describe('why there is no room for a task', () => {
  const agent = (total: object, used: object = {}, offered: object = {}, active = true): AgentRoom => ({
    resources: { ...total },
    used_resources: { ...used },
    offered_resources: { ...offered },
    active,
  });
  const needs = new Map([
    ['cpus', 2000],
    ['mem', 500_000],
  ]);

  it.each([
    ['the cluster has no agents', []],
    ['no agent is active', [agent({ cpus: 8, mem: 8000 }, {}, {}, false)]],
    ['the largest agent has cpus 1.5', [agent({ cpus: 1, mem: 800 }), agent({ cpus: 1.5, mem: 600 })]],
    ['no agent has more than cpus 1 and mem 400', [agent({ cpus: 1 }), agent({ mem: 400 })]],
    ['no agent has all of it at once', [agent({ cpus: 1, mem: 800 }), agent({ cpus: 2, mem: 400 })]],
    ['other tasks use what could hold it', [agent({ cpus: 4, mem: 800 }, { cpus: 3, mem: 1 })]],
    ['what could hold it is offered to others', [agent({ cpus: 4, mem: 800 }, { cpus: 1 }, { cpus: 2 })]],
    [undefined, [agent({ cpus: 4, mem: 800, ports: '[1-2]' }, { cpus: 1 }, { cpus: 1 })]],
  ])('is in words: %s', (why, agents) => {
    expect(roomProblem(agents, needs)).toBe(why);
  });
});

describe('agora logs, kill and offers', () => {
  it('reach tasks of any framework', async () => {
    const { port } = (await localCluster()).master;
    const scheduler = await RawScheduler.subscribe(port);
    await scheduler.launch('long', { value: 'echo out; echo err >&2; exec sleep 1000' });
    while ((await scheduler.update()).state !== 'TASK_RUNNING');
    const following = watched(port, 'logs', 'long', '-f');
    expect(await following.firstOutput).toBe('out\n');
    expect(await call(port, 'kill', '0000/long')).toEqual({ status: 0, out: 'killing long\n', err: '' });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_KILLED' });
    expect(await following.status).toBe(0);
    expect((await call(port, 'logs', 'long', '--stderr')).out).toBe('err\n');
    const { out } = await call(port, 'logs', 'long', '--json');
    expect(JSON.parse(out)).toEqual({ task_id: 'long', stdout: 'out\n' });
    expect(await call(port, 'kill', 'long')).toMatchObject({ status: 1 });
    expect((await call(port, 'logs', 'nobody')).err).toMatch(/^agora: no task "nobody"; .*\n$/);
  });

  it('show the offers that are out', async () => {
    const { port } = (await localCluster()).master;
    const scheduler = await RawScheduler.subscribe(port);
    await scheduler.next('OFFERS');
    expect((await call(port, 'offers')).out).toMatch(/^O0 +0000 +\* +S0 +4 +4096 +0$/m);
    expect(JSON.parse((await call(port, 'offers', '--json')).out).offers).toHaveLength(1);
  });
});
