import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { localCluster, temporaryFolder } from './cluster.js';
import { RawScheduler, type Received } from './raw-client.js';

const FAILED = { state: 'TASK_FAILED', source: 'SOURCE_AGENT', reason: 'REASON_CONTAINER_LAUNCH_FAILED' };

/** The last word on a task of this content, without limits of patience to wait for. */
async function endOf(content: object, executorRegistrationMs = 60_000): Promise<Received> {
  const { master } = await localCluster({ agentSettings: { executorRegistrationMs } });
  const scheduler = await RawScheduler.subscribe(master.port);
  await scheduler.launchTask('t', content);
  for (;;) {
    const status = await scheduler.update();
    if (!['TASK_STARTING', 'TASK_RUNNING'].includes(status.state)) return status;
  }
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function variable(name: string, value: string): object {
  return { environment: { variables: [{ name, value }] } };
}

const LONG = 'x'.repeat(200_000);

describe.each(['command', 'executor'])('a task whose %s cannot be launched (W-4.2)', (kind) => {
  const content = (command: object): object =>
    kind === 'command'
      ? { command }
      : { executor: { executor_id: { value: 'e' }, type: 'CUSTOM', command: { shell: true, ...command } } };

  it.each([
    ['a NUL in its command', { value: 'echo a\0b' }, /NUL/],
    ['a NUL in its environment', { value: 'true', ...variable('A', 'a\0b') }, /NUL/],
    [
      'an environment beyond bounds',
      { value: 'true', ...variable('A', LONG) },
      /longer than this host takes/,
    ],
    ['a command beyond bounds', { value: `: ${LONG}` }, /longer than this host takes/],
    ['no command', { shell: false }, /the command is empty/],
    ['a program that is not there', { shell: false, value: '/no/such' }, /no such program/],
  ])('has %s: it fails, and says why', async (_what, command, message) => {
    expect(await endOf(content(command))).toMatchObject({
      ...FAILED,
      message: expect.stringMatching(message),
    });
  });

  it('has an archive that is none', async () => {
    const file = join(temporaryFolder(), 'data.tar.gz');
    writeFileSync(file, 'no archive');
    const uris = [{ value: file, extract: true }];
    const status = await endOf(content({ value: 'true', uris }));
    expect(status).toMatchObject({ ...FAILED, message: expect.stringContaining(`${file}: `) });
    expect(status.message).toMatch(/^Failed to launch container: .*tar/);
  });

  it.each([
    ['says nothing', (): void => undefined],
    [
      'never ends',
      (response: ServerResponse): void => {
        const timer = setInterval(() => response.write('x'), 5);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('has a URI whose server %s: its time is that of an executor to register (W-3.6)', async (_, serve) => {
    const server = createHttpServer((_request, response) => serve(response));
    onTestFinished(() => server.closeAllConnections());
    const uris = [{ value: `http://127.0.0.1:${await portOf(server)}/data` }];
    expect(await endOf(content({ value: 'true', uris }), 200)).toMatchObject({
      state: 'TASK_FAILED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
      message: 'Failed to launch container: its URIs were not fetched within 0.2 s',
    });
  });
});

it('W-3.6: an executor that never subscribes fails its tasks', async () => {
  const executor = { executor_id: { value: 'e' }, type: 'CUSTOM', command: { value: 'exec sleep 1000' } };
  expect(await endOf({ executor }, 200)).toMatchObject({
    state: 'TASK_FAILED',
    source: 'SOURCE_AGENT',
    reason: 'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
    message: 'Executor did not subscribe within 0.2 s',
  });
});

it('W-4.2: a task of a user that is not there fails', async () => {
  const { master } = await localCluster({ agentSettings: { users: { switchUser: true, allowRoot: true } } });
  const scheduler = await RawScheduler.subscribe(master.port);
  await scheduler.launch('t', { value: 'true', user: 'no-such-user' });
  const message = 'Failed to launch container: there is no user "no-such-user" on this host';
  expect(await scheduler.update()).toMatchObject({ ...FAILED, message });
});
