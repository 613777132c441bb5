import type {
  AgentOrderName,
  Allocator,
  AllocatorOptions,
  OfferMode,
  SorterName,
} from '../cluster/allocator.js';
import type { Micros, TaskId } from '../cluster/ids.js';
import type { JournalSink } from '../cluster/journal/journal-writer.js';
import type { Quantities } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { Trace } from '../workloads/trace.js';
import type { AgentSpec } from './cluster-spec.js';
import type { LatencySpec } from './network.js';
import type { UnschedulableGroup } from './schedulability.js';
import type { RunEnd } from './simulation.js';
import type { OutcomeCounts, RunObserver } from './task-ledger.js';
import type { UnfinishedGroup } from './unfinished.js';

/** What a run is made from. All defaults are Mesos's (mesos-allocation.md section 0). */
export interface RunConfig {
  readonly trace: Trace;
  /** In cluster order. */
  readonly agents: readonly AgentSpec[];
  readonly allocator: (options: AllocatorOptions) => Allocator;
  /** @defaultValue 'coarse' */
  readonly offers?: OfferMode;
  /** Demand offers: frameworks, by name, that never send REQUEST and choose from what is left. @defaultValue none */
  readonly neverAsk?: ReadonlySet<string>;
  /** @defaultValue 'random' */
  readonly agentOrder?: AgentOrderName;
  /** Zero latency, no batch timer, an allocation at the end of each instant that needs one (I-6). @defaultValue false */
  readonly instant?: boolean;
  /** Period of the batch allocation. @defaultValue 1 s */
  readonly intervalUs?: Micros;
  /** Life of the filters that the framework models ask for. @defaultValue 5 s */
  readonly refuseUs?: Micros;
  /** Asks say how long a task will run even where the trace has no estimate: for backfilling. @defaultValue false */
  readonly durationsAsEstimates?: boolean;
  /** How long a framework keeps offers to collect enough for a gang. @defaultValue 0: not at all */
  readonly gangHoldUs?: Micros;
  /** An offer contains one of these in full. @defaultValue cpus:0.01 or mem:32 */
  readonly minAllocatable?: readonly Quantities[];
  /** Resource names that do not count in shares. @defaultValue none */
  readonly fairnessExclude?: readonly string[];
  /** @defaultValue 'drf' */
  readonly roleSorter?: SorterName;
  /** @defaultValue 'drf' */
  readonly frameworkSorter?: SorterName;
  /** Each way, between the master and everybody else. @defaultValue none */
  readonly latency?: LatencySpec;
  /** Every random draw comes from a named stream of it. @defaultValue '1' */
  readonly seed?: string;
  /** The run ends here at the latest, on the trace's clock. @defaultValue Infinity */
  readonly untilUs?: Micros;
  /** By role path, above 0. @defaultValue 1 for all */
  readonly weights?: ReadonlyMap<string, number>;
  /** By role path. @defaultValue none */
  readonly quotas?: ReadonlyMap<string, RoleQuota>;
  /** Checks the invariants of the cluster after each instant: slow, for tests and for finding faults. @defaultValue false */
  readonly check?: boolean;
  /** Writes the journal of the master (see `src/cluster/journal`). */
  readonly journal?: JournalConfig;
  /** Told once, before the first event, how to find out where the run stands. */
  readonly track?: (position: () => RunPosition) => void;
  /** Makes the observer of the run, once it is known what the run is about. */
  readonly observe?: (setup: RunSetup) => RunObserver;
}

export interface JournalConfig {
  readonly sink: JournalSink;
  /** Version of the program, for the journal's header. */
  readonly version: string;
  /** The allocator as after --allocator, for the header. @defaultValue the name that the allocator gives itself */
  readonly allocator?: string;
}

/** In milli-units by resource name. */
export interface RoleQuota {
  readonly guarantees: Quantities;
  readonly limits: Quantities;
}

/** What is settled before the first event: all that a recorder needs. */
export interface RunSetup {
  readonly trace: Trace;
  readonly capacity: readonly AgentSpec[];
  /** Resources per task shape of the trace. */
  readonly shapes: readonly Resources[];
  /** Tasks that fit no agent, ascending. */
  readonly unschedulable: readonly TaskId[];
}

/** Inputs handled so far, and the time. */
export interface RunPosition {
  readonly event: number;
  readonly nowUs: Micros;
}

export interface RunProgress {
  readonly nowUs: Micros;
  readonly events: number;
  /** Tasks that have arrived, that have ended, and all of the trace. */
  readonly arrived: number;
  readonly ended: number;
  readonly tasks: number;
}

/** How a caller watches and stops a run. */
export interface RunControl {
  /**
   * Awaited every few thousand events: a caller that looks at its clock and does something every 50 ms is cheap enough.
   * To hear signals it must give way to the event loop now and then.
   *
   * @returns true to stop; the result is then partial
   */
  pause(progress: RunProgress): Promise<boolean> | boolean;
}

export interface RunResult {
  readonly end: RunEnd;
  /** Interrupted: what is here holds up to {@link endUs} only. */
  readonly partial: boolean;
  readonly stalled: boolean;
  /** Time of the last instant, on the trace's clock. */
  readonly endUs: Micros;
  /** Inputs handled: arrivals, messages, ends of tasks, timers, allocations. */
  readonly events: number;
  readonly allocations: number;
  readonly tasks: OutcomeCounts;
  /** Tasks that fit no empty agent (C-8), never asked for. */
  readonly unschedulable: readonly UnschedulableGroup[];
  /** Tasks that had arrived and not ended, with the reason. */
  readonly unfinished: readonly UnfinishedGroup[];
}
