import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { localCluster, temporaryFolder } from './cluster.js';

const program = fileURLToPath(new URL('mesos-client.mjs', import.meta.url));

interface ClientEvent {
  readonly event: string;
  /** Of an update; of other events it does not matter here. */
  readonly content: { readonly status?: { readonly task_id: { value: string }; readonly state: string } };
}

interface ClientTask {
  readonly command: string;
  readonly instances: number;
}

/** The third-party client, and its events as they come. */
function startClient(
  port: number,
  tasks: Readonly<Record<string, ClientTask>>,
): { events: AsyncIterable<ClientEvent> } {
  const options = JSON.stringify({ port, name: 'it', logs: temporaryFolder(), tasks });
  const child = spawn(process.execPath, ['--no-deprecation', program, options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  async function* read(): AsyncGenerator<ClientEvent> {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{"event"')) yield JSON.parse(line);
    }
  }
  return { events: read() };
}

/** The states of tasks until `count` of them are over. */
async function statesUntilOver(events: AsyncIterable<ClientEvent>, count: number): Promise<string[][]> {
  const states = new Map<string, string[]>();
  let over = 0;
  for await (const { event, content } of events) {
    expect(event, JSON.stringify(content)).not.toBe('error');
    if (event !== 'update') continue;
    const { task_id: id, state } = content.status!;
    states.set(id.value, [...(states.get(id.value) ?? []), state]);
    if (!['TASK_STARTING', 'TASK_RUNNING'].includes(state)) over++;
    if (over === count) break;
  }
  return [...states.values()];
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
});
