import type { MasterClient } from './master-client.js';
import { MasterClientError } from './master-client.js';

/** A task, as the documents of a master name it. */
export interface TaskPlace {
  readonly id: string;
  readonly framework_id: string;
  /** '' for a task without an executor of its framework. */
  readonly executor_id?: string;
  readonly slave_id: string;
}

export type OutputName = 'stdout' | 'stderr';

/** A master that was restarted waits for the agent. */
export class AgentNotBackError extends MasterClientError {}

/** The client of the agent where a task is, or was. @throws MasterClientError, AgentNotBackError */
export async function agentOfTask(
  client: MasterClient,
  { id, slave_id: agent }: TaskPlace,
): Promise<MasterClient> {
  const { slaves, recovered_slaves: recovered } = (await client.get('/slaves')) as {
    readonly slaves: readonly { readonly id: string; readonly pid: string }[];
    readonly recovered_slaves: readonly { readonly id: string }[];
  };
  const [, host, port] = /@(.+):(\d+)$/.exec(slaves.find((one) => one.id === agent)?.pid ?? '') ?? [];
  if (host !== undefined) return client.agentAt(host, Number(port));
  if (recovered.some((one) => one.id === agent))
    throw new AgentNotBackError(`the agent of task "${id}" is not back at its master yet; try again soon.`);
  throw new MasterClientError(`the agent of task "${id}" has gone, and its output with it.`);
}

/** Reads what a task writes, piece by piece, from its sandbox on an agent. */
export class TaskOutput {
  readonly #agent: MasterClient;
  readonly #path: string;
  #at = 0;

  constructor(agent: MasterClient, task: TaskPlace, name: OutputName) {
    this.#agent = agent;
    const { id, framework_id: framework, executor_id: executor = '' } = task;
    const run = `/frameworks/${framework}/executors/${executor === '' ? id : executor}/runs/latest`;
    this.#path = `${run}/${executor === '' ? '' : `tasks/${id}/`}${name}`;
  }

  /** What is there and was not read yet, piece by piece. @throws MasterClientError */
  async *rest(): AsyncGenerator<Buffer> {
    for (;;) {
      const { size, data } = await this.#read(this.#path);
      if (size < this.#at) {
        // It was rotated: what followed is now the end of the file before.
        for (;;) {
          const before = await this.#read(`${this.#path}.1`);
          if (before.data.length === 0) break;
          this.#at += before.data.length;
          yield before.data;
        }
        this.#at = 0;
        continue;
      }
      if (data.length === 0) return;
      this.#at += data.length;
      yield data;
    }
  }

  async #read(path: string): Promise<{ size: number; data: Buffer }> {
    const found = (await this.#agent.show('READ_FILE', { path, offset: this.#at })) as {
      readonly size?: number;
      readonly data?: string;
    };
    return { size: found.size ?? 0, data: Buffer.from(found.data ?? '', 'base64') };
  }
}
