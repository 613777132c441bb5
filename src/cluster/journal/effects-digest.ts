import { Digest } from '../digest.js';
import type { AgentId, FrameworkId, Micros } from '../ids.js';
import type { RegistryRecord } from '../master/registry.js';
import type {
  AgentCommand,
  MasterEffects,
  MasterTimer,
  Quantities,
  SchedulerEvent,
  StatusUpdate,
  UpdateId,
} from '../protocol.js';
import { mixResources } from '../resource-digest.js';
import { stateCode } from '../task.js';

const TIMERS: Readonly<Record<MasterTimer, number>> = {
  OFFER_TIMEOUT: 20,
  FRAMEWORK_FAILOVER: 21,
  AGENT_REREGISTRATION: 22,
  ALLOCATION_RECOVERY: 23,
};

/** Mixes every effect of a master into a digest and hands it on. */
export class EffectsDigest implements MasterEffects {
  readonly digest = new Digest();
  /** Where the effects go; undefined: nowhere, for a run that is only compared. */
  target: MasterEffects | undefined;

  toFramework(framework: FrameworkId, event: SchedulerEvent): void {
    const { digest } = this;
    digest.word(framework);
    switch (event.type) {
      case 'UPDATE':
        this.#update(event);
        break;
      case 'OFFERS':
        digest.word(2);
        for (const { id, role, agent, resources } of event.offers) {
          digest.word(id);
          digest.word(role);
          digest.word(agent);
          mixResources(digest, resources);
        }
        break;
      case 'RESCIND':
        digest.word(3);
        digest.word(event.offer);
        break;
      case 'SUBSCRIBED':
        digest.word(4);
        break;
      case 'FAILURE':
        digest.word(5);
        digest.word(event.agent);
        if (event.executorId !== undefined) digest.text(event.executorId);
        if (event.status !== undefined) digest.word(event.status);
        break;
      case 'MESSAGE':
        digest.word(8);
        digest.word(event.agent);
        digest.text(event.executorId);
        digest.text(event.data);
        break;
      case 'INVERSE_OFFERS':
        digest.word(9);
        for (const { id, agent, unavailability } of event.offers) {
          digest.word(id);
          digest.word(agent);
          digest.double(unavailability.startUs);
        }
        break;
      case 'RESCIND_INVERSE_OFFER':
        digest.word(18);
        digest.word(event.offer);
        break;
      case 'UPDATE_OPERATION_STATUS':
        digest.word(19);
        digest.text(event.id);
        digest.text(event.state);
        digest.word(event.agent);
        break;
      case 'ERROR':
        digest.word(6);
        digest.text(event.message);
        break;
    }
    this.target?.toFramework(framework, event);
  }

  toAgent(agent: AgentId, command: AgentCommand): void {
    const { digest } = this;
    digest.word(agent);
    switch (command.type) {
      case 'RUN_TASK':
        digest.word(10);
        digest.word(command.framework);
        digest.word(command.role);
        digest.word(command.task);
        mixResources(digest, command.resources);
        break;
      case 'ACKNOWLEDGE':
        digest.word(11);
        digest.word(command.task);
        this.#id(command.update);
        break;
      case 'KILL_TASK':
        digest.word(12);
        digest.word(command.framework);
        digest.word(command.task);
        if (command.graceUs !== undefined) digest.double(command.graceUs);
        if (command.reason !== undefined) digest.text(command.reason);
        break;
      case 'SHUTDOWN_FRAMEWORK':
        digest.word(13);
        digest.word(command.framework);
        break;
      case 'AGENT_REGISTERED':
        digest.word(14);
        break;
      case 'RESEND_UPDATES':
        digest.word(17);
        digest.word(command.framework);
        break;
      case 'EXECUTOR_MESSAGE':
        digest.word(15);
        digest.text(command.executorId);
        digest.text(command.data);
        break;
      case 'SHUTDOWN_EXECUTOR':
        digest.word(16);
        digest.text(command.executorId);
        break;
    }
    this.target?.toAgent(agent, command);
  }

  persist(record: RegistryRecord): void {
    const { digest } = this;
    switch (record.type) {
      case 'WEIGHT':
        digest.word(30);
        digest.word(record.role);
        digest.double(record.weight);
        break;
      case 'QUOTA':
        digest.word(31);
        digest.word(record.role);
        this.#quantities(record.guarantees);
        this.#quantities(record.limits);
        break;
      case 'MAINTENANCE':
        digest.word(33);
        digest.text(JSON.stringify([record.windows, record.down]));
        break;
      case 'AGENT': {
        const { info, total, standing, deactivated, drain } = record.entry;
        digest.word(32);
        digest.text(info.id);
        digest.text(standing);
        digest.word((deactivated ? 1 : 0) + (drain === undefined ? 0 : drain.isDone ? 4 : 2));
        mixResources(digest, total);
        break;
      }
    }
    this.target?.persist(record);
  }

  timer(kind: MasterTimer, at: Micros, key: number): void {
    this.digest.word(TIMERS[kind]);
    this.digest.double(at);
    this.digest.word(key);
    this.target?.timer(kind, at, key);
  }

  #update(event: StatusUpdate): void {
    const { agent, task, state, update, source, reason, message, details, unreachableUs } = event;
    const { digest } = this;
    digest.word(1);
    digest.word(agent);
    digest.word(task);
    digest.word(stateCode(state));
    this.#id(update);
    if (source === 'SOURCE_MASTER') digest.word(7);
    if (reason !== undefined) digest.text(reason);
    if (message !== undefined) digest.text(message);
    if (details !== undefined) digest.text(JSON.stringify(details));
    if (unreachableUs !== undefined) digest.double(unreachableUs);
  }

  #quantities(quantities: Quantities): void {
    for (const [name, milli] of Object.entries(quantities)) {
      this.digest.text(name);
      this.digest.double(milli);
    }
  }

  #id(update: UpdateId): void {
    if (typeof update === 'number') this.digest.word(update);
    else this.digest.text(update);
  }
}
