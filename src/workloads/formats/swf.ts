/**
 * Standard Workload Format 2.2 of the Parallel Workloads Archive: one job a line, 18 fields, -1 for unknown, header
 * lines with `;`. A job becomes a task of as many cpus as it had processors.
 * @see D. G. Feitelson, "The standard workload format", https://www.cs.huji.ac.il/labs/parallel/workload/swf.html
 */
import { NameTable } from '../interning.js';
import { emptyRow, TraceBuilder } from '../trace-builder.js';
import { TraceError } from '../trace-error.js';
import type { Trace } from '../trace.js';
import { BadRows, quoted } from './bad-rows.js';
import { parseFixedBytes } from './fixed-point.js';
import type { ReadTraceOptions, TraceFormat, TraceReader } from './format.js';
import { maxRowBytes, RowBuffer } from './row-buffer.js';

const fieldCount = 18;
/** Fields as the format counts them, from 1. */
const Field = { job: 1, submit: 2, run: 4, allocated: 5, usedMemory: 7, requested: 8, estimate: 9 } as const;
const requestedMemoryField = 10;
/** --tenant: the field whose number makes the framework's name. */
const tenantFields = { user: 12, group: 13, executable: 14, queue: 15, partition: 16, none: 0 } as const;
type Tenant = keyof typeof tenantFields;
/** Nothing is known about the nodes' memory and no job asks for any: enough to never be what is scarce. */
const hintMemMb = 1_000_000;

const lineFeed = 10;
const semicolon = 59;

export const swfFormat: TraceFormat = {
  name: 'swf',
  summary: 'Standard Workload Format: 18 numbers a line, header lines with ";"',
  convention:
    'A job is kept if its run time is 0 or more and it was allocated or asked for a processor; it becomes one ' +
    'task of as many cpus as it was allocated, or else asked for. Its status does not matter: a failed job held ' +
    'its processors too. Time 0 is the first submit. The memory fields are not replayed: tasks ask for cpus ' +
    'alone. Field 9 is the estimate that a backfilling policy may see. The framework is user-<n>, or by --tenant ' +
    'group-<n>, queue-<n>, executable-<n>, partition-<n>, or one for all with none. MaxProcs is the cluster: ' +
    'one agent of so many cpus.',
  matches: (head) => {
    const line = head.split('\n').find((text) => text.trim() !== '') ?? '';
    if (line.trimStart().startsWith(';')) return true;
    const fields = line.trim().split(/\s+/);
    return (
      fields.length === fieldCount && fields.every((field) => /^-?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(field))
    );
  },
  open: (path, options) => new SwfReader(path, options),
};

class SwfReader implements TraceReader {
  readonly #path: string;
  readonly #options: ReadTraceOptions;
  readonly #bad: BadRows;
  readonly #builder: TraceBuilder;
  readonly #buffer = new RowBuffer();
  readonly #tenant: Tenant;
  /** Texts of the tenant field, which are numbers: equal text is an equal tenant. */
  readonly #tenantTexts = new NameTable();
  readonly #frameworkOfTenant: number[] = [];
  readonly #role: number;
  readonly #row = emptyRow();
  readonly #starts = new Int32Array(fieldCount + 1);
  readonly #ends = new Int32Array(fieldCount + 1);
  #line = 0;
  #maxProcs = 0;
  #hasMemory = false;

  constructor(path: string, options: ReadTraceOptions) {
    this.#path = path;
    this.#options = options;
    this.#bad = new BadRows(path, options);
    this.#builder = new TraceBuilder(options);
    this.#role = this.#builder.roles.id('*');
    const tenant = options.tenant ?? 'user';
    if (!isTenant(tenant)) {
      const known = Object.keys(tenantFields).join(', ');
      throw new TraceError(`${path}: --tenant ${tenant} is no field of an SWF log; take ${known}.`);
    }
    this.#tenant = tenant;
  }

  push(chunk: Uint8Array): void {
    const unread = this.#buffer.length;
    this.#buffer.append(chunk);
    this.#readLines(this.#buffer.endOfLines(unread));
    if (this.#buffer.length > maxRowBytes) {
      throw new TraceError(
        `${this.#path}:${this.#line + 1}: the line is longer than 1 MiB; that is no SWF log.`,
      );
    }
  }

  get rowCount(): number {
    return this.#builder.rowCount;
  }

