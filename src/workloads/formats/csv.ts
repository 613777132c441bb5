/**
 * Native CSV: a header row, columns in any order, `submit_s`, `duration_s`, `cpus` and `mem` required. Lines that
 * start with `#` before the header are comments, of which `# cluster: 100*cpus:24;mem:73728` names a cluster and
 * `# framework-model: ci` says how the frameworks run their tasks.
 */
import { isUtf8, NameTable } from '../interning.js';
import { emptyRow, TraceBuilder, type TraceRow } from '../trace-builder.js';
import { TraceError } from '../trace-error.js';
import { parseFrameworkModel } from '../framework-model.js';
import type { FrameworkModelSpec, Trace } from '../trace.js';
import { BadRows, quoted } from './bad-rows.js';
import { planColumns, Slot, type ColumnPlan } from './csv-columns.js';
import { CsvScanner } from './csv-scanner.js';
import type { ReadTraceOptions, TraceFormat, TraceReader } from './format.js';
import { maxRowBytes, RowBuffer } from './row-buffer.js';

const lineFeed = 10;
const dayUs = 86_400e6;
const constraintRule = /^[^\s=;]+=[^=;]+(;[^\s=;]+=[^=;]+)*$/;
const rareSlots = new Set<number>([
  ...[Slot.disk, Slot.gpus, Slot.tasks, Slot.gang, Slot.priority, Slot.exit, Slot.estimate],
  ...[Slot.kind, Slot.constraint, Slot.command],
]);
const textNames: Readonly<Record<number, string>> = {
  [Slot.kind]: 'kind',
  [Slot.constraint]: 'constraint',
  [Slot.framework]: 'framework',
  [Slot.role]: 'role',
  [Slot.job]: 'job',
  [Slot.command]: 'command',
};

export const csvFormat: TraceFormat = {
  name: 'csv',
  summary: 'native CSV: a header row with submit_s, duration_s, cpus and mem',
  convention:
    'Times are taken as written, in seconds from 0; --rebase counts from the first submit. Without a framework ' +
    'column all tasks are of one framework "default", without a role column of role "*". --tenant names the ' +
    'column that is the framework. Columns without a meaning are labels and change nothing.',
  matches: (head) =>
    head
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .slice(0, 1)
      .some((line) => headerNames(line).some((name) => /^submit_s\b/.test(name))),
  open: (path, options) => new CsvReader(path, options),
};

class CsvReader implements TraceReader {
  readonly #path: string;
  readonly #options: ReadTraceOptions;
  readonly #bad: BadRows;
  readonly #builder: TraceBuilder;
  readonly #buffer = new RowBuffer();
  readonly #clusterLines: string[] = [];
  #frameworkModel: FrameworkModelSpec | undefined;
  /** Line of the file that comes next, from 1. */
  #line = 1;
  /** Present once the header is read. */
  #rows: { readonly plan: ColumnPlan; readonly scanner: CsvScanner; readonly task: TaskWriter } | undefined;

  constructor(path: string, options: ReadTraceOptions) {
    this.#path = path;
    this.#options = options;
    this.#bad = new BadRows(path, options);
    this.#builder = new TraceBuilder(options);
  }

  push(chunk: Uint8Array): void {
    const unread = this.#buffer.length;
    this.#buffer.append(chunk);
    this.#readRows(this.#buffer.endOfLines(unread));
    if (this.#buffer.length > maxRowBytes) {
      throw new TraceError(
        `${this.#path}:${this.#line}: the row is longer than 1 MiB; is a quote not closed?`,
      );
    }
  }

  get rowCount(): number {
    return this.#builder.rowCount;
  }

