/**
 * Collects the rows of a reader or generator in growing columns and finishes them to a {@link Trace}. Names and
 * shapes are interned; a column that no row needs costs nothing.
 */
import { grown, NameTable, TupleTable, type Column } from './interning.js';
import { stableOrder } from './stable-order.js';
import { TraceError } from './trace-error.js';
import { TaskFlag, type DroppedRows, type TaskShape, type Trace } from './trace.js';

/** Tasks of one trace, rows with `tasks` > 1 expanded. */
export const maxTaskCount = 10_000_000;

/** One row. Times in microseconds, resources in milli-units; ids are those of the builder's tables. */
export interface TraceRow {
  submitUs: number;
  durationUs: number;
  cpusMilli: number;
  memMilli: number;
  diskMilli: number;
  gpusMilli: number;
  /** Number of equal tasks, 1 or more. */
  tasks: number;
  /** The tasks of the row start together or not at all. */
  gang: boolean;
  service: boolean;
  framework: number;
  role: number;
  /** From {@link TraceBuilder.newJob} or {@link TraceBuilder.jobOf}. */
  job: number;
  /** -1 for none. */
  constraint: number;
  priority: number;
  exit: number;
  /** -1 if unknown. */
  estimateUs: number;
  /** -1 for none. */
  command: number;
}

/** A row of one batch task with nothing special about it; framework, role and job are 0. Fill in the rest. */
export function emptyRow(): TraceRow {
  return {
    submitUs: 0,
    durationUs: 0,
    cpusMilli: 0,
    memMilli: 0,
    diskMilli: 0,
    gpusMilli: 0,
    tasks: 1,
    gang: false,
    service: false,
    framework: 0,
    role: 0,
    job: 0,
    constraint: -1,
    priority: 0,
    exit: 0,
    estimateUs: -1,
    command: -1,
  };
}

/** What a reader knows about the whole file, for {@link TraceBuilder.finish}. */
export interface TraceEnd {
  readonly format: string;
  readonly dropped?: DroppedRows;
  readonly labels?: readonly string[];
  readonly clusterHint?: string;
  readonly notices?: readonly string[];
  /** Count time from the earliest submit (C-1): SWF, and native CSV with --rebase. */
  readonly rebase?: boolean;
  /** Submit times are divided by this, relative to the origin: 2 is twice the load. */
  readonly scaleLoad?: number;
}

export class TraceBuilder {
  readonly frameworks = new NameTable();
  readonly roles = new NameTable();
  readonly constraints = new NameTable();
  readonly commands = new NameTable();
  readonly jobNames = new NameTable();
  #shapes = new TupleTable();
  readonly #lastShape = { id: -1, cpusMilli: -1, memMilli: -1, diskMilli: -1, gpusMilli: -1 };
  /** Per job name the job that had it first, and that job's framework. */
  #firstJob = new Int32Array(0);
  #firstOwner = new Int32Array(0);
  /** (framework, job name) of the other named jobs: equal names of two frameworks are two jobs. */
  #namedJobs = new TupleTable();
  #jobOfPair = new Int32Array(32);
  /** Name of each job, or -1; empty as long as no job has a name. */
  #nameOfJob = new Int32Array(0);
  #jobCount = 0;

  #submitUs = new Float64Array(256);
  #durationUs = new Float64Array(256);
  #shape = new Int32Array(256);
  #framework = new Int32Array(256);
  #role = new Int32Array(256);
  #job = new Int32Array(256);
  #flags = new Uint8Array(256);
  readonly #constraint = new RareColumn(-1, (length) => new Int32Array(length));
  readonly #priority = new RareColumn(0, (length) => new Int32Array(length));
  readonly #exit = new RareColumn(0, (length) => new Int32Array(length));
  readonly #estimateUs = new RareColumn(-1, (length) => new Float64Array(length));
  readonly #command = new RareColumn(-1, (length) => new Int32Array(length));
  #taskCount = 0;
  #rowCount = 0;
  #firstUs = Infinity;
  #lastUs = -Infinity;
  #isSorted = true;
  readonly #splitMilli: number;

