import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { localCluster, temporaryFolder } from './cluster.js';
import { get } from './operator-client.js';

const program = fileURLToPath(new URL('mesos-client.mjs', import.meta.url));

interface ClientStatus {
  readonly task_id: { readonly value: string };
  readonly agent_id: { readonly value: string };
  readonly state: string;
  readonly reason?: string;
}

interface ClientEvent {
  readonly event: string;
  /** Of `update` and of `subscribed`; of other events it does not matter here. */
  readonly content: { readonly status?: ClientStatus; readonly frameworkId?: string };
}

interface ClientTask {
  readonly command: string;
  readonly instances: number;
}

interface Client {
  readonly events: AsyncIterator<ClientEvent>;
  /** Has the client call its scheduler. */
  readonly call: (method: string, ...args: readonly string[]) => void;
  /** SIGKILL: it says good-bye to nobody. */
  readonly kill: () => Promise<void>;
}

/** The third-party client, and its events as they come. */
function startClient(
  port: number,
  tasks: Readonly<Record<string, ClientTask>>,
  more: { readonly frameworkId?: string } = {},
): Client {
  const options = JSON.stringify({ port, name: 'it', logs: temporaryFolder(), tasks, ...more });
  const child = spawn(process.execPath, ['--no-deprecation', program, options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  async function* read(): AsyncGenerator<ClientEvent> {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{"event"')) yield JSON.parse(line);
    }
  }
  const call = (...words: readonly string[]): void => void child.stdin.write(`${JSON.stringify(words)}\n`);
  return { events: read(), call, kill };
}

/** The next of these events. @param pardoned an error that may come before it; no other may */
async function nextOf(
  events: AsyncIterator<ClientEvent>,
  wanted: string,
  pardoned?: string,
): Promise<ClientEvent['content']> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error(`the client ended before "${wanted}"`);
    const { event, content } = value;
    if (event === 'error' && (content as unknown) === pardoned) continue;
    expect(event, JSON.stringify(content)).not.toBe('error');
    if (event === wanted) return content;
  }
}

/** The states of tasks until `count` of them are over. */
async function statesUntilOver(events: AsyncIterator<ClientEvent>, count: number): Promise<string[][]> {
  const states = new Map<string, string[]>();
  for (let over = 0; over < count;) {
    const { task_id: id, state } = (await nextOf(events, 'update')).status!;
    states.set(id.value, [...(states.get(id.value) ?? []), state]);
    if (!['TASK_STARTING', 'TASK_RUNNING'].includes(state)) over++;
  }
  return [...states.values()];
}

/** The next status that is so. */
async function statusOf(
  events: AsyncIterator<ClientEvent>,
  so: Partial<ClientStatus>,
): Promise<ClientStatus> {
  for (;;) {
    const { status } = await nextOf(events, 'update');
    if (Object.entries(so).every(([key, value]) => status![key as keyof ClientStatus] === value))
      return status!;
  }
}

describe('the npm package mesos-framework, unchanged,', () => {
  it('takes a command from offer to TASK_FINISHED', async () => {
    const { master } = await localCluster();
    const { events } = startClient(master.port, { hello: { command: 'echo hello', instances: 1 } });
    expect(await statesUntilOver(events, 1)).toEqual([['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']]);
  });

  it('runs several tasks, one of which fails', async () => {
    const { master } = await localCluster();
    const { events } = startClient(master.port, {
      good: { command: 'true', instances: 3 },
      bad: { command: 'exit 3', instances: 1 },
    });
    const states = await statesUntilOver(events, 4);
    expect(states.map((list) => list.at(-1)).sort()).toEqual([
      'TASK_FAILED',
      'TASK_FINISHED',
      'TASK_FINISHED',
      'TASK_FINISHED',
    ]);
  });

  it('kills a task that runs: TASK_KILLED', async () => {
    const { master } = await localCluster();
    const { events, call } = startClient(master.port, { long: { command: 'exec sleep 1000', instances: 1 } });
    const { task_id: task, agent_id: agent } = await statusOf(events, { state: 'TASK_RUNNING' });
    call('kill', task.value, agent.value);
    // The very next status: nothing else comes in between.
    expect((await nextOf(events, 'update')).status).toMatchObject({ task_id: task, state: 'TASK_KILLED' });
  });

  it('fails over: a client killed by SIGKILL is followed by one with its id, which reconciles and kills', async () => {
    const { master } = await localCluster();
    const first = startClient(master.port, { long: { command: 'exec sleep 1000', instances: 1 } });
    const { frameworkId } = await nextOf(first.events, 'subscribed');
    const { task_id: task, agent_id: agent } = await statusOf(first.events, { state: 'TASK_RUNNING' });
    await first.kill();

    const { events, call } = startClient(master.port, {}, { frameworkId: frameworkId! });
    expect(await nextOf(events, 'subscribed')).toMatchObject({ frameworkId });
    const reconciled = { state: 'TASK_RUNNING', reason: 'REASON_RECONCILIATION' };
    // One task by name, then whatever runs.
    for (const named of [[task.value, agent.value], []]) {
      call('reconcile', ...named);
      expect(await statusOf(events, reconciled)).toMatchObject({ task_id: task, agent_id: agent });
    }
    call('kill', task.value, agent.value);
    expect(await statusOf(events, { state: 'TASK_KILLED' })).toMatchObject({ task_id: task });

    call('teardown');
    // The master ends the stream of who is torn down, before or after its answer.
    await nextOf(events, 'sent_teardown', 'Long-running connection was closed!');
    expect(await get(master.port, '/frameworks')).toMatchObject({
      frameworks: [],
      completed_frameworks: [{ id: frameworkId }],
    });
  });
});