  finish(isCut = false): Trace {
    if (!isCut) this.#readLastRow();
    const labels = this.#rows?.plan.labels ?? [];
    const trace = this.#builder.finish({
      format: csvFormat.name,
      dropped: this.#bad.dropped,
      labels,
      clusterHint: this.#clusterLines.length > 0 ? this.#clusterLines.join('\n') : undefined,
      notices:
        labels.length > 0 ? [`Columns without a meaning here, kept as labels: ${labelList(labels)}.`] : [],
      rebase: this.#options.rebase,
      scaleLoad: this.#options.scaleLoad,
    });
    const frameworkModel = this.#frameworkModel;
    return withStartNotice(frameworkModel === undefined ? trace : { ...trace, frameworkModel });
  }

  /** The last row may be without its line feed. */
  #readLastRow(): void {
    this.#buffer.append(Uint8Array.of(lineFeed));
    this.#readRows(this.#buffer.length);
    if (this.#buffer.length > 0) {
      this.#bad.report(this.#line, 'a quoted field is not closed.', 'bad quotes');
    }
  }

  /** Reads the rows in the first `limit` bytes of the buffer, which end with a line feed. */
  #readRows(limit: number): void {
    let at = 0;
    while (at < limit && this.#rows === undefined) at = this.#readHeaderLine(at);
    if (this.#rows !== undefined) at = this.#readTaskRows(at, limit);
    this.#buffer.drop(at);
  }

  #readTaskRows(start: number, limit: number): number {
    const { scanner, task } = this.#rows!;
    const bytes = this.#buffer.bytes;
    let at = start;
    while (at < limit) {
      const isEmpty = bytes[at] === lineFeed || (bytes[at] === 13 && bytes[at + 1] === lineFeed);
      if (isEmpty) {
        at += bytes[at] === lineFeed ? 1 : 2;
        this.#line++;
        continue;
      }
      const next = scanner.scanRow(bytes, at, limit);
      if (next < 0) break;
      if (scanner.fault === undefined && !task.write()) this.#tooManyTasks();
      const { fault } = scanner;
      if (fault !== undefined) this.#bad.report(this.#line, fault.message, fault.reason);
      this.#line += 1 + scanner.innerLines;
      at = next;
    }
    return at;
  }

  /** A comment, an empty line or the header. */
  #readHeaderLine(start: number): number {
    const bytes = this.#buffer.bytes;
    const end = bytes.indexOf(lineFeed, start);
    const line = new TextDecoder().decode(bytes.subarray(start, end)).trim();
    const cluster = /^#\s*cluster:\s*(.+)$/.exec(line);
    if (cluster !== null) this.#clusterLines.push(cluster[1]);
    const model = /^#\s*framework-model:\s*(.+)$/.exec(line);
    if (model !== null) {
      this.#frameworkModel = parseFrameworkModel(model[1], `${this.#path}:${this.#line}: framework-model`);
    }
    if (line !== '' && !line.startsWith('#')) {
      const plan = planColumns(headerNames(line), `${this.#path}:${this.#line}`, this.#options.tenant);
      const scanner = new CsvScanner(plan.slots);
      this.#rows = { plan, scanner, task: new TaskWriter(plan, scanner, this.#builder) };
    }
    this.#line++;
    return end + 1;
  }

  #tooManyTasks(): never {
    throw new TraceError(
      `${this.#path}:${this.#line}: with this row the trace has more than 10,000,000 tasks, the most Agora ` +
        'takes; look at the column tasks, and at cpus with --split-cpus.',
    );
  }
}

/** Takes the scanned row to the builder. Names are entered only once the whole row is known to be good. */
class TaskWriter {
  readonly #scanner: CsvScanner;
  readonly #builder: TraceBuilder;
  readonly #tenantSlot: number;
  readonly #row = emptyRow();
  /** The text slots of the file and where their names go. */
  readonly #textSlots: readonly number[];
  /** By slot. */
  readonly #tables: readonly NameTable[];
  readonly #kinds = new NameTable();
  readonly #service = this.#kinds.id('service');
  /** By slot: the id of the name, or -1 if it is empty or new. */
  readonly #ids = new Int32Array(Slot.label).fill(-1);
  /** Whether rows differ in more than times, cpus, mem and names; most traces save the time. */
  readonly #hasRareColumns: boolean;
  #defaultFramework = -1;
  #defaultRole = -1;

  constructor(plan: ColumnPlan, scanner: CsvScanner, builder: TraceBuilder) {
    this.#scanner = scanner;
    this.#builder = builder;
    this.#tenantSlot = plan.tenantSlot;
    this.#kinds.id('batch');
    const tables: Readonly<Record<number, NameTable>> = {
      [Slot.kind]: this.#kinds,
      [Slot.constraint]: builder.constraints,
      [Slot.framework]: builder.frameworks,
      [Slot.role]: builder.roles,
      [Slot.job]: builder.jobNames,
      [Slot.command]: builder.commands,
    };
    // A dense array, for the hot loop; the slots of numbers hold a table that nobody looks into.
    this.#tables = Array.from({ length: Slot.label }, (_, slot) => tables[slot] ?? this.#kinds);
    this.#hasRareColumns = plan.slots.some((slot) => rareSlots.has(slot));
    this.#textSlots = [...plan.slots].filter((slot) => slot in tables);
  }

