import { buffer } from 'node:stream/consumers';
import type { FrameworkId, Micros, TaskId } from '../../cluster/ids.js';
import type { FrameworkInfo, SchedulerCall, SchedulerEvent, TaskState } from '../../cluster/protocol.js';
import { resourcesFromJson, resourcesToJson, type ResourceJson } from '../../cluster/resources/json.js';
import { Roles } from '../../cluster/roles.js';
import { Scheduler, type FrameworkModel, type SchedulerEffects } from '../../cluster/scheduler.js';
import { RecordReader } from '../http/recordio.js';
import { Names } from '../names.js';
import type { CommandMessage, IdMessage, TaskStatusMessage } from '../wire/messages.js';
import { MasterClientError, type MasterClient } from './master-client.js';

const PATH = '/api/v1/scheduler';
const LONGEST_EVENT = 64 * 1024 * 1024;
/** The client is one framework. */
const SELF = 0;

/** Who subscribes. */
export interface ClientFramework {
  readonly user: string;
  readonly name: string;
  readonly role: string;
}

interface EventMessage {
  readonly type: string;
  readonly subscribed?: { readonly framework_id: IdMessage };
  readonly offers?: {
    readonly offers: readonly {
      readonly id: IdMessage;
      readonly agent_id: IdMessage;
      readonly resources: readonly ResourceJson[];
    }[];
  };
  readonly rescind?: { readonly offer_id: IdMessage };
  readonly update?: { readonly status: TaskStatusMessage & { readonly agent_id?: IdMessage } };
  readonly error?: { readonly message: string };
}

/** What a task of this client carries as payload of its spec. */
export interface ClientTask {
  readonly command: object & Partial<CommandMessage>;
}

/** The core's scheduler driver on a master's v1 API: one framework, in one role, that lives as long as its stream. */
export class SchedulerClient implements SchedulerEffects {
  readonly agents = new Names();
  readonly tasks = new Names();
  readonly role: number;
  /** Id of the framework; '' before it is subscribed. */
  frameworkId = '';
  readonly #client: MasterClient;
  readonly #who: ClientFramework;
  readonly #scheduler: Scheduler;
  readonly #offers = new Names();
  readonly #uuids = new Names();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stream: { readonly id: string; destroy(error?: Error): void } | undefined;
  #isOver = false;
  /** Calls go out one after another. */
  #sent: Promise<void> = Promise.resolve();

  constructor(client: MasterClient, who: ClientFramework, model: FrameworkModel) {
    this.#client = client;
    this.#who = who;
    const roles = new Roles();
    this.role = roles.intern(who.role);
    const info: FrameworkInfo = { name: who.name, id: '', roles: [this.role], capabilities: [] };
    this.#scheduler = new Scheduler(SELF, info, model, []);
  }

