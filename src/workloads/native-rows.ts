/** A trace as rows of native CSV: what `sim trace head` shows and `sim trace convert` writes. */
import { frameworkModelText } from './framework-model.js';
import { TraceError } from './trace-error.js';
import { TaskFlag, type Trace } from './trace.js';

/** Value of a field of the row whose tasks are [first, first + count). */
type Cell = (trace: Trace, first: number, count: number) => string;

/** Columns in the order in which they are written. */
const cells: Readonly<Record<string, Cell>> = {
  submit_s: ({ submitUs }, task) => fixed(submitUs[task], 6),
  duration_s: ({ durationUs }, task) => fixed(durationUs[task], 6),
  cpus: ({ shapes, shape }, task) => fixed(shapes[shape[task]].cpusMilli, 3),
  mem: ({ shapes, shape }, task) => fixed(shapes[shape[task]].memMilli, 3),
  disk: ({ shapes, shape }, task) => fixed(shapes[shape[task]].diskMilli, 3),
  gpus: ({ shapes, shape }, task) => fixed(shapes[shape[task]].gpusMilli, 3),
  tasks: (_trace, _task, count) => String(count),
  gang: ({ flags }, task) => ((flags[task] & TaskFlag.gang) === 0 ? '0' : '1'),
  job: ({ jobNames, job }, task) => jobNames?.[job[task]] ?? `job-${job[task]}`,
  framework: ({ frameworks, framework }, task) => frameworks[framework[task]],
  role: ({ roles, role }, task) => roles[role[task]],
  kind: ({ flags }, task) => ((flags[task] & TaskFlag.service) === 0 ? 'batch' : 'service'),
  constraint: ({ constraints, constraint }, task) => constraints[constraint?.[task] ?? -1] ?? '',
  priority: ({ priority }, task) => String(priority?.[task] ?? 0),
  exit: ({ exit }, task) => String(exit?.[task] ?? 0),
  estimate_s: ({ estimateUs }, task) => {
    const us = estimateUs?.[task] ?? -1;
    return us < 0 ? '' : fixed(us, 6);
  },
  command: ({ commands, command }, task) => commands[command?.[task] ?? -1] ?? '',
};

export interface NativeRows {
  readonly columns: readonly string[];
  /** Cells as text, in the order of the columns. Each pass makes them anew. */
  readonly rows: Iterable<readonly string[]>;
}

/**
 * The rows of a trace, in the order of the file it came from. Tasks that follow each other and are alike in everything,
 * job included, are one row with `tasks`. Read again, the rows give the same tasks under the same numbers.
 *
 * Columns that say the same for all tasks as if they were not there are left out.
 */
export function nativeRows(trace: Trace): NativeRows {
  const columns = columnsOf(trace);
  return { columns, rows: { [Symbol.iterator]: () => rowsOf(trace, columns) } };
}

function* rowsOf(trace: Trace, columns: readonly string[]): Generator<readonly string[]> {
  const makers = columns.map((name) => cells[name]);
  for (let first = 0; first < trace.taskCount;) {
    const count = rowLength(trace, first);
    yield makers.map((cell) => cell(trace, first, count));
    first += count;
  }
}

/** Lines for the head of the file, without `# `: what the reader takes from it beside the rows. */
export function nativeComments({ clusterHint, frameworkModel }: Trace): string[] {
  return [
    ...(clusterHint?.split('\n').map((line) => `cluster: ${line}`) ?? []),
    ...(frameworkModel === undefined ? [] : [`framework-model: ${frameworkModelText(frameworkModel)}`]),
  ];
}

function columnsOf(trace: Trace): string[] {
  const { shapes, flags, frameworks, roles } = trace;
  let rowCount = 0;
  for (let first = 0; first < trace.taskCount; first += rowLength(trace, first)) rowCount++;
  const has = (flag: number) => flags.some((bits) => (bits & flag) !== 0);
  const isNeeded: Readonly<Record<string, boolean>> = {
    disk: shapes.some(({ diskMilli }) => diskMilli > 0),
    gpus: shapes.some(({ gpusMilli }) => gpusMilli > 0),
    tasks: rowCount < trace.taskCount,
    gang: has(TaskFlag.gang),
    // Without names every row is a job of its own.
    job: trace.jobNames !== undefined || rowCount !== trace.jobCount,
    framework: frameworks.length !== 1 || frameworks[0] !== 'default',
    role: roles.length !== 1 || roles[0] !== '*',
    kind: has(TaskFlag.service),
    constraint: trace.constraint !== undefined,
    priority: trace.priority !== undefined,
    exit: trace.exit !== undefined,
    estimate_s: trace.estimateUs !== undefined,
    command: trace.command !== undefined,
  };
  return Object.keys(cells).filter((name) => isNeeded[name] ?? true);
}

/** How many tasks from this one on are one row. */
function rowLength(trace: Trace, first: number): number {
  const isGang = (trace.flags[first] & TaskFlag.gang) !== 0;
  let end = first + 1;
  for (; end < trace.taskCount; end++) {
    if (isGang) {
      const isSameGang = (trace.flags[end] & (TaskFlag.gang | TaskFlag.gangStart)) === TaskFlag.gang;
      if (!isSameGang) break;
      if (!isAlike(trace, first, end)) throw new TraceError(mixedGang(trace, first, end));
    } else if (trace.flags[end] !== trace.flags[first] || !isAlike(trace, first, end)) break;
  }
  return end - first;
}

function isAlike(trace: Trace, one: number, other: number): boolean {
  if (trace.job[one] !== trace.job[other] || trace.shape[one] !== trace.shape[other]) return false;
  if (trace.submitUs[one] !== trace.submitUs[other] || trace.durationUs[one] !== trace.durationUs[other])
    return false;
  if (trace.framework[one] !== trace.framework[other] || trace.role[one] !== trace.role[other]) return false;
  const { constraint, priority, exit, estimateUs, command } = trace;
  return [constraint, priority, exit, estimateUs, command].every(
    (column) => column === undefined || column[one] === column[other],
  );
}

function mixedGang({ shapes, shape }: Trace, first: number, other: number): string {
  const [one, two] = [first, other].map((task) => fixed(shapes[shape[task]].cpusMilli, 3));
  return (
    `task ${first} is a gang of tasks of ${one} and of ${two} cpus, and a row of native CSV has tasks of one size.\n` +
    'Leave --split-cpus out here and pass it to sim run.'
  );
}

/** An integer of 10^-digits as a decimal without needless zeros: 1500, 3 is 1.5. */
function fixed(value: number, digits: number): string {
  const scale = 10 ** digits;
  const rest = value % scale;
  const whole = String((value - rest) / scale);
  return rest === 0 ? whole : `${whole}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`;
}
