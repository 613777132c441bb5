import { expect } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { BooksAuditor } from '../../src/cluster/books-auditor.js';
import { SECOND, type AgentId, type FrameworkId, type Micros, type OfferId } from '../../src/cluster/ids.js';
import { checkBooks } from '../../src/cluster/invariants.js';
import { Master } from '../../src/cluster/master/master.js';
import type { RegistryRecord } from '../../src/cluster/master/registry.js';
import type {
  AgentCommand,
  AgentInfo,
  Ask,
  Domain,
  FrameworkInfo,
  MasterEffects,
  MasterInput,
  MasterTimer,
  Offer,
  Operation,
  RunningTask,
  SchedulerEvent,
  StatusUpdate,
  TaskInfo,
  TaskSpec,
  TaskState,
} from '../../src/cluster/protocol.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { statusUpdate } from '../../src/cluster/task.js';
import { randomStream } from '../../src/workloads/random-streams.js';

export interface Told {
  readonly framework: FrameworkId;
  readonly event: SchedulerEvent;
}

export interface Commanded {
  readonly agent: AgentId;
  readonly command: AgentCommand;
}

export interface TimerSet {
  readonly kind: MasterTimer;
  readonly at: Micros;
  readonly key: number;
}

export interface TestClusterOptions {
  readonly offers?: AllocatorOptions['offers'];
  readonly instant?: boolean;
  readonly offerTimeoutUs?: Micros;
  readonly domain?: Domain | null;
  /** @defaultValue drf */
  readonly policy?: string;
}

export const SPEC: TaskSpec = { name: 'test' };

/** A master with the drf allocator and nothing around it: what it says is kept, its books are checked after each step. */
export class TestCluster implements MasterEffects {
  readonly roles = new Roles();
  readonly allocator: Allocator;
  readonly master: Master;
  readonly auditor = new BooksAuditor(undefined, Infinity);
  now: Micros = 0;
  /** What the last step said. */
  told: Told[] = [];
  commanded: Commanded[] = [];
  timers: TimerSet[] = [];
  /** What had to be remembered, in order: the registry that a next master begins with. */
  readonly registry: RegistryRecord[] = [];

  constructor({
    offers = 'coarse',
    instant = true,
    offerTimeoutUs,
    domain,
    policy,
  }: TestClusterOptions = {}) {
    const intervalUs = SECOND;
    this.allocator = createAllocator(policy ?? 'drf', {
      roles: this.roles,
      random: (stream) => randomStream('1', stream),
      offers,
      agentOrder: 'first-fit',
      intervalUs: instant ? 0 : intervalUs,
      instant,
      minAllocatable: [],
      fairnessExclude: [],
      roleSorter: 'drf',
      frameworkSorter: 'drf',
      ...(domain && { domain }),
    });
    this.master = new Master({
      masterId: 'm',
      roles: this.roles,
      allocator: this.allocator,
      intervalUs,
      instant,
      ...(offerTimeoutUs !== undefined && { offerTimeoutUs }),
      ...(domain !== undefined && { domain }),
      observer: this.auditor,
    });
  }

  toFramework(framework: FrameworkId, event: SchedulerEvent): void {
    this.told.push({ framework, event });
  }

  toAgent(agent: AgentId, command: AgentCommand): void {
    this.commanded.push({ agent, command });
  }

  persist(record: RegistryRecord): void {
    this.registry.push(record);
  }

  timer(kind: MasterTimer, at: Micros, key: number): void {
    this.timers.push({ kind, at, key });
  }

  step(input: MasterInput): this {
    this.told = [];
    this.commanded = [];
    this.timers = [];
    this.master.step(input, this.now, this);
    expect(checkBooks(this.master)).toBeUndefined();
    expect(this.auditor.check(this.master)).toBeUndefined();
    return this;
  }

  /** Events of the last step to one framework. */
  events(framework: FrameworkId): SchedulerEvent[] {
    return this.told.filter((told) => Object.is(told.framework, framework)).map(({ event }) => event);
  }

