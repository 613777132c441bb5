import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutputFiles } from '../../src/realnet/process/output-files.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { RawScheduler, type Received } from './raw-client.js';
import { isAlive } from './processes.js';

async function startCluster(info: object = {}) {
  const workDir = temporaryFolder();
  const { master } = await localCluster({ workDir });
  const scheduler = await RawScheduler.subscribe(master.port, info);
  const sandbox = (task: string): string => {
    const agent = join(workDir, 'agent-0', 'slaves');
    const [id] = readdirSync(agent);
    return join(agent, id, 'frameworks', scheduler.frameworkId, 'executors', task, 'runs', 'latest');
  };
  return { scheduler, sandbox };
}

/** The last update of the one task that runs. */
async function lastUpdate(scheduler: RawScheduler): Promise<Received> {
  for (;;) {
    const status = await scheduler.update();
    if (!['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING'].includes(status.state)) return status;
  }
}

async function textOf(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, 'utf8') === '') await delay(10);
  return readFileSync(path, 'utf8').trim();
}

describe('a task that is killed', () => {
  it('says TASK_KILLING to those who can hear it, and how it ended', async () => {
    const { scheduler } = await startCluster({ capabilities: [{ type: 'TASK_KILLING_STATE' }] });
    await scheduler.launch('t', { value: 'sleep 1000' });
    await scheduler.update();
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' });
    await scheduler.call('KILL', { task_id: { value: 't' } });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_KILLING', source: 'SOURCE_EXECUTOR' });
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_KILLED',
      message: 'Command terminated with signal SIGTERM',
    });
  });

  it('and ignores SIGTERM, as its children do, is gone with all of them after its grace period', async () => {
    const { scheduler, sandbox } = await startCluster();
    const loop = 'while :; do sleep 1; done';
    const stubborn = [
      "trap '' TERM",
      `sh -c 'echo $$ > child; ${loop}' & setsid sh -c 'echo $$ > escaped; ${loop}' & echo $$ > pid`,
      loop,
    ].join('\n');
    await scheduler.launchTask('t', {
      command: { value: stubborn },
      kill_policy: { grace_period: { nanoseconds: 200_000_000 } },
    });
    await scheduler.update();
    await scheduler.update();
    const pids = await Promise.all(
      ['pid', 'child', 'escaped'].map((name) => textOf(join(sandbox('t'), name))),
    );
    expect(pids.map(isAlive)).toEqual([true, true, true]);
    await scheduler.call('KILL', { task_id: { value: 't' } });
    expect(await lastUpdate(scheduler)).toMatchObject({
      state: 'TASK_KILLED',
      message: 'Command terminated with signal SIGKILL',
    });
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  });

  it('is killed sooner when a later KILL says so, and not later', async () => {
    const { scheduler } = await startCluster();
    await scheduler.launch('t', { value: "trap '' TERM; while :; do sleep 0.05; done" });
    await scheduler.update();
    await scheduler.update();
    const within = (seconds: number): object => ({
      task_id: { value: 't' },
      kill_policy: { grace_period: { nanoseconds: seconds * 1e9 } },
    });
    await scheduler.call('KILL', within(3600));
    await scheduler.call('KILL', within(0.05));
    await scheduler.call('KILL', within(3600));
    expect(await lastUpdate(scheduler)).toMatchObject({ state: 'TASK_KILLED' });
  });
});

