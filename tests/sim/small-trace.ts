import { SECOND } from '../../src/cluster/ids.js';
import { emptyRow, TraceBuilder } from '../../src/workloads/trace-builder.js';
import type { Trace } from '../../src/workloads/trace.js';

/** A row of a trace made by hand: times in seconds, memory in MB; what is left out is one plain batch task at 0. */
export interface SmallRow {
  readonly at?: number;
  readonly framework?: string;
  readonly role?: string;
  readonly cpus: number;
  readonly mem?: number;
  readonly gpus?: number;
  /** Duration. */
  readonly s?: number;
  /** What its owner says it will last; absent: nothing. */
  readonly estimate?: number;
  readonly priority?: number;
  readonly tasks?: number;
  readonly gang?: boolean;
  readonly service?: boolean;
  readonly constraint?: string;
  readonly exit?: number;
}

export function smallTrace(rows: readonly SmallRow[], options: { readonly splitCpus?: number } = {}): Trace {
  const builder = new TraceBuilder(options);
  for (const row of rows) {
    builder.add({
      ...emptyRow(),
      submitUs: Math.round((row.at ?? 0) * SECOND),
      durationUs: Math.round((row.s ?? 0) * SECOND),
      cpusMilli: row.cpus * 1000,
      memMilli: (row.mem ?? 0) * 1000,
      gpusMilli: (row.gpus ?? 0) * 1000,
      estimateUs: row.estimate === undefined ? -1 : Math.round(row.estimate * SECOND),
      priority: row.priority ?? 0,
      tasks: row.tasks ?? 1,
      gang: row.gang ?? false,
      service: row.service ?? false,
      framework: builder.frameworks.id(row.framework ?? 'default'),
      role: builder.roles.id(row.role ?? '*'),
      job: builder.newJob(),
      constraint: row.constraint === undefined ? -1 : builder.constraints.id(row.constraint),
      exit: row.exit ?? 0,
    });
  }
  return builder.finish({ format: 'csv' });
}
