/**
 * Workloads of SWIM (Facebook's Hadoop clusters, 2009 and 2010): tab-separated, no header, one MapReduce job a line:
 * name, submit time, gap, input, shuffle and output bytes. What a task is and how long it takes is not in it: both
 * are made from the bytes by rates that can be set.
 * @see Chen, Ganapathi, Griffith, Katz, "The Case for Evaluating MapReduce Performance Using Workload Suites",
 * MASCOTS 2011; github.com/SWIMProjectUCB/SWIM
 */
import { emptyRow, TraceBuilder } from '../trace-builder.js';
import { TraceError } from '../trace-error.js';
import type { Trace } from '../trace.js';
import { BadRows, quoted } from './bad-rows.js';
import { parseFixed } from './fixed-point.js';
import { readSettings } from './format-settings.js';
import type { ReadTraceOptions, TraceFormat, TraceReader } from './format.js';
import { LineReader } from './line-reader.js';
import { parseWhole } from './whole-number.js';

const fieldCount = 6;
const mib = 2 ** 20;

/** All of them assumptions of ours but the first, which is the usual size of an HDFS block. */
const settings = {
  map_mb: { about: 'input of one map task, MiB', standard: 128, min: 1, max: 1e6 },
  reduce_mb: { about: 'shuffle data of one reduce task, MiB', standard: 1024, min: 1, max: 1e6 },
  mb_per_s: { about: 'what a task reads and writes in a second, MiB', standard: 10, min: 0.001, max: 1e6 },
  start_s: { about: 'time a task takes beside its bytes, seconds', standard: 5, min: 0, max: 1e6 },
  cpus: { about: 'cpus of a task', standard: 1, min: 0.001, max: 1e6 },
  mem: { about: 'memory of a task, MB', standard: 1024, min: 1, max: 1e9 },
  tenants: {
    about: 'frameworks that the jobs are dealt to in turn',
    standard: 1,
    min: 1,
    max: 1e5,
    isWhole: true,
  },
} as const;

export const swimFormat: TraceFormat = {
  name: 'swim',
  summary: 'SWIM: 6 columns parted by tabs, job name, submit, gap and three counts of bytes',
  convention:
    'maps = max(1, ceil(input / map_mb)); reduces = 0 without shuffle data, else ceil(shuffle / reduce_mb). A task ' +
    'takes start_s + its bytes / mb_per_s: a map reads input and writes the shuffle data, or the output where there ' +
    'is no reduce; a reduce reads shuffle data and writes the output. Reduces are submitted when the maps of their ' +
    'job would end if none waited. Every task asks for cpus and mem. Jobs are dealt to the tenants in turn; the ' +
    'role is *. The gap is not used.',
  settings,
  matches: (head) => {
    const fields = (head.split('\n').find((text) => text.trim() !== '') ?? '').trimEnd().split('\t');
    return (
      fields.length === fieldCount && fields.slice(1).every((field) => /^\d+(\.\d*)?$/.test(field.trim()))
    );
  },
  open: (path, options) => new SwimReader(path, options),
};

class SwimReader implements TraceReader {
  readonly #path: string;
  readonly #options: ReadTraceOptions;
  readonly #settings;
  readonly #bad: BadRows;
  readonly #builder: TraceBuilder;
  readonly #lines: LineReader;
  readonly #maps = emptyRow();
  readonly #reduces = emptyRow();
  #jobs = 0;