describe('a task that ends', () => {
  it('takes with it what it left behind, whether in its group or not', async () => {
    const { scheduler, sandbox } = await startCluster();
    const leaver = [
      'sleep 1000 & echo $! > child',
      "setsid sh -c 'echo $$ > escaped; exec sleep 1000' &",
      'while [ ! -s escaped ]; do sleep 0.02; done',
    ].join('\n');
    await scheduler.launch('t', { value: leaver });
    expect(await lastUpdate(scheduler)).toMatchObject({ state: 'TASK_FINISHED' });
    const pids = await Promise.all(['child', 'escaped'].map((name) => textOf(join(sandbox('t'), name))));
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  it('by itself with another status is failed, in its own words', async () => {
    const { scheduler, sandbox } = await startCluster();
    await scheduler.launch('t', {
      shell: false,
      value: '/bin/sh',
      arguments: ['my-name', '-c', 'echo "$0 $GREETING $MESOS_TASK_ID"; echo oops >&2; exit 3'],
      environment: { variables: [{ name: 'GREETING', value: 'hello' }] },
    });
    const status = await lastUpdate(scheduler);
    expect(status).toMatchObject({ state: 'TASK_FAILED', message: 'Command exited with status 3' });
    expect(status.reason).toBeUndefined();
    expect(readFileSync(join(sandbox('t'), 'stdout'), 'utf8')).toBe('my-name hello t\n');
    expect(readFileSync(join(sandbox('t'), 'stderr'), 'utf8')).toBe('oops\n');
  });

  it('too late is failed with its reason', async () => {
    const { scheduler } = await startCluster();
    await scheduler.launchTask('t', {
      command: { value: 'sleep 1000' },
      max_completion_time: { nanoseconds: 50_000_000 },
    });
    expect(await lastUpdate(scheduler)).toMatchObject({
      state: 'TASK_FAILED',
      reason: 'REASON_MAX_COMPLETION_TIME_REACHED',
    });
  });
});

describe('the URIs of a task', () => {
  it('are in its sandbox before it begins: files, http, archives, under other names', async () => {
    const { scheduler, sandbox } = await startCluster();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'data.txt'), 'data');
    writeFileSync(join(folder, 'tool'), '#!/bin/sh\necho tool\n');
    mkdirSync(join(folder, 'packed'));
    writeFileSync(join(folder, 'packed', 'inner.txt'), 'inner');
    execFileSync('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', folder, 'packed']);
    const server = createServer((_request, response) => response.end('web'));
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening);
    });
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const uris = [
      { value: join(folder, 'data.txt') },
      { value: `file://${folder}/tool`, executable: true },
      { value: `${folder}/a.tar.gz` },
      { value: `http://127.0.0.1:${port}/some/page?x=1` },
      { value: `http://127.0.0.1:${port}/other`, output_file: 'sub/renamed' },
    ];
    await scheduler.launch('t', { value: './tool; cat data.txt packed/inner.txt page sub/renamed', uris });
    expect(await lastUpdate(scheduler)).toMatchObject({ state: 'TASK_FINISHED' });
    expect(readFileSync(join(sandbox('t'), 'stdout'), 'utf8')).toBe('tool\ndatainnerwebweb');
  });

  it.each([
    ['a file that is not there', { value: '/no/such/file' }, /no such file/i],
    ['a name outside the sandbox', { value: '/etc/hostname', output_file: '../../x' }, /no name of a file/],
    ['a server that is not there', { value: 'http://127.0.0.1:1/x' }, /127\.0\.0\.1:1/],
    ['what it cannot fetch', { value: 'hdfs://x/y' }, /file:\/\/ or http/],
  ])('that are %s fail it', async (_what, uri, why) => {
    const { scheduler } = await startCluster();
    await scheduler.launch('t', { value: 'true', uris: [uri] });
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_FAILED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_CONTAINER_LAUNCH_FAILED',
      message: expect.stringMatching(why),
    });
  });
});

it('200 short tasks in a row lose nothing', async () => {
  const { scheduler, sandbox } = await startCluster();
  for (let i = 0; i < 200; i++) {
    await scheduler.launch(`t${i}`, { value: `echo ${i}` });
    expect(await lastUpdate(scheduler)).toMatchObject({
      state: 'TASK_FINISHED',
      task_id: { value: `t${i}` },
    });
    expect(readFileSync(join(sandbox(`t${i}`), 'stdout'), 'utf8')).toBe(`${i}\n`);
  }
});

