import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../cluster/ids.js';
import type { TaskState } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { LaunchLog, launchesOf, type Launches } from './launch-log.js';
import { Recorder, type RecorderOptions } from './recorder.js';

/**
 * A {@link Recorder} that also keeps what the files and the report of a run are made from: every launch in order. A run
 * without files does not make one, and pays nothing.
 */
export class RunRecord extends Recorder {
  readonly capacity: RecorderOptions['capacity'];
  readonly shapes: readonly Resources[];
  readonly #log: LaunchLog;
  /** What came of the first so many events of the log. */
  #launches: Launches | undefined;
  #known = -1;

  constructor(options: RecorderOptions) {
    super(options);
    this.capacity = options.capacity;
    this.shapes = options.shapes;
    this.#log = new LaunchLog(options.trace.taskCount);
  }

  /** The launches so far. */
  get launches(): Launches {
    if (this.#launches === undefined || this.#known !== this.#log.eventCount) {
      this.#launches = launchesOf(this.#log, this.trace, this.columns, this.shapes);
      this.#known = this.#log.eventCount;
    }
    return this.#launches;
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
    this.#log.launched(task, agent, now);
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
    this.#log.ended(task, now);
  }
}
