import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskState } from '../../cluster/protocol.js';
import type { Log } from '../log.js';
import type { AgentDescription, AgentReportMessage, TaskMessage } from '../wire/agent-protocol.js';
import type { Message } from '../wire/message-reader.js';
import type { RunRecord } from './runner-world.js';

export type UpdateMessage = Extract<AgentReportMessage, { readonly type: 'UPDATE' }>;

export interface StoredAgent {
  readonly id: string;
  readonly description: AgentDescription;
  /** Of the host: nothing outlives its next start. */
  readonly boot: string;
}

export interface StoredFramework {
  readonly id: string;
  readonly info: Message;
}

export interface StoredTask extends TaskMessage {
  readonly group?: readonly string[];
  readonly state: TaskState;
  readonly made: number;
  readonly updates: readonly UpdateMessage[];
}

export interface StoredState {
  readonly agent: StoredAgent;
  readonly frameworks: readonly StoredFramework[];
  readonly tasks: readonly { readonly key: string; readonly task: StoredTask }[];
  readonly runs: readonly RunRecord[];
}

/**
 * What an agent must not forget while its tasks run: files of JSON in the folder `meta`, each written anew and renamed. They
 * outlive the agent's process; they need not outlive the host, whose processes do not.
 */
export class AgentState {
  readonly #folder: string;
  readonly #log: Log;

  constructor(workDir: string, log: Log) {
    this.#folder = join(workDir, 'meta');
    this.#log = log;
  }

  /** What an earlier agent left; undefined: nothing of use. */
  load(): StoredState | undefined {
    const agent = this.#read<StoredAgent>('agent.json');
    if (agent === undefined) return undefined;
    const tasks = this.#all<StoredTask>('tasks').map(([key, task]) => ({ key, task }));
    const frameworks = this.#all<StoredFramework>('frameworks').map(([, framework]) => framework);
    const runs = this.#all<RunRecord>('runs').map(([, run]) => run);
    return { agent, frameworks, tasks, runs };
  }

  /** Forgets everything. */
  clear(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  saveAgent(agent: StoredAgent): void {
    this.#write('agent.json', agent);
  }

  saveFramework(framework: StoredFramework): void {
    this.#write(join('frameworks', fileName(framework.id)), framework);
  }

  saveTask(key: string, task: StoredTask): void {
    this.#write(join('tasks', fileName(key)), task);
  }

  forgetTask(key: string): void {
    this.#remove(join('tasks', fileName(key)));
  }

  saveRun(run: RunRecord): void {
    this.#write(join('runs', fileName(run.mark)), run);
  }

  forgetRun(mark: string): void {
    this.#remove(join('runs', fileName(mark)));
  }

  #all<Content>(kind: string): [key: string, content: Content][] {
    let names: string[];
    try {
      names = readdirSync(join(this.#folder, kind));
    } catch {
      return [];
    }
    return names
      .filter((name) => name.endsWith('.json'))
      .flatMap((name): [string, Content][] => {
        const content = this.#read<Content>(join(kind, name));
        return content === undefined ? [] : [[name.slice(0, -'.json'.length), content]];
      });
  }

  #read<Content>(name: string): Content | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#folder, name), 'utf8')) as Content;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#log.warn({ error, file: name }, 'a file of the state cannot be read; it is passed over');
      return undefined;
    }
  }

  /** A full disk must not end what runs: what could not be kept is not found after a restart. */
  #write(name: string, content: object): void {
    const path = join(this.#folder, name);
    try {
      try {
        writeFileSync(`${path}.new`, JSON.stringify(content));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(`${path}.new`, JSON.stringify(content));
      }
      renameSync(`${path}.new`, path);
    } catch (error) {
      this.#log.error({ error, file: path }, 'the state cannot be written');
    }
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
  }
}

/** An id that is no plain name becomes one. */
function fileName(key: string): string {
  const isPlain = /^[\w-]{1,100}$/.test(key);
  return `${isPlain ? key : createHash('sha256').update(key).digest('hex')}.json`;
}

/** Changes with every start of the host. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
}
