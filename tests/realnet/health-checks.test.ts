import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server } from 'node:net';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { localCluster, temporaryFolder } from './cluster.js';
import { get } from './operator-client.js';
import { isAlive } from './processes.js';
import { RawScheduler, type Received } from './raw-client.js';

const soon = { delay_seconds: 0, interval_seconds: 0.05, grace_period_seconds: 0 };

async function start(content: object, encoding: 'json' | 'protobuf' = 'json') {
  const { port } = (await localCluster()).master;
  const scheduler = await RawScheduler.subscribe(port, {}, encoding);
  await scheduler.launchTask('t', content);
  return { port, scheduler };
}

/** The next update of a reason, or of a state. */
async function next(scheduler: RawScheduler, what: string): Promise<Received> {
  for (;;) {
    const status = await scheduler.update();
    if (status.reason === what || status.state === what) return status;
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const HEALTH = 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED';
const CHECK = 'REASON_TASK_CHECK_STATUS_UPDATED';

describe('a health check', () => {
  it.each(['json', 'protobuf'] as const)(
    'by a command in the sandbox says when the task is well, not well, and kills it in the end (%s)',
    async (encoding) => {
      const mark = join(temporaryFolder(), 'well');
      writeFileSync(mark, '');
      const check = { ...soon, type: 'COMMAND', consecutive_failures: 2, timeout_seconds: 5 };
      // Its own variable, one of the task, and the sandbox as the working directory.
      const value = `[ -e ${mark} ] && [ "$OWN$OF_TASK" = ab ] && [ -e stdout ] && [ "$PWD" = "$MESOS_SANDBOX" ]`;
      const variable = (name: string, text: string): object => ({ variables: [{ name, value: text }] });
      const { port, scheduler } = await start(
        {
          command: {
            value: 'sleep 1000',
            environment: {
              variables: [
                { name: 'OF_TASK', value: 'b' },
                { name: 'OWN', value: 'of the task' },
              ],
            },
          },
          health_check: { ...check, command: { value, environment: variable('OWN', 'a') } },
        },
        encoding,
      );
      expect(await next(scheduler, HEALTH)).toMatchObject({
        state: 'TASK_RUNNING',
        source: 'SOURCE_EXECUTOR',
        healthy: true,
      });
      const [{ statuses, health_check: shown }] = (await get(port, '/tasks')).tasks;
      expect(statuses.at(-1)).toMatchObject({ state: 'TASK_RUNNING', healthy: true });
      expect(shown).toMatchObject({ type: 'COMMAND' });
      rmSync(mark);
      expect(await next(scheduler, HEALTH)).toMatchObject({
        state: 'TASK_RUNNING',
        healthy: false,
        message: 'Health check failed once: the command exited with status 1',
      });
      expect(await next(scheduler, 'TASK_KILLED')).toMatchObject({
        healthy: false,
        message: expect.stringContaining('Health check failed 2 times in a row'),
      });
    },
  );

  it('of HTTP takes 200 to 399 for well', async () => {
    let status = 302;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/health' ? status : 404).end();
    });
    const port = await listening(server);
    const check = { ...soon, type: 'HTTP', http: { port, path: '/health' }, consecutive_failures: 1 };
    const { scheduler } = await start({ command: { value: 'sleep 1000' }, health_check: check });
    expect(await next(scheduler, HEALTH)).toMatchObject({ healthy: true });
    status = 503;
    expect(await next(scheduler, 'TASK_KILLED')).toMatchObject({
      healthy: false,
      message: expect.stringContaining('the answer was 503'),
    });
  });

  it('of TCP wants somebody who listens', async () => {
    const server = createSocketServer((socket) => socket.destroy());
    const port = await listening(server);
    const check = { ...soon, type: 'TCP', tcp: { port }, consecutive_failures: 1 };
    const { scheduler } = await start({ command: { value: 'sleep 1000' }, health_check: check });
    expect(await next(scheduler, HEALTH)).toMatchObject({ healthy: true });
    server.close();
    expect(await next(scheduler, 'TASK_KILLED')).toMatchObject({ healthy: false });
  });

  it('that cannot be tried has failed, and the agent lives', async () => {
    const check = { ...soon, type: 'HTTP', http: { port: 1, path: '/a b' }, consecutive_failures: 1 };
    const { scheduler } = await start({ command: { value: 'sleep 1000' }, health_check: check });
    expect(await next(scheduler, 'TASK_KILLED')).toMatchObject({
      message: expect.stringContaining('unescaped characters'),
    });
  });

  it('that takes longer than its time has failed, and nothing of it is left', async () => {
    const pid = join(temporaryFolder(), 'pid');
    const command = { value: `echo $$ > ${pid}; sleep 1000 & wait` };
    const check = { ...soon, type: 'COMMAND', command, timeout_seconds: 0.3, consecutive_failures: 1 };
    const { scheduler } = await start({ command: { value: 'sleep 1000' }, health_check: check });
    expect(await next(scheduler, 'TASK_KILLED')).toMatchObject({
      message: expect.stringContaining('it took longer than 0.3 s'),
    });
    const started = readFileSync(pid, 'utf8').trim();
    while (isAlive(started)) await delay(10);
  });

  it('that makes no sense is TASK_ERROR', async () => {
    const { scheduler } = await start({ command: { value: 'true' }, health_check: { type: 'HTTP' } });
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_ERROR',
      reason: 'REASON_TASK_INVALID',
      message: expect.stringContaining('health_check of type HTTP has the field http'),
    });
  });
});

it('a check tells of changes, judges nothing, and is in every status', async () => {
  const mark = join(temporaryFolder(), 'status');
  writeFileSync(mark, '0');
  const check = {
    ...{ delay_seconds: 0, interval_seconds: 0.05, type: 'COMMAND' },
    command: { command: { value: `exit $(cat ${mark})` } },
  };
  const { scheduler } = await start({
    command: { value: `until [ ! -e ${mark} ]; do sleep 0.05; done` },
    check,
  });
  expect(await scheduler.update()).toMatchObject({ check_status: { type: 'COMMAND', command: {} } });
  expect(await next(scheduler, CHECK)).toMatchObject({ check_status: { command: { exit_code: 0 } } });
  writeFileSync(mark, '7');
  expect(await next(scheduler, CHECK)).toMatchObject({
    state: 'TASK_RUNNING',
    check_status: { command: { exit_code: 7 } },
  });
  rmSync(mark);
  const end = await next(scheduler, 'TASK_FINISHED');
  expect(end).not.toHaveProperty('healthy');
  expect(end).toHaveProperty('check_status');
});
