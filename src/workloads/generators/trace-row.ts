/** One row of a native trace CSV as a generator makes it: one task. */
export interface TraceRow {
  /** Whole milliseconds from the start of the trace. */
  readonly submitMs: number;
  /** Whole milliseconds; of a service, the length of the trace. */
  readonly durationMs: number;
  readonly cpus: number;
  /** MB */
  readonly mem: number;
  readonly job: string;
  readonly framework: string;
  readonly role: string;
  readonly kind: 'batch' | 'service';
  /** 0: finished, 1: failed. */
  readonly exit: 0 | 1;
  /** As the column takes it, `group=masters`; empty for none. */
  readonly constraint: string;
}

/** Columns of the native trace CSV that generators fill. */
export type Column =
  'submit_s' | 'duration_s' | 'cpus' | 'mem' | 'job' | 'framework' | 'role' | 'kind' | 'exit' | 'constraint';

/** A generated trace: what its header says, and its rows. */
export interface GeneratedTrace {
  /** Name of the generator. */
  readonly generator: string;
  /** The generator's cluster, scaled like the trace, as `--agents` takes it: `100*cpus:24;mem:73728`. */
  readonly cluster: string;
  /** As `--weights` takes it. */
  readonly weights: string;
  /** As `--quota` takes it. */
  readonly quota: string;
  /** Lines for the head of the file, without `# `. */
  readonly comments: readonly string[];
  readonly columns: readonly Column[];
  /** Sorted by submit time. Each pass draws the same rows anew, day by day, and holds about a day of them. */
  readonly rows: Iterable<TraceRow>;
}
