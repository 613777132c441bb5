import type { FrameworkId, Micros, TaskId } from '../cluster/ids.js';
import type { Trace } from '../workloads/trace.js';

/**
 * The trace as a source of events: a cursor over its tasks in order of arrival, no event list needed.
 *
 * Frameworks are numbered in the order in which they first appear (semantics-notes C-7). Tasks of one framework that
 * follow each other in one instant arrive as one batch.
 */
export class Arrivals {
  readonly #trace: Trace;
  readonly #order: Int32Array | undefined;
  /** Framework id per framework of the trace; -1 for one without tasks. */
  readonly #idOf: Int32Array;
  /** Framework of the trace per framework id. */
  readonly #traceIndex: number[] = [];
  /** Task numbers framework by framework, each part in order of arrival; where the part of an id starts. */
  readonly #tasks: Int32Array;
  readonly #starts: Int32Array;
  /** Tasks per framework id that have arrived. */
  readonly #arrived: Int32Array;
  /** Tasks of the trace that have arrived. */
  #cursor = 0;

  /** Framework of the batch taken last. */
  framework: FrameworkId = -1;
  /** Position of the batch's first task among the framework's own; 0: the framework has just appeared. */
  first = 0;
  /** Tasks in the batch. */
  count = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#order = trace.arrivalOrder;
    this.#idOf = new Int32Array(trace.frameworks.length).fill(-1);
    const counts: number[] = [];
    for (let i = 0; i < trace.taskCount; i++) {
      const index = trace.framework[this.#taskAt(i)];
      if (this.#idOf[index] < 0) {
        this.#idOf[index] = this.#traceIndex.length;
        this.#traceIndex.push(index);
        counts.push(0);
      }
      counts[this.#idOf[index]]++;
    }
    this.#starts = new Int32Array(counts.length + 1);
    counts.forEach((count, id) => (this.#starts[id + 1] = this.#starts[id] + count));
    this.#arrived = new Int32Array(counts.length);
    this.#tasks = new Int32Array(trace.taskCount);
    const next = this.#starts.slice();
    for (let i = 0; i < trace.taskCount; i++) {
      const task = this.#taskAt(i);
      this.#tasks[next[this.#idOf[trace.framework[task]]]++] = task;
    }
  }

  get frameworkCount(): number {
    return this.#traceIndex.length;
  }

  /** Tasks that have arrived. */
  get arrivedCount(): number {
    return this.#cursor;
  }

  /** When the next task arrives; Infinity after the last. */
  get nextTime(): Micros {
    return this.#cursor === this.#trace.taskCount
      ? Infinity
      : this.#trace.submitUs[this.#taskAt(this.#cursor)];
  }

  /** Index into the frameworks of the trace. */
  traceFramework(framework: FrameworkId): number {
    return this.#traceIndex[framework];
  }

  /** The framework's task numbers in order of arrival; a view. */
  tasksOf(framework: FrameworkId): Int32Array {
    return this.#tasks.subarray(this.#starts[framework], this.#starts[framework + 1]);
  }

  /** Takes the next batch: sets {@link framework}, {@link first} and {@link count}. Only before the end. */
  take(): void {
    const { submitUs, framework, taskCount } = this.#trace;
    const head = this.#taskAt(this.#cursor);
    const time = submitUs[head];
    let end = this.#cursor + 1;
    for (; end < taskCount; end++) {
      const task = this.#taskAt(end);
      if (submitUs[task] !== time || framework[task] !== framework[head]) break;
    }
    this.framework = this.#idOf[framework[head]];
    this.count = end - this.#cursor;
    this.first = this.#arrived[this.framework];
    this.#arrived[this.framework] += this.count;
    this.#cursor = end;
  }

  /** Task number of the batch's task `i`. */
  task(i: number): TaskId {
    return this.#taskAt(this.#cursor - this.count + i);
  }

  #taskAt(position: number): TaskId {
    return this.#order === undefined ? position : this.#order[position];
  }
}
