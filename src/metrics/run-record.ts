import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../cluster/ids.js';
import type { MasterObserver } from '../cluster/master/master.js';
import type { Offer, TaskState } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { DeclineReason } from '../workloads/frameworks/workload.js';
import { LaunchLog } from './launch-log.js';
import { Recorder, type RecorderOptions } from './recorder.js';

/**
 * A {@link Recorder} that also keeps what the files and the report of a run are made from: every launch in order, and why
 * offers were declined. A run without files does not make one, and pays nothing.
 */
export class RunRecord implements MasterObserver {
  readonly recorder: Recorder;
  readonly capacity: RecorderOptions['capacity'];
  readonly shapes: readonly Resources[];
  readonly launches: LaunchLog;
  /** Coarse offers declined, by reason. */
  readonly declines: Record<DeclineReason, number> = {
    nothingQueued: 0,
    tooSmall: 0,
    wrongAgent: 0,
    gangTooLarge: 0,
  };

  constructor(options: RecorderOptions) {
    this.recorder = new Recorder(options);
    this.capacity = options.capacity;
    this.shapes = options.shapes;
    this.launches = new LaunchLog(options.trace, this.recorder.columns, options.shapes);
  }

  submitted(task: TaskId, now: Micros): void {
    this.recorder.submitted(task, now);
  }

  runningSeen(task: TaskId, now: Micros): void {
    this.recorder.runningSeen(task, now);
  }

  startedUnlaunched(task: TaskId, agent: AgentId, now: Micros): void {
    this.recorder.startedUnlaunched(task, agent, now);
  }

  endedUnlaunched(task: TaskId, state: TaskState, now: Micros): void {
    this.recorder.endedUnlaunched(task, state, now);
  }

  taskLaunched(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    now: Micros,
  ): void {
    const { recorder } = this;
    recorder.taskLaunched(task, framework, role, agent, resources, now);
    this.launches.launched(task, agent, recorder.roleShares.shareNow(recorder.trace.role[task]), now);
  }

  taskEnded(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    state: TaskState,
    now: Micros,
  ): void {
    this.recorder.taskEnded(task, framework, role, agent, resources, state, now);
    this.launches.ended(task, now);
  }

  offersMade(offers: readonly Offer[], now: Micros): void {
    this.recorder.offersMade(offers, now);
  }

  offerClosed(offer: Offer, how: 'accepted' | 'declined' | 'rescinded' | 'invalid', now: Micros): void {
    this.recorder.offerClosed(offer, how, now);
  }

  offerRefused(why: DeclineReason): void {
    this.declines[why]++;
  }

  allocationRun(): void {
    this.recorder.allocationRun();
  }
}