it('output that grows too large is rotated, and its end is kept', () => {
  const folder = temporaryFolder();
  const output = new OutputFiles(folder, undefined);
  const limits = { stdoutBytes: 10, stderrBytes: 10 };
  const said = (): string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith('stdout'))
      .sort();
  for (const line of ['0123456789abcdef', 'second, and longer', 'third']) {
    writeFileSync(join(folder, 'stdout'), line, { flag: 'a' });
    output.rotate(limits);
  }
  output.close();
  expect(said()).toEqual(['stdout', 'stdout.1', 'stdout.2']);
  expect(readFileSync(join(folder, 'stdout'), 'utf8')).toBe('third');
  expect(readFileSync(join(folder, 'stdout.1'), 'utf8')).toBe('and longer');
  expect(readFileSync(join(folder, 'stdout.2'), 'utf8')).toBe('6789abcdef');
});

it('output that cannot be opened leaves no file open', () => {
  const folder = temporaryFolder();
  // As an archive that was fetched may have it.
  mkdirSync(join(folder, 'stderr'));
  expect(() => new OutputFiles(folder, undefined)).toThrow('EISDIR');
  const open = readdirSync('/proc/self/fd').map((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`);
    } catch {
      return 'gone';
    }
  });
  expect(open.filter((path) => path.startsWith(folder))).toEqual([]);
});

it('a full disk fails the task that needs it, and nothing else', async () => {
  const { scheduler, sandbox } = await startCluster();
  await scheduler.launch('full', { value: 'set -e; cat /dev/zero > /dev/full; echo never' });
  expect(await lastUpdate(scheduler)).toMatchObject({ state: 'TASK_FAILED' });
  expect(readFileSync(join(sandbox('full'), 'stderr'), 'utf8')).toMatch(/No space left/);
  await scheduler.launch('next', { value: 'true' });
  expect(await lastUpdate(scheduler)).toMatchObject({ state: 'TASK_FINISHED' });
});

describe('a container that cannot be made', () => {
  const image = { type: 'DOCKER', docker: { name: 'busybox' } };
  const volume = { mode: 'RW', container_path: 'data', host_path: '/tmp' };
  const command = { value: 'true' };
  const secret = {
    name: 'TOKEN',
    type: 'SECRET',
    secret: { type: 'REFERENCE', reference: { name: 'vault' } },
  };
  it.each([
    ['of Docker', { command, container: { type: 'DOCKER', docker: { image: 'busybox' } } }, /Docker/],
    ['with an image', { command, container: { type: 'MESOS', mesos: { image } } }, /images/],
    ['with a volume', { command, container: { type: 'MESOS', volumes: [volume] } }, /volumes .* data/],
    [
      'with a secret from elsewhere',
      { command: { ...command, environment: { variables: [secret] } } },
      /TOKEN/,
    ],
    [
      'of an executor',
      { executor: { executor_id: { value: 'e' }, command, container: { type: 'MESOS', mesos: { image } } } },
      /images/,
    ],
  ])('W-4.2: %s fails its task, which does not run on the host', async (_what, content, reason) => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    await scheduler.launchTask('t', content);
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_FAILED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_CONTAINER_LAUNCH_FAILED',
      message: expect.stringMatching(reason),
    });
  });

  it('in a task group fails the group', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    const executor = { type: 'DEFAULT', executor_id: { value: 'e' } };
    await scheduler.accept((agent) => {
      const task = (name: string, more: object): object => ({
        name,
        task_id: { value: name },
        agent_id: agent,
        resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
        command,
        ...more,
      });
      const tasks = [task('a', {}), task('b', { container: { type: 'MESOS', mesos: { image } } })];
      return { type: 'LAUNCH_GROUP', launch_group: { executor, task_group: { tasks } } };
    });
    const states = [await scheduler.update(), await scheduler.update()].map(({ state }) => state);
    expect(states).toEqual(['TASK_FAILED', 'TASK_FAILED']);
  });

  it('is not one with a secret that comes with its value', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    const data = Buffer.from('open sesame').toString('base64');
    const variables = [{ name: 'TOKEN', type: 'SECRET', secret: { type: 'VALUE', value: { data } } }];
    const value = '[ "$TOKEN" = "open sesame" ]';
    await scheduler.launch('t', { value, environment: { variables } });
    await scheduler.update();
    await scheduler.update();
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_FINISHED' });
  });
});