  /** Subscribes and hands on what comes, until {@link end}. @throws MasterClientError */
  async run(): Promise<void> {
    const { user, name, role } = this.#who;
    const types = ['MULTI_ROLE', 'RESERVATION_REFINEMENT', 'TASK_KILLING_STATE'];
    const info = { user, name, roles: [role], capabilities: types.map((type) => ({ type })) };
    const call = { type: 'SUBSCRIBE', subscribe: { framework_info: info } };
    const response = await this.#client.open('POST', PATH, call);
    if (response.statusCode !== 200) throw refusal((await buffer(response)).toString(), response.statusCode);
    const id = String(response.headers['mesos-stream-id']);
    this.#stream = { id, destroy: (error) => response.destroy(error) };
    if (this.#isOver) response.destroy();
    const reader = new RecordReader(LONGEST_EVENT);
    try {
      for await (const piece of response) {
        for (const record of reader.push(piece as Buffer))
          this.#take(JSON.parse(record.toString()) as EventMessage);
      }
    } catch (error) {
      if (error instanceof MasterClientError) throw error;
      if (this.#isOver) return;
      throw new MasterClientError(`the master is lost: ${(error as Error).message}.`);
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
    }
    if (this.#scheduler.failure === undefined) return;
    throw new MasterClientError(`the master refuses: ${this.#scheduler.failure}.`);
  }

  /** Tears the framework down, which ends the stream. */
  end(): void {
    this.toMaster(SELF, { type: 'TEARDOWN', framework: SELF });
  }

  /** The same, also when it is not subscribed yet. */
  giveUp(): void {
    if (this.frameworkId !== '') this.end();
    else {
      this.#isOver = true;
      this.#stream?.destroy();
    }
  }

  /** Ends the stream, and the framework with it, because of an error that {@link run} throws. */
  fail(error: Error): void {
    this.#stream?.destroy(error);
  }

  kill(task: TaskId): void {
    this.toMaster(SELF, { type: 'KILL', framework: SELF, task, agent: -1 });
  }

  toMaster(_framework: FrameworkId, call: SchedulerCall): void {
    const content = this.#content(call);
    const message = {
      type: call.type,
      framework_id: { value: this.frameworkId },
      ...(content && { [call.type.toLowerCase()]: content }),
    };
    this.#sent = this.#sent
      .then(() => this.#send(message))
      .catch((error: unknown) => this.#stream?.destroy(error as Error));
  }

  timer(_framework: FrameworkId, at: Micros, key: number): void {
    const timer = setTimeout(() => this.#scheduler.timer(key, now(), this), Math.max(0, at - now()) / 1000);
    this.#timers.add(timer);
  }

  async #send(message: object): Promise<void> {
    const headers = { 'Mesos-Stream-Id': this.#stream?.id ?? '' };
    const response = await this.#client.open('POST', PATH, message, headers);
    const text = (await buffer(response)).toString();
    if (response.statusCode !== 202 && response.statusCode !== 200) throw refusal(text, response.statusCode);
  }

  #take(message: EventMessage): void {
    const id = message.subscribed?.framework_id.value;
    if (id !== undefined) this.frameworkId = id;
    const event = this.#event(message);
    if (event !== undefined) this.#scheduler.event(event, now(), this);
  }

  #event(message: EventMessage): SchedulerEvent | undefined {
    const { type, offers, rescind, update, error } = message;
    if (type === 'SUBSCRIBED') return { type, framework: SELF };
    if (type === 'OFFERS') {
      const list = (offers?.offers ?? []).map(({ id, agent_id: agent, resources }) => ({
        id: this.#offers.intern(id.value),
        framework: SELF,
        role: this.role,
        agent: this.agents.intern(agent.value),
        resources: resourcesFromJson(resources).resources,
        ask: undefined,
      }));
      return { type, offers: list };
    }
    if (type === 'RESCIND') return { type, offer: this.#offers.intern(rescind?.offer_id.value ?? '') };
    if (type === 'ERROR') return { type, message: error?.message ?? '' };
    if (type !== 'UPDATE' || update === undefined) return undefined;
    const { task_id: task, agent_id: agent, state, uuid, reason, message: text, ...details } = update.status;
    return {
      type,
      framework: SELF,
      agent: agent === undefined ? -1 : this.agents.intern(agent.value),
      task: this.tasks.intern(task.value),
      state: state satisfies TaskState,
      // 0 is none.
      update: uuid === undefined ? 0 : this.#uuids.intern(uuid) + 1,
      source: 'SOURCE_MASTER',
      reason,
      message: text,
      timestamp: (details.timestamp ?? 0) * 1e6,
      details,
    };
  }

  #content(call: SchedulerCall): object | undefined {
    switch (call.type) {
      case 'REQUEST':
        return {
          requests: call.asks.map(({ resources, count }) => ({
            resources: resourcesToJson(resources, { legacy: false }),
            count,
          })),
        };
      case 'ACCEPT':
        return {
          offer_ids: this.#offerIds(call.offers),
          operations: call.operations.flatMap((operation) =>
            operation.type === 'LAUNCH'
              ? [{ type: 'LAUNCH', launch: { task_infos: operation.tasks.map((task) => this.#task(task)) } }]
              : [],
          ),
          filters: filters(call.refuseUs),
        };
      case 'DECLINE':
        return { offer_ids: this.#offerIds(call.offers), filters: filters(call.refuseUs) };
      case 'ACKNOWLEDGE':
        return {
          agent_id: { value: this.agents.text(call.agent) },
          task_id: { value: this.tasks.text(call.task) },
          uuid: this.#uuids.text(Number(call.update) - 1),
        };
      case 'KILL':
        return { task_id: { value: this.tasks.text(call.task) } };
      case 'SUPPRESS':
        return {};
      default:
        return undefined;
    }
  }

  #task({ task, resources, spec }: LaunchedTask): object {
    return {
      name: spec.name,
      task_id: { value: this.tasks.text(task) },
      agent_id: { value: this.agents.text(spec.agent ?? -1) },
      resources: resourcesToJson(resources, { legacy: false, allocationRole: this.#who.role }),
      ...(spec.payload as ClientTask),
    };
  }

  #offerIds(offers: readonly number[]): IdMessage[] {
    return offers.map((offer) => ({ value: this.#offers.text(offer) }));
  }
}

type LaunchedTask = Extract<
  Extract<SchedulerCall, { readonly type: 'ACCEPT' }>['operations'][number],
  { readonly type: 'LAUNCH' }
>['tasks'][number];

function filters(refuseUs: Micros): object {
  return refuseUs < 0 ? {} : { refuse_seconds: refuseUs / 1e6 };
}

function refusal(text: string, status = 0): MasterClientError {
  return new MasterClientError(`the master refuses (${status}): ${text.trim()}.`);
}

function now(): Micros {
  return Date.now() * 1000;
}
