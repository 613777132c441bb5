/**
 * Every call, event and message of the cluster, with the names of the Mesos v1 API.
 *
 * Messages are immutable: a status update or an acknowledgement is forwarded as it is, never copied. Ids are integers;
 * the edges translate names. All unions are discriminated by `type`.
 */
import type { AgentId, FrameworkId, Micros, OfferId, RoleId, TaskId } from './ids.js';
import type { InverseOfferCall, InverseOfferEvent, Unavailability } from './maintenance.js';
import type { RegistryRecord } from './master/registry.js';
import type { OfferConstraints } from './offer-constraints.js';
import type { Conversion, OperationCall, OperationEvent } from './operation-feedback.js';
import type { OperatorInput } from './operator-input.js';
import type { Resources } from './resources/resources.js';

// ---------------------------------------------------------------------------------------------------- descriptions

export type FrameworkCapability =
  | 'MULTI_ROLE'
  | 'SHARED_RESOURCES'
  | 'REVOCABLE_RESOURCES'
  | 'RESERVATION_REFINEMENT'
  | 'GPU_RESOURCES'
  | 'PARTITION_AWARE'
  | 'REGION_AWARE'
  | 'TASK_KILLING_STATE';

export type AgentCapability =
  | 'MULTI_ROLE'
  | 'HIERARCHICAL_ROLE'
  | 'RESERVATION_REFINEMENT'
  | 'RESOURCE_PROVIDER'
  | 'RESIZE_VOLUME'
  | 'AGENT_OPERATION_FEEDBACK'
  | 'AGENT_DRAINING'
  | 'TASK_RESOURCE_LIMITS';

/** Scalar quantities by resource name, in milli-units; absent is 0. */
export type Quantities = Readonly<Record<string, number>>;

export interface FrameworkInfo {
  readonly name: string;
  /** Full id as the outside sees it, e.g. `<masterId>-0000`; its bytes decide the last tie. */
  readonly id: string;
  readonly roles: readonly RoleId[];
  readonly capabilities: readonly FrameworkCapability[];
  /** Replaces the master's list for a role: an offer must contain one of these in full. */
  readonly minAllocatable?: ReadonlyMap<RoleId, readonly Quantities[]>;
  /** Of which agents it wants offers, per role; roles that are not named are not constrained. */
  readonly constraints?: OfferConstraints;
  /** How long the framework may stay away before it is torn down. 0: at once. */
  readonly failoverTimeoutUs?: Micros;
  readonly user?: string;
  readonly principal?: string;
  readonly checkpoint?: boolean;
  readonly hostname?: string;
  readonly webuiUrl?: string;
  /** The whole description as the edge got it, for those who ask for it. Plain JSON. */
  readonly payload?: unknown;
}

export type Attribute =
  | { readonly name: string; readonly type: 'TEXT'; readonly text: string }
  | { readonly name: string; readonly type: 'SCALAR'; readonly milli: number }
  | {
      readonly name: string;
      readonly type: 'RANGES';
      readonly ranges: readonly (readonly [number, number])[];
    };

export interface Domain {
  readonly region: string;
  readonly zone: string;
}

export interface AgentInfo {
  /** Full id as the outside sees it, e.g. `<masterId>-S0`. */
  readonly id: string;
  readonly hostname: string;
  readonly port?: number;
  readonly ip?: string;
  readonly total: Resources;
  readonly attributes: readonly Attribute[];
  readonly capabilities: readonly AgentCapability[];
  readonly domain?: Domain;
  /** When its machine will be away, as an operator said. */
  readonly unavailability?: Unavailability;
}

/**
 * What a task is beyond its resources. Opaque to the core but for the fields here; tasks that are alike share one object.
 * The real runtime carries command, container, labels and executor in it; the simulator nothing.
 */
export interface TaskSpec {
  readonly name: string;
  /** Executor the task runs in; absent: a command task with an executor of its own. */
  readonly executorId?: string;
  /** Resources of that executor, charged when it is not on the agent yet. */
  readonly executorResources?: Resources;
  /** Of all that is said of that executor: while it runs, another of its id is another executor, and refused. */
  readonly executorDigest?: string;
  /** How long it has to end by itself when it is killed; absent: as long as is usual. */
  readonly graceUs?: Micros;
  /** The agent that the scheduler named for it; absent: the one of the offer. */
  readonly agent?: AgentId;
  /** The role that its resources say they are allocated to; absent: they leave that to the offer. -1: one that nobody has. */
  readonly role?: RoleId;
  /** Why the edge could make no sense of the task: it is a TASK_ERROR. */
  readonly problem?: string;
  /** Anything else the edge needs to run and describe the task. */
  readonly payload?: unknown;
}