  /** @param options.splitCpus cpus (not milli) above which a task is cut up; default: none is. */
  constructor({ splitCpus = Infinity }: { readonly splitCpus?: number } = {}) {
    this.#splitMilli = Math.round(splitCpus * 1000);
  }

  get taskCount(): number {
    return this.#taskCount;
  }

  /** Rows added so far. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** A job of its own, for a row that names none or whose name is not shared. */
  newJob(name?: number): number {
    const job = this.#jobCount++;
    if (name !== undefined) {
      if (job >= this.#nameOfJob.length) {
        const before = this.#nameOfJob.length;
        this.#nameOfJob = grown(this.#nameOfJob, Math.max(job + 1, 256)).fill(-1, before);
      }
      this.#nameOfJob[job] = name;
    }
    return job;
  }

  /** The job of this name (from {@link jobNames}) in this framework. */
  jobOf(framework: number, name: number): number {
    if (name >= this.#firstJob.length) {
      const before = this.#firstJob.length;
      this.#firstJob = grown(this.#firstJob, Math.max(name + 1, 256)).fill(-1, before);
      this.#firstOwner = grown(this.#firstOwner, Math.max(name + 1, 256));
    }
    const first = this.#firstJob[name];
    if (first >= 0) return this.#firstOwner[name] === framework ? first : this.#jobOfAnother(framework, name);
    this.#firstOwner[name] = framework;
    return (this.#firstJob[name] = this.newJob(name));
  }

  #jobOfAnother(framework: number, name: number): number {
    const known = this.#namedJobs.size;
    const pair = this.#namedJobs.id(framework, name, 0, 0);
    if (pair < known) return this.#jobOfPair[pair];
    if (pair >= this.#jobOfPair.length) this.#jobOfPair = grown(this.#jobOfPair, pair + 1);
    return (this.#jobOfPair[pair] = this.newJob(name));
  }

  /** Appends the tasks of a row. False, with nothing appended, if the trace would pass {@link maxTaskCount}. */
  add(row: TraceRow): boolean {
    if (row.cpusMilli > this.#splitMilli) return this.#addSplit(row);
    if (this.#taskCount + row.tasks > maxTaskCount) return false;
    this.#append(row, row.tasks, this.#shapeOf(row));
    if (row.gang && row.tasks > 1) this.#markGang(row.tasks);
    this.#rowCount++;
    return true;
  }

  /** Sorts by arrival where needed, shifts and scales the times, and gives the columns away: use it once. */
  finish(end: TraceEnd): Trace {
    const notices = [...(end.notices ?? [])];
    this.#namedJobs = new TupleTable();
    this.#firstJob = this.#firstOwner = new Int32Array(0);
    const columns = this.#takeColumns();
    const { submitUs } = columns;
    const shiftUs = end.rebase === true && submitUs.length > 0 ? this.#firstUs : 0;
    moveTimes(submitUs, shiftUs, end.scaleLoad ?? 1);
    let arrivalOrder: Int32Array | undefined;
    if (!this.#isSorted) {
      arrivalOrder = stableOrder(submitUs);
      notices.push('The rows are not in order of submit time: sorted, ties in file order.');
    }
    return {
      format: end.format,
      taskCount: this.#taskCount,
      rowCount: this.#rowCount,
      dropped: end.dropped ?? {},
      ...columns,
      ...this.#takeTables(),
      labels: end.labels ?? [],
      ...optional('arrivalOrder', arrivalOrder),
      originUs: 0,
      shiftUs,
      ...optional('clusterHint', end.clusterHint),
      notices,
    };
  }

  /** Each table is let go as soon as its list is made, which keeps the peak of memory low. */
  #takeTables() {
    const jobNames = this.#takeJobNames();
    const shapes = this.#shapeList();
    this.#shapes = new TupleTable();
    return {
      shapes,
      frameworks: this.frameworks.takeNames(),
      roles: this.roles.takeNames(),
      jobCount: this.#jobCount,
      ...optional('jobNames', jobNames),
      constraints: this.constraints.takeNames(),
      commands: this.commands.takeNames(),
    };
  }

  #takeColumns() {
    const count = this.#taskCount;
    const required = {
      submitUs: cut(this.#submitUs, count),
      durationUs: cut(this.#durationUs, count),
      shape: cut(this.#shape, count),
      framework: cut(this.#framework, count),
      role: cut(this.#role, count),
      job: cut(this.#job, count),
      flags: cut(this.#flags, count),
    };
    this.#submitUs = this.#durationUs = new Float64Array(0);
    this.#shape = this.#framework = this.#role = this.#job = new Int32Array(0);
    return {
      ...required,
      ...optional('constraint', this.#constraint.take(count)),
      ...optional('priority', this.#priority.take(count)),
      ...optional('exit', this.#exit.take(count)),
      ...optional('estimateUs', this.#estimateUs.take(count)),
      ...optional('command', this.#command.take(count)),
    };
  }

  /** floor(p / K) tasks of K cpus and one of the rest; mem, disk and gpus in proportion to the cpus. */
  #addSplit(row: TraceRow): boolean {
    const whole = Math.floor(row.cpusMilli / this.#splitMilli);
    const restMilli = row.cpusMilli - whole * this.#splitMilli;
    const parts = whole + (restMilli > 0 ? 1 : 0);
    if (this.#taskCount + row.tasks * parts > maxTaskCount) return false;
    const wholeShape = this.#partShape(row, this.#splitMilli);
    const restShape = restMilli > 0 ? this.#partShape(row, restMilli) : -1;
    for (let task = 0; task < row.tasks; task++) {
      this.#append(row, whole, wholeShape);
      if (restShape >= 0) this.#append(row, 1, restShape);
      if (!row.gang) this.#markGang(parts);
    }
    if (row.gang) this.#markGang(row.tasks * parts);
    this.#rowCount++;
    return true;
  }

  /** The row's shape; tasks of one shape often follow each other, and then there is no look-up. */
  #shapeOf(row: TraceRow): number {
    const last = this.#lastShape;
    const isSame =
      row.cpusMilli === last.cpusMilli &&
      row.memMilli === last.memMilli &&
      row.diskMilli === last.diskMilli &&
      row.gpusMilli === last.gpusMilli;
    if (isSame) return last.id;
    last.cpusMilli = row.cpusMilli;
    last.memMilli = row.memMilli;
    last.diskMilli = row.diskMilli;
    last.gpusMilli = row.gpusMilli;
    last.id = this.#shapes.id(row.cpusMilli, row.memMilli, row.diskMilli, row.gpusMilli);
    return last.id;
  }

  #partShape(row: TraceRow, cpusMilli: number): number {
    const ratio = cpusMilli / row.cpusMilli;
    const part = (milli: number) => Math.floor(milli * ratio + 0.5);
    return this.#shapes.id(cpusMilli, part(row.memMilli), part(row.diskMilli), part(row.gpusMilli));
  }

  #append(row: TraceRow, tasks: number, shape: number): void {
    const start = this.#taskCount;
    const end = start + tasks;
    if (end > this.#submitUs.length) this.#grow(end);
    const flags = row.service ? TaskFlag.service : 0;
    if (row.submitUs < this.#lastUs) this.#isSorted = false;
    this.#lastUs = row.submitUs;
    if (row.submitUs < this.#firstUs) this.#firstUs = row.submitUs;
    for (let task = start; task < end; task++) {
      this.#submitUs[task] = row.submitUs;
      this.#durationUs[task] = row.durationUs;
      this.#shape[task] = shape;
      this.#framework[task] = row.framework;
      this.#role[task] = row.role;
      this.#job[task] = row.job;
      this.#flags[task] = flags;
    }
    this.#constraint.set(start, end, row.constraint);
    this.#priority.set(start, end, row.priority);
    this.#exit.set(start, end, row.exit);
    this.#estimateUs.set(start, end, row.estimateUs);
    this.#command.set(start, end, row.command);
    this.#taskCount = end;
  }

  /** The last `tasks` tasks are one gang. */
  #markGang(tasks: number): void {
    const start = this.#taskCount - tasks;
    this.#flags[start] |= TaskFlag.gangStart;
    for (let task = start; task < this.#taskCount; task++) this.#flags[task] |= TaskFlag.gang;
  }

  #grow(length: number): void {
    this.#submitUs = grown(this.#submitUs, length);
    this.#durationUs = grown(this.#durationUs, length);
    this.#shape = grown(this.#shape, length);
    this.#framework = grown(this.#framework, length);
    this.#role = grown(this.#role, length);
    this.#job = grown(this.#job, length);
    this.#flags = grown(this.#flags, length);
  }

  #shapeList(): TaskShape[] {
    const shapes = this.#shapes;
    return Array.from({ length: shapes.size }, (_, id) => ({
      cpusMilli: compact(shapes.get(id, 0)),
      memMilli: compact(shapes.get(id, 1)),
      diskMilli: compact(shapes.get(id, 2)),
      gpusMilli: compact(shapes.get(id, 3)),
    }));
  }

  /** Job n has name n: so it is where no job comes twice. */
  #isNamedInOrder(): boolean {
    for (let job = 0; job < this.#jobCount; job++) if (this.#nameOfJob[job] !== job) return false;
    return true;
  }

  #takeJobNames(): string[] | undefined {
    if (this.jobNames.size === 0) return undefined;
    const names = this.jobNames.takeNames();
    if (names.length === this.#jobCount && this.#isNamedInOrder()) return names;
    return Array.from({ length: this.#jobCount }, (_, job) => {
      const name = this.#nameOfJob[job] ?? -1;
      return name < 0 ? `job-${job}` : names[name];
    });
  }
}

/** A column that exists only once a row has something else than its default. */
class RareColumn<T extends Int32Array | Float64Array> {
  #values: T | undefined;

  constructor(
    readonly standard: number,
    readonly make: (length: number) => T,
  ) {}

  set(start: number, end: number, value: number): void {
    if (this.#values === undefined) {
      if (value === this.standard) return;
      this.#values = this.make(end);
      this.#values.fill(this.standard);
    }
    if (end > this.#values.length) {
      const before = this.#values.length;
      this.#values = grown(this.#values, end);
      this.#values.fill(this.standard, before);
    }
    for (let task = start; task < end; task++) this.#values[task] = value;
  }

  take(count: number): T | undefined {
    return this.#values && cut(this.#values, count);
  }
}

/** The first `count` entries: the column itself, if it has no more. */
function cut<T extends Column>(column: T, count: number): T {
  return column.length === count ? column : (column.slice(0, count) as T);
}

/** The same number. As an int32, where it is one, it lies in the object itself: half the memory of a million shapes. */
function compact(value: number): number {
  const integer = value | 0;
  return integer === value ? integer : value;
}

function moveTimes(times: Float64Array, shiftUs: number, scale: number): void {
  if (shiftUs === 0 && scale === 1) return;
  for (let i = 0; i < times.length; i++) {
    const moved = times[i] - shiftUs;
    times[i] = scale === 1 ? moved : Math.floor(moved / scale + 0.5);
    if (!(times[i] <= Number.MAX_SAFE_INTEGER)) {
      throw new TraceError(
        `--scale-load ${scale} moves submit times beyond what Agora can count (285 years).`,
      );
    }
  }
}

/** `{}` for an absent value, so that the trace does not carry a key without one. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