  finish(isCut = false): Trace {
    if (!isCut) {
      this.#buffer.append(Uint8Array.of(lineFeed));
      this.#readLines(this.#buffer.length);
    }
    return this.#builder.finish({
      format: swfFormat.name,
      dropped: this.#bad.dropped,
      clusterHint: this.#maxProcs > 0 ? `1*cpus:${this.#maxProcs};mem:${hintMemMb}` : undefined,
      notices: this.#hasMemory
        ? ['The memory fields of the log are not replayed: tasks ask for cpus alone.']
        : [],
      rebase: true,
      scaleLoad: this.#options.scaleLoad,
    });
  }

  #readLines(limit: number): void {
    const { bytes } = this.#buffer;
    let at = 0;
    while (at < limit) {
      const end = bytes.indexOf(lineFeed, at);
      this.#line++;
      this.#readLine(bytes, at, end);
      at = end + 1;
    }
    this.#buffer.drop(at);
  }

  #readLine(bytes: Uint8Array, start: number, end: number): void {
    const count = this.#splitFields(bytes, start, end);
    if (count === 0) return;
    if (bytes[this.#starts[1]] === semicolon) {
      this.#readHeader(new TextDecoder().decode(bytes.subarray(this.#starts[1], end)));
    } else if (count !== fieldCount) {
      const fields = `${count} ${count === 1 ? 'field' : 'fields'}`;
      this.#bad.report(this.#line, `the line has ${fields}; a job of an SWF log has 18.`, 'not 18 fields');
    } else {
      this.#readJob(bytes);
    }
  }

  /** Finds fields 1 to 18 in bytes[start, end) and answers how many fields there are, which may be more. */
  #splitFields(bytes: Uint8Array, start: number, end: number): number {
    let count = 0;
    let at = start;
    for (;;) {
      while (at < end && bytes[at] <= 32) at++;
      if (at >= end) return count;
      count++;
      const from = at;
      while (at < end && bytes[at] > 32) at++;
      if (count <= fieldCount) {
        this.#starts[count] = from;
        this.#ends[count] = at;
      }
    }
  }

  #readHeader(text: string): void {
    const match = /^;\s*MaxProcs:\s*(\d{1,9})\b/i.exec(text);
    if (match !== null) this.#maxProcs = Number(match[1]);
  }

  #readJob(bytes: Uint8Array): void {
    const row = this.#row;
    const runUs = this.#number(bytes, Field.run, 6);
    const allocatedMilli = this.#number(bytes, Field.allocated, 3);
    // A NaN stays, to be reported.
    const cpusMilli = allocatedMilli <= 0 ? this.#number(bytes, Field.requested, 3) : allocatedMilli;
    row.submitUs = this.#number(bytes, Field.submit, 6);
    row.durationUs = runUs;
    row.cpusMilli = cpusMilli;
    const estimateUs = this.#number(bytes, Field.estimate, 6);
    row.estimateUs = estimateUs >= 0 && estimateUs <= Number.MAX_SAFE_INTEGER ? estimateUs : -1;
    // A job that the convention leaves out may be incomplete in other fields too.
    const fault = this.#faultOf(bytes);
    if (runUs < 0) this.#bad.count('run time is unknown');
    else if (cpusMilli <= 0) this.#bad.count('no processors');
    else if (fault !== undefined) this.#bad.report(this.#line, `${fault}.`, 'fields out of range');
    else this.#keepJob(bytes);
  }

  #keepJob(bytes: Uint8Array): void {
    const row = this.#row;
    row.framework = this.#framework(bytes);
    row.role = this.#role;
    row.job = this.#builder.newJob(this.#intern(this.#builder.jobNames, bytes, Field.job));
    if (!this.#builder.add(row)) {
      throw new TraceError(
        `${this.#path}:${this.#line}: with this job the trace has more than 10,000,000 tasks, the most Agora ` +
          'takes; --split-cpus makes several of a job.',
      );
    }
    const memoryKb = this.#number(bytes, Field.usedMemory, 3) + this.#number(bytes, requestedMemoryField, 3);
    if (memoryKb > 0) this.#hasMemory = true;
  }

  /** Why the job's times and processors, read into the row, cannot be used; undefined if they can. */
  #faultOf(bytes: Uint8Array): string | undefined {
    const { submitUs, durationUs, cpusMilli } = this.#row;
    const text = (field: number) => quoted(this.#text(bytes, field));
    if (!(submitUs >= 0 && submitUs <= Number.MAX_SAFE_INTEGER)) {
      return `the submit time (field 2) is ${text(Field.submit)}; it is a number of seconds, 0 or more`;
    }
    if (!(submitUs + durationUs <= Number.MAX_SAFE_INTEGER)) {
      return `the run time (field 4) is ${text(Field.run)}; it is a number of seconds, or -1 for unknown`;
    }
    if (!(cpusMilli <= 1e12)) {
      const processors = `${text(Field.allocated)} and ${text(Field.requested)}`;
      return `the processors (fields 5 and 8) are ${processors}; they are numbers, or -1 for unknown`;
    }
    return undefined;
  }

  #framework(bytes: Uint8Array): number {
    const field = tenantFields[this.#tenant];
    if (field === 0) return this.#builder.frameworks.id('default');
    const tenant = this.#intern(this.#tenantTexts, bytes, field);
    if (tenant === this.#frameworkOfTenant.length) {
      const text = this.#text(bytes, field);
      const name = `${this.#tenant}-${text.startsWith('-') ? 'unknown' : text}`;
      this.#frameworkOfTenant.push(this.#builder.frameworks.id(name));
    }
    return this.#frameworkOfTenant[tenant];
  }

  #intern(table: NameTable, bytes: Uint8Array, field: number): number {
    const start = this.#starts[field];
    const end = this.#ends[field];
    const known = table.find(bytes, start, end);
    return known >= 0 ? known : table.add(bytes, start, end);
  }

  #number(bytes: Uint8Array, field: number, digits: number): number {
    const start = this.#starts[field];
    const end = this.#ends[field];
    // -1, the unknown, is what most fields of most logs hold.
    if (end - start === 2 && bytes[start] === 45 && bytes[start + 1] === 49) return -1;
    return parseFixedBytes(bytes, start, end, digits);
  }

  #text(bytes: Uint8Array, field: number): string {
    return new TextDecoder().decode(bytes.subarray(this.#starts[field], this.#ends[field]));
  }
}

function isTenant(text: string): text is Tenant {
  return Object.hasOwn(tenantFields, text);
}