export interface TaskInfo {
  readonly task: TaskId;
  readonly resources: Resources;
  readonly spec: TaskSpec;
}

// ----------------------------------------------------------------------------------------------------- task states

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_FINISHED'
  | 'TASK_FAILED'
  | 'TASK_KILLED'
  | 'TASK_ERROR'
  | 'TASK_LOST'
  | 'TASK_DROPPED'
  | 'TASK_UNREACHABLE'
  | 'TASK_GONE'
  | 'TASK_GONE_BY_OPERATOR'
  | 'TASK_UNKNOWN';

export type UpdateSource = 'SOURCE_MASTER' | 'SOURCE_AGENT' | 'SOURCE_EXECUTOR';

/** Reasons keep Mesos's names, e.g. REASON_INVALID_OFFERS. */
export type UpdateReason = `REASON_${string}`;

/** Identifies one update of a task; 0 when no acknowledgement is due. Numbers in simulation, uuid text on the wire. */
export type UpdateId = number | string;

/** A status update: from agent to master, and forwarded unchanged as the scheduler's UPDATE event. */
export interface StatusUpdate {
  readonly type: 'UPDATE';
  readonly framework: FrameworkId;
  /** -1 when the task was never on an agent; below, when it was asked for on one that nobody knows. */
  readonly agent: AgentId;
  readonly task: TaskId;
  readonly state: TaskState;
  readonly update: UpdateId;
  readonly source: UpdateSource;
  readonly reason: UpdateReason | undefined;
  readonly message: string | undefined;
  readonly timestamp: Micros;
  /** What else its executor had to say, such as data, health or labels; passed on as it is. Plain JSON. */
  readonly details: unknown;
  /** Since when its agent has been unreachable; only in what the master says of a task that it lost there (W-4.4). */
  readonly unreachableUs?: Micros;
}

// ---------------------------------------------------------------------------------------------------------- offers

/** Demand of a framework in one role: `count` equal pieces (semantics-notes Q-1). */
export interface Ask {
  readonly role: RoleId;
  readonly resources: Resources;
  /** Number of equal pieces, at least 1. */
  readonly count: number;
  /** All pieces in one grant or none (a gang, A-8). */
  readonly allOrNothing: boolean;
  /** Agent attributes the pieces need, as text `rack=r1;zone=z`; absent: any agent. */
  readonly constraint?: string;
  /** For the `priority` policy; larger first. */
  readonly priority?: number;
  /** How long a piece will run as far as its owner knows; for backfilling policies. */
  readonly estimateUs?: Micros;
}

/** Resources of one agent for one role of one framework. The allocator makes it, the master numbers it. */
export interface Offer {
  /** Set once by the master; -1 before. */
  id: OfferId;
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  readonly resources: Resources;
  /** The ask this grants, in demand mode; returned to its place when the offer is rescinded. */
  readonly ask: Ask | undefined;
}

// ------------------------------------------------------------------------------------------- scheduler calls (in)

/** A refuse time of -1 stands for "not given": the default of 5 s applies. */
export const REFUSE_DEFAULT: Micros = -1;

export type Operation =
  | { readonly type: 'LAUNCH'; readonly tasks: readonly TaskInfo[] }
  | { readonly type: 'LAUNCH_GROUP'; readonly tasks: readonly TaskInfo[]; readonly executorId: string }
  | Conversion;
export type { ConversionName } from './operation-feedback.js';

/** An executor of a framework on an agent. What it and its framework say to each other, `data`, is bytes in base64. */
export interface OfExecutor {
  readonly framework: FrameworkId;
  readonly agent: AgentId;
  readonly executorId: string;
}