  updates(framework = 0): StatusUpdate[] {
    return this.events(framework).filter((event) => event.type === 'UPDATE');
  }

  commands(agent = 0): AgentCommand[] {
    return this.commanded.filter((item) => item.agent === agent).map(({ command }) => command);
  }

  offers(framework = 0): Offer[] {
    return this.events(framework).flatMap((event) => (event.type === 'OFFERS' ? event.offers : []));
  }

  // ---- inputs

  addAgent(
    agent: AgentId,
    resources: string,
    more: Partial<AgentInfo> = {},
    tasks: RunningTask[] = [],
  ): this {
    const info: AgentInfo = {
      id: `m-S${agent}`,
      hostname: `a${agent}`,
      total: parseResources(resources),
      attributes: [],
      capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'],
      ...more,
    };
    return this.step({ type: 'REGISTER_AGENT', agent, info, tasks });
  }

  info(roles: readonly string[] = ['*'], more: Partial<FrameworkInfo> = {}): FrameworkInfo {
    return {
      name: 'f',
      id: 'm-0000',
      roles: roles.map((role) => this.roles.intern(role)),
      capabilities: ['MULTI_ROLE', 'RESERVATION_REFINEMENT'],
      failoverTimeoutUs: 60 * SECOND,
      ...more,
    };
  }

  subscribe(framework: FrameworkId, roles?: readonly string[], more: Partial<FrameworkInfo> = {}): this {
    const info = this.info(roles, { id: `m-000${framework}`, ...more });
    return this.step({ type: 'SUBSCRIBE', framework, info, suppressedRoles: [] });
  }

  /** Runs the allocator. */
  allocate(): this {
    return this.step({ type: 'ALLOCATE' });
  }

  request(framework: FrameworkId, asks: readonly Ask[]): this {
    return this.step({ type: 'REQUEST', framework, asks });
  }

  accept(
    framework: FrameworkId,
    offers: readonly OfferId[],
    operations: readonly Operation[],
    refuseUs = 0,
  ): this {
    return this.step({ type: 'ACCEPT', framework, offers, operations, refuseUs });
  }

  /** ACCEPT of one offer with a LAUNCH of these tasks. */
  launch(framework: FrameworkId, offers: readonly OfferId[], ...tasks: readonly TaskInfo[]): this {
    return this.accept(framework, offers, [{ type: 'LAUNCH', tasks }]);
  }

  decline(framework: FrameworkId, offers: readonly OfferId[], refuseUs = 0): this {
    return this.step({ type: 'DECLINE', framework, offers, refuseUs });
  }

  /** What the agent says of a task. */
  update(task: number, state: TaskState, update: number, agent = 0, framework = 0): this {
    return this.step(
      statusUpdate(framework, agent, task, state, update, 'SOURCE_EXECUTOR', undefined, undefined, this.now),
    );
  }

  acknowledge(task: number, update: number, agent = 0, framework = 0): this {
    return this.step({ type: 'ACKNOWLEDGE', framework, agent, task, update });
  }

  /** One agent, one framework, and a task of cpus:1 that runs and whose TASK_RUNNING is acknowledged. */
  static running(task = 7, more: Partial<FrameworkInfo> = {}, options: TestClusterOptions = {}): TestCluster {
    const cluster = new TestCluster(options)
      .addAgent(0, 'cpus:4;mem:1024')
      .subscribe(0, ['*'], more)
      .allocate();
    const [offer] = cluster.offers();
    cluster.launch(0, [offer.id], taskOf(task, 'cpus:1'));
    // In a new instant: in the old one the rest of the agent is not offered again (I-7).
    cluster.now = 1;
    return cluster.update(task, 'TASK_RUNNING', 1).acknowledge(task, 1);
  }
}

export function taskOf(task: number, resources: string, spec: TaskSpec = SPEC): TaskInfo {
  return { task, resources: parseResources(resources), spec };
}

export function askOf(role: number, resources: string, count = 1, allOrNothing = false): Ask {
  return { role, resources: parseResources(resources), count, allOrNothing };
}
