import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../cluster/ids.js';
import type { TaskState } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { LaunchLog } from './launch-log.js';
import { Recorder, type RecorderOptions } from './recorder.js';

/**
 * A {@link Recorder} that also keeps what the files and the report of a run are made from: every launch in order. A run
 * without files does not make one, and pays nothing.
 */
export class RunRecord extends Recorder {
  readonly capacity: RecorderOptions['capacity'];
  readonly shapes: readonly Resources[];
  readonly launches: LaunchLog;

  constructor(options: RecorderOptions) {
    super(options);
    this.capacity = options.capacity;
    this.shapes = options.shapes;
    this.launches = new LaunchLog(options.trace, this.columns, options.shapes);
  }

  override taskLaunched(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    now: Micros,
  ): void {
    super.taskLaunched(task, framework, role, agent, resources, now);
    this.launches.launched(task, agent, this.roleShares.shareNow(this.trace.role[task]), now);
  }

  override taskEnded(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    state: TaskState,
    now: Micros,
  ): void {
    super.taskEnded(task, framework, role, agent, resources, state, now);
    this.launches.ended(task, now);
  }
}