export type SchedulerCall =
  | {
      readonly type: 'SUBSCRIBE';
      readonly framework: FrameworkId;
      readonly info: FrameworkInfo;
      readonly suppressedRoles: readonly RoleId[];
    }
  | {
      readonly type: 'UPDATE_FRAMEWORK';
      readonly framework: FrameworkId;
      readonly info: FrameworkInfo;
      readonly suppressedRoles: readonly RoleId[];
    }
  | { readonly type: 'TEARDOWN'; readonly framework: FrameworkId }
  | { readonly type: 'REQUEST'; readonly framework: FrameworkId; readonly asks: readonly Ask[] }
  | {
      readonly type: 'ACCEPT';
      readonly framework: FrameworkId;
      readonly offers: readonly OfferId[];
      readonly operations: readonly Operation[];
      readonly refuseUs: Micros;
    }
  | {
      readonly type: 'DECLINE';
      readonly framework: FrameworkId;
      readonly offers: readonly OfferId[];
      readonly refuseUs: Micros;
    }
  | { readonly type: 'SUPPRESS'; readonly framework: FrameworkId; readonly roles: readonly RoleId[] }
  | { readonly type: 'REVIVE'; readonly framework: FrameworkId; readonly roles: readonly RoleId[] }
  | {
      readonly type: 'ACKNOWLEDGE';
      readonly framework: FrameworkId;
      readonly agent: AgentId;
      readonly task: TaskId;
      readonly update: UpdateId;
    }
  | {
      readonly type: 'KILL';
      readonly framework: FrameworkId;
      readonly task: TaskId;
      readonly agent: AgentId;
      /** How long it may take to end by itself; absent: as its description says. */
      readonly graceUs?: Micros;
    }
  /** For an executor of its own; nobody keeps it. */
  | ({ readonly type: 'MESSAGE'; readonly data: string } & OfExecutor)
  /** Ends an executor of its own. */
  | ({ readonly type: 'SHUTDOWN' } & OfExecutor)
  | {
      readonly type: 'RECONCILE';
      readonly framework: FrameworkId;
      /** Empty: all tasks of the framework (implicit). */
      readonly tasks: readonly { readonly task: TaskId; readonly agent: AgentId }[];
    }
  | InverseOfferCall
  | OperationCall;

// ------------------------------------------------------------------------------------------- scheduler events (out)

export type SchedulerEvent =
  | { readonly type: 'SUBSCRIBED'; readonly framework: FrameworkId }
  | { readonly type: 'OFFERS'; readonly offers: readonly Offer[] }
  | { readonly type: 'RESCIND'; readonly offer: OfferId }
  | StatusUpdate
  | {
      readonly type: 'FAILURE';
      readonly agent: AgentId;
      readonly executorId?: string;
      readonly status?: number;
    }
  | {
      readonly type: 'MESSAGE';
      readonly agent: AgentId;
      readonly executorId: string;
      readonly data: string;
    }
  | { readonly type: 'ERROR'; readonly message: string }
  | InverseOfferEvent
  | OperationEvent;

// ------------------------------------------------------------------------------------------------- agents <-> master

/** What an agent says to the master. */
export type AgentReport =
  | {
      readonly type: 'REGISTER_AGENT';
      readonly agent: AgentId;
      readonly info: AgentInfo;
      /** Tasks that run there already: empty on a first registration. */
      readonly tasks: readonly RunningTask[];
    }
  | StatusUpdate
  /** What an executor has to say to its framework. */
  | ({ readonly type: 'EXECUTOR_MESSAGE'; readonly data: string } & OfExecutor)
  /** `status` -1: it is not known. */
  | ({ readonly type: 'EXECUTOR_EXITED'; readonly status: number } & OfExecutor);

export interface RunningTask {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly task: TaskId;
  readonly resources: Resources;
  readonly spec: TaskSpec;
  readonly state: TaskState;
}