  constructor(path: string, options: ReadTraceOptions) {
    this.#path = path;
    this.#options = options;
    this.#settings = readSettings(`--format ${swimFormat.name}`, settings, options.settings);
    this.#bad = new BadRows(path, options);
    this.#builder = new TraceBuilder(options);
    this.#lines = new LineReader(this.#bad, (text, line) => this.#readLine(text, line));
    if (options.tenant !== undefined && options.tenant !== 'none') {
      throw new TraceError(
        `${path}: --tenant ${quoted(options.tenant)}: the jobs of SWIM name no user. ` +
          '--format "swim?tenants=10" deals them to ten frameworks.',
      );
    }
    const role = this.#builder.roles.id('*');
    for (const row of [this.#maps, this.#reduces]) {
      row.role = role;
      row.cpusMilli = Math.round(this.#settings.cpus * 1000);
      row.memMilli = Math.round(this.#settings.mem * 1000);
    }
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  get rowCount(): number {
    return this.#jobs;
  }

  finish(isCut = false): Trace {
    if (!isCut) this.#lines.finish();
    const { map_mb, reduce_mb, mb_per_s, start_s, cpus, mem } = this.#settings;
    const trace = this.#builder.finish({
      format: swimFormat.name,
      dropped: this.#bad.dropped,
      notices: [
        `Tasks are made from bytes: a map per ${map_mb} MiB of input, a reduce per ${reduce_mb} MiB of shuffle data, ` +
          `each ${start_s} s + its bytes at ${mb_per_s} MiB/s, with cpus:${cpus};mem:${mem} (assumed; ` +
          '--format "swim?map_mb=64&…" changes it).',
      ],
      rebase: this.#options.rebase,
      scaleLoad: this.#options.scaleLoad,
    });
    return { ...trace, rowCount: this.#jobs };
  }

  #readLine(text: string, line: number): void {
    const fields = text.split('\t').map((field) => field.trim());
    if (fields.length !== fieldCount) {
      const count = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'}`;
      this.#bad.report(line, `the line has ${count} parted by tabs; a job of SWIM has 6.`, 'not 6 fields');
      return;
    }
    const [name, submit, , input, shuffle, output] = fields;
    const submitUs = parseFixed(submit, 6);
    if (!(submitUs >= 0 && submitUs <= Number.MAX_SAFE_INTEGER)) {
      this.#report(line, 'submit time (column 2)', submit, 'a number of seconds, 0 or more');
      return;
    }
    const bytes = [input, shuffle, output].map(parseWhole);
    const bad = bytes.findIndex(Number.isNaN);
    if (bad < 0) this.#addJob(line, name, submitUs, bytes);
    else {
      const column = `${['input', 'shuffle', 'output'][bad]} (column ${bad + 4})`;
      this.#report(line, column, fields[bad + 3], 'a whole number of bytes');
    }
  }

  #report(line: number, column: string, text: string, rule: string): void {
    const found = text === '' ? 'empty' : quoted(text);
    this.#bad.report(line, `the ${column} is ${found}; it is ${rule}.`, `bad ${column.split(' (', 1)[0]}`);
  }

  #addJob(line: number, name: string, submitUs: number, [input, shuffle, output]: readonly number[]): void {
    const { map_mb, reduce_mb, tenants } = this.#settings;
    const [maps, reduces] = [this.#maps, this.#reduces];
    const hasReduces = shuffle > 0;
    maps.tasks = Math.max(1, Math.ceil(input / (map_mb * mib)));
    maps.durationUs = this.#taskUs((input + (hasReduces ? shuffle : output)) / maps.tasks);
    maps.submitUs = submitUs;
    reduces.tasks = Math.ceil(shuffle / (reduce_mb * mib));
    reduces.durationUs = hasReduces ? this.#taskUs((shuffle + output) / reduces.tasks) : 0;
    reduces.submitUs = submitUs + maps.durationUs;
    if (!(reduces.submitUs + reduces.durationUs <= Number.MAX_SAFE_INTEGER)) {
      this.#bad.report(line, 'the job ends after 9007199254 s; look at mb_per_s.', 'end out of range');
      return;
    }
    const builder = this.#builder;
    const framework = tenants === 1 ? 'default' : `tenant-${(this.#jobs % tenants) + 1}`;
    maps.framework = reduces.framework = builder.frameworks.id(framework);
    maps.job = reduces.job = builder.newJob(builder.jobNames.id(name || `line-${line}`));
    if (!builder.add(maps) || (hasReduces && !builder.add(reduces))) {
      throw new TraceError(
        `${this.#path}:${line}: with this job the trace has more than 10,000,000 tasks, the most Agora takes; ` +
          'larger map_mb and reduce_mb make fewer of a job.',
      );
    }
    this.#jobs++;
  }

  /** Duration of a task that reads and writes so many bytes. */
  #taskUs(bytes: number): number {
    const { start_s: start, mb_per_s: rate } = this.#settings;
    return Math.round((start + bytes / (rate * mib)) * 1e6);
  }
}