  /** False if the trace has too many tasks. A row that is no task leaves its fault in the scanner. */
  write(): boolean {
    const { values } = this.#scanner;
    this.#checkNumbers(values);
    const slots = this.#textSlots;
    for (let i = 0; i < slots.length; i++) this.#ids[slots[i]] = this.#checkText(slots[i]);
    if (this.#scanner.fault !== undefined) return true;
    for (let i = 0; i < slots.length; i++) if (this.#ids[slots[i]] < 0) this.#enter(slots[i]);
    const row = this.#row;
    row.submitUs = values[Slot.submit];
    row.durationUs = values[Slot.duration];
    row.cpusMilli = values[Slot.cpus];
    row.memMilli = values[Slot.mem];
    row.framework = this.#framework();
    row.role = this.#ids[Slot.role];
    if (row.role < 0) row.role = this.#standardRole();
    const name = this.#ids[Slot.job];
    row.job = name < 0 ? this.#builder.newJob() : this.#builder.jobOf(row.framework, name);
    if (this.#hasRareColumns) this.#fillRareColumns(row);
    return this.#builder.add(row);
  }

  #fillRareColumns(row: TraceRow): void {
    const { values } = this.#scanner;
    row.diskMilli = values[Slot.disk];
    row.gpusMilli = values[Slot.gpus];
    row.tasks = values[Slot.tasks];
    row.gang = values[Slot.gang] === 1;
    row.priority = values[Slot.priority];
    row.exit = values[Slot.exit];
    row.estimateUs = values[Slot.estimate];
    row.service = this.#ids[Slot.kind] === this.#service;
    row.constraint = this.#ids[Slot.constraint];
    row.command = this.#ids[Slot.command];
  }

  #checkNumbers(values: Float64Array): void {
    if (values[Slot.submit] + values[Slot.duration] > Number.MAX_SAFE_INTEGER) {
      this.#scanner.setFault('submit_s and duration_s together are above 9007199254 s.', 'end out of range');
    }
    const asksForNothing =
      values[Slot.cpus] === 0 && values[Slot.mem] === 0 && values[Slot.disk] === 0 && values[Slot.gpus] === 0;
    if (asksForNothing) {
      this.#scanner.setFault('the task asks for nothing: cpus and mem are 0.', 'asks for nothing');
    }
  }

  #checkText(slot: number): number {
    const scanner = this.#scanner;
    const start = scanner.startOf(slot);
    const end = scanner.endOf(slot);
    if (start === end) return -1;
    const bytes = scanner.sourceOf(slot);
    const id = this.#tables[slot].find(bytes, start, end);
    if (id >= 0) return id;
    const name = textNames[slot];
    if (!isUtf8(bytes, start, end)) {
      scanner.setFault(`${name} is not UTF-8 text; save the file as UTF-8.`, `bad ${name}`);
    } else if (slot === Slot.kind) {
      const found = quoted(scanner.textOf(slot));
      scanner.setFault(`kind is ${found}; a kind is batch or service.`, 'bad kind');
    } else if (slot === Slot.constraint && !constraintRule.test(scanner.textOf(slot))) {
      const found = quoted(scanner.textOf(slot));
      scanner.setFault(
        `constraint is ${found}; a constraint is attribute=value, several joined by ";".`,
        'bad constraint',
      );
    }
    return -1;
  }

  /** Takes up a name that is new; an empty one keeps -1. */
  #enter(slot: number): void {
    const start = this.#scanner.startOf(slot);
    const end = this.#scanner.endOf(slot);
    if (start < end) this.#ids[slot] = this.#tables[slot].add(this.#scanner.sourceOf(slot), start, end);
  }

  #framework(): number {
    if (this.#tenantSlot === Slot.framework && this.#ids[Slot.framework] >= 0) {
      return this.#ids[Slot.framework];
    }
    const isBorrowed = this.#tenantSlot === Slot.role || this.#tenantSlot === Slot.job;
    if (isBorrowed && this.#ids[this.#tenantSlot] >= 0) {
      return this.#builder.frameworks.id(this.#scanner.textOf(this.#tenantSlot));
    }
    if (this.#defaultFramework < 0) this.#defaultFramework = this.#builder.frameworks.id('default');
    return this.#defaultFramework;
  }

  #standardRole(): number {
    if (this.#defaultRole < 0) this.#defaultRole = this.#builder.roles.id('*');
    return this.#defaultRole;
  }
}

/** The names in a header row, blanks around them and quotes taken off. */
function headerNames(line: string): string[] {
  const fields = [''];
  let isQuoted = false;
  for (const char of line.replace(/^\uFEFF/, '')) {
    if (char === '"') isQuoted = !isQuoted;
    if (char === ',' && !isQuoted) fields.push('');
    else fields[fields.length - 1] += char;
  }
  return fields.map((field) => {
    const name = field.trim();
    return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
  });
}

function labelList(labels: readonly string[]): string {
  const shown = labels.slice(0, 20).map((label) => quoted(label).slice(1, -1));
  return [...shown, ...(labels.length > shown.length ? ['…'] : [])].join(', ');
}

function withStartNotice(trace: Trace): Trace {
  if (trace.taskCount === 0) return trace;
  const first = trace.submitUs[trace.arrivalOrder?.[0] ?? 0];
  if (first <= dayUs) return trace;
  const notice =
    `The first task comes at ${Math.floor(first / 1e6)} s, after the first day; times are taken as written. ` +
    '--rebase counts from the first submit.';
  return { ...trace, notices: [...trace.notices, notice] };
}