/** What the master says to an agent. ACKNOWLEDGE is the scheduler's call, forwarded. */
export type AgentCommand =
  | { readonly type: 'AGENT_REGISTERED'; readonly agent: AgentId }
  | {
      readonly type: 'RUN_TASK';
      readonly framework: FrameworkId;
      readonly role: RoleId;
      readonly task: TaskId;
      readonly resources: Resources;
      readonly spec: TaskSpec;
    }
  | {
      readonly type: 'KILL_TASK';
      readonly framework: FrameworkId;
      readonly task: TaskId;
      readonly graceUs?: Micros;
      /** Why, where that is to be told: the updates that follow from it have it. */
      readonly reason?: UpdateReason;
    }
  | Extract<SchedulerCall, { type: 'ACKNOWLEDGE' }>
  | { readonly type: 'SHUTDOWN_FRAMEWORK'; readonly framework: FrameworkId }
  /** The framework is there again: what it has not acknowledged goes out at once (mesos-http-api 4.3). */
  | { readonly type: 'RESEND_UPDATES'; readonly framework: FrameworkId }
  /** MESSAGE and SHUTDOWN of a framework, for the world of the agent: the core has no executors. */
  | {
      readonly type: 'EXECUTOR_MESSAGE';
      readonly framework: FrameworkId;
      readonly executorId: string;
      readonly data: string;
    }
  | { readonly type: 'SHUTDOWN_EXECUTOR'; readonly framework: FrameworkId; readonly executorId: string };

/** What a task's executor (a process, or the simulator's clock) says to its agent. */
export interface ExecutorReport {
  readonly type: 'EXECUTOR_UPDATE';
  readonly task: TaskId;
  readonly state: TaskState;
  readonly reason: UpdateReason | undefined;
  readonly message: string | undefined;
  /** Who says so. @defaultValue SOURCE_EXECUTOR */
  readonly source?: UpdateSource;
  readonly details?: unknown;
}

// -------------------------------------------------------------------------------------- what else the master is told

/** What the world and the operator tell the master. */
export type ControlInput =
  /** Run the allocator now; the world sends it when {@link Master.allocationDue} has come (semantics-notes I-1, class 1). */
  | { readonly type: 'ALLOCATE' }
  /** What the master before this one remembered, as the first input of all. */
  | {
      readonly type: 'RECOVER';
      /** Each role and agent at most once. */
      readonly records: readonly RegistryRecord[];
      /** How long agents have to register again. */
      readonly agentReregisterUs: Micros;
    }
  | { readonly type: 'FRAMEWORK_DISCONNECTED'; readonly framework: FrameworkId }
  | { readonly type: 'AGENT_DISCONNECTED'; readonly agent: AgentId }
  | { readonly type: 'AGENT_LOST'; readonly agent: AgentId; readonly reason: UpdateReason }
  | OperatorInput
  | { readonly type: 'TIMER'; readonly kind: MasterTimer; readonly key: number };

export type MasterTimer =
  'OFFER_TIMEOUT' | 'FRAMEWORK_FAILOVER' | 'AGENT_REREGISTRATION' | 'ALLOCATION_RECOVERY';

/** Everything that can happen to a master: the journal is a list of these with times. */
export type MasterInput = SchedulerCall | AgentReport | ControlInput;

/** Everything that can happen to an agent. */
export type AgentInput =
  AgentCommand | ExecutorReport | { readonly type: 'TIMER'; readonly kind: AgentTimer; readonly key: number };

/** UPDATE_RETRY: the status update of task `key` may have been lost; send it again unless acknowledged. */
export type AgentTimer = 'UPDATE_RETRY';

// ---------------------------------------------------------------------------------------------------------- effects

/**
 * Where a master's effects go; the world supplies it. Calls happen in the order in which the effects must take place; the
 * world keeps messages to one receiver in that order (semantics-notes I-3).
 */
export interface MasterEffects {
  toFramework(framework: FrameworkId, event: SchedulerEvent): void;
  toAgent(agent: AgentId, command: AgentCommand): void;
  /** The world must not let anything out that comes after this, in this step or a later one, before it is durable. */
  persist(record: RegistryRecord): void;
  /** Ask for a TIMER input at a time not before now. Timers are never cancelled: a late one finds nothing to do. */
  timer(kind: MasterTimer, at: Micros, key: number): void;
}

export interface AgentEffects {
  toMaster(agent: AgentId, report: AgentReport): void;
  /** Start the task's executor; the world answers with EXECUTOR_UPDATE inputs. */
  startTask(agent: AgentId, task: TaskId, resources: Resources, spec: TaskSpec): void;
  /** End it, within `graceUs` if that is given; the world answers with a terminal EXECUTOR_UPDATE. */
  killTask(agent: AgentId, task: TaskId, graceUs?: Micros): void;
  timer(agent: AgentId, kind: AgentTimer, at: Micros, key: number): void;
}
