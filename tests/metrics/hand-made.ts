/** A trace written by hand, and a recorder for it. */
import { Resources } from '../../src/cluster/resources/resources.js';
import { Recorder, type RecorderOptions } from '../../src/metrics/recorder.js';
import type { Trace } from '../../src/workloads/trace.js';

export interface Row {
  /** Seconds. */
  readonly submit?: number;
  readonly duration?: number;
  readonly cpus?: number;
  readonly mem?: number;
  readonly framework?: string;
  readonly role?: string;
  readonly job?: string;
  readonly flags?: number;
}

export const second = 1_000_000;

export function traceOf(rows: readonly Row[]): Trace {
  const table = (): { id: (name: string) => number; names: string[] } => {
    const names: string[] = [];
    return { names, id: (name) => (names.includes(name) ? names.indexOf(name) : names.push(name) - 1) };
  };
  const [shapes, frameworks, roles, jobs] = [table(), table(), table(), table()];
  return {
    format: 'csv',
    taskCount: rows.length,
    rowCount: rows.length,
    dropped: {},
    submitUs: Float64Array.from(rows, ({ submit = 0 }) => submit * second),
    durationUs: Float64Array.from(rows, ({ duration = 1 }) => duration * second),
    shape: Int32Array.from(rows, ({ cpus = 1, mem = 0 }) => shapes.id(`${cpus} ${mem}`)),
    framework: Int32Array.from(rows, ({ framework = 'default' }) => frameworks.id(framework)),
    role: Int32Array.from(rows, ({ role = '*' }) => roles.id(role)),
    job: Int32Array.from(rows, ({ job }, task) => jobs.id(job ?? `job-${task}`)),
    flags: Uint8Array.from(rows, ({ flags = 0 }) => flags),
    shapes: shapes.names.map((name) => {
      const [cpus, mem] = name.split(' ').map(Number);
      return { cpusMilli: cpus * 1000, memMilli: mem * 1000, diskMilli: 0, gpusMilli: 0 };
    }),
    frameworks: frameworks.names,
    roles: roles.names,
    jobCount: jobs.names.length,
    constraints: [],
    commands: [],
    labels: [],
    originUs: 0,
    notices: [],
  };
}

export function shapesOf(trace: Trace): Resources[] {
  return trace.shapes.map(({ cpusMilli, memMilli }) => Resources.plain(cpusMilli, memMilli));
}

/** A recorder driven in seconds, with the resources of the trace. */
export class HandDriven {
  readonly recorder: Recorder;
  readonly shapes: readonly Resources[];

  constructor(rows: readonly Row[], cluster: Resources, options: Partial<RecorderOptions> = {}) {
    const trace = traceOf(rows);
    this.shapes = shapesOf(trace);
    this.recorder = new Recorder({
      trace,
      shapes: this.shapes,
      capacity: [{ count: 1, resources: cluster }],
      ...options,
    });
  }

  submit(at: number, ...tasks: number[]): void {
    for (const task of tasks) this.recorder.submitted(task, at * second);
  }

  launch(at: number, task: number, agent = 0): void {
    const role = this.recorder.trace.role[task];
    this.recorder.taskLaunched(task, 0, role, agent, this.resources(task), at * second);
    this.recorder.runningSeen(task, at * second);
  }

  end(at: number, task: number, state: Parameters<Recorder['taskEnded']>[5] = 'TASK_FINISHED'): void {
    const { agent, trace } = this.recorder;
    const role = trace.role[task];
    this.recorder.taskEnded(task, 0, role, agent[task], this.resources(task), state, at * second);
  }

  resources(task: number): Resources {
    return this.shapes[this.recorder.trace.shape[task]];
  }
}
