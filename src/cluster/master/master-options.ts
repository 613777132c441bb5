import type { Allocator } from '../allocator.js';
import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../ids.js';
import type { Domain, Offer, TaskState } from '../protocol.js';
import type { Resources } from '../resources/resources.js';
import type { Roles } from '../roles.js';
import type { TaskRows } from '../task-rows.js';

export interface MasterOptions {
  /** First part of every id that the outside sees. */
  readonly masterId: string;
  /** The table that the allocator has, too. */
  readonly roles: Roles;
  readonly allocator: Allocator;
  /** Period of the batch allocation in microseconds, above 0 unless `instant`. */
  readonly intervalUs: Micros;
  /** Allocate at the end of every instant in which something became dirty (semantics-notes I-6). */
  readonly instant: boolean;
  /** Unanswered offers are rescinded after this long. Absent: never. */
  readonly offerTimeoutUs?: Micros;
  /** Where the master is; null: nowhere, and agents with a domain are not let in. Absent: domains are not looked at. */
  readonly domain?: Domain | null;
  readonly observer?: MasterObserver;
  /** Where it keeps its tasks, when agents of the same process keep theirs there, too. */
  readonly taskRows?: TaskRows;
}

/** How the life of an offer ended. */
export type OfferEnd = 'accepted' | 'declined' | 'rescinded' | 'invalid';

/** Watches the life of tasks and offers; never steers. Called synchronously inside a step. */
export interface MasterObserver {
  /** The master accepted the launch (C-2), or learnt of the task from an agent that registered with it. */
  taskLaunched(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    now: Micros,
  ): void;
  /** The task gave its resources back: it became terminal or unreachable. */
  taskEnded(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    state: TaskState,
    now: Micros,
  ): void;
  /** One OFFERS event. */
  offersMade(offers: readonly Offer[], now: Micros): void;
  offerClosed(offer: Offer, how: OfferEnd, now: Micros): void;
  /** All offers of one DECLINE: they are not told of one by one. */
  offersDeclined(offers: readonly Offer[], now: Micros): void;
  /** The allocator has run. */
  allocationRun(now: Micros): void;
}
