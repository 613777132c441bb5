/**
 * Pod lists of Alibaba's cluster-trace-gpu-v2023 ("openb"): CSV with a header row, one pod a line. A pod becomes one
 * task.
 * @see Weng et al., "Beware of Fragmentation", USENIX ATC 2023; github.com/alibaba/clusterdata
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

/** What every file of the family has; the pod lists have more, the node lists other ones. */
const familyColumns = ['cpu_milli', 'memory_mib'] as const;
const podColumns = ['name', 'cpu_milli', 'memory_mib', 'num_gpu', 'gpu_milli'] as const;
const timeColumns = ['creation_time', 'scheduled_time', 'deletion_time'] as const;
type Column = (typeof podColumns)[number] | (typeof timeColumns)[number] | 'gpu_spec' | 'qos' | 'pod_phase';

const tenants = ['qos', 'none'] as const;
const maxMilli = 1e12;
/** The attribute of an agent that says what its gpus are. */
const gpuModelAttribute = 'gpu_model';

const settings = {
  gpu_spec: {
    about: `the gpu models a pod takes, as a constraint on the attribute ${gpuModelAttribute}`,
    choices: ['constraint', 'ignore'],
  },
} as const;

export const alibabaGpu2023Format: TraceFormat = {
  name: 'alibaba-gpu-2023',
  summary: 'a pod list of Alibaba GPU 2023: a header row with name, cpu_milli, memory_mib, num_gpu',
  convention:
    'A pod becomes one task from creation_time that lasts deletion_time - scheduled_time; one that was never ' +
    'scheduled, or has no deletion_time, is left out and counted. cpus = cpu_milli / 1000, mem = memory_mib, ' +
    'gpus = num_gpu x gpu_milli / 1000. The role is qos, and so is the framework (--tenant none: one for all). ' +
    'pod_phase Failed is exit status 1. gpu_spec is the constraint gpu_model=A|B.',
  settings,
  matches: (head) => {
    const columns = splitHeader(head.split('\n').find((text) => text.trim() !== '') ?? '');
    return familyColumns.every((name) => columns.includes(name));
  },
  open: (path, options) => new AlibabaReader(path, options),
};

/** Column names of a header line. */
function splitHeader(line: string): string[] {
  return line
    .replace(/^\uFEFF/, '')
    .split(',')
    .map((name) => name.trim());
}

class AlibabaReader implements TraceReader {
  readonly #path: string;
  readonly #options: ReadTraceOptions;
  readonly #bad: BadRows;
  readonly #builder: TraceBuilder;
  readonly #lines: LineReader;
  readonly #hasTenants: boolean;
  readonly #takesSpecs: boolean;
  readonly #row = emptyRow();
  #header: readonly string[] | undefined;
  #fields: readonly string[] = [];
  #podsWithSpec = 0;

  constructor(path: string, options: ReadTraceOptions) {
    this.#path = path;
    this.#options = options;
    this.#bad = new BadRows(path, options);
    this.#builder = new TraceBuilder(options);
    this.#lines = new LineReader(this.#bad, (text, line) => this.#readLine(text, line));
    const { tenant = 'qos' } = options;
    if (!tenants.some((known) => known === tenant)) {
      throw new TraceError(
        `${path}: --tenant ${quoted(tenant)} is nothing this format has; take ${tenants.join(' or ')}.`,
      );
    }
    this.#hasTenants = tenant === 'qos';
    const { gpu_spec: specs } = readSettings(
      `--format ${alibabaGpu2023Format.name}`,
      settings,
      options.settings,
    );
    this.#takesSpecs = specs === 'constraint';
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  get rowCount(): number {
    return this.#builder.rowCount;
  }

  finish(isCut = false): Trace {
    if (!isCut) this.#lines.finish();
    return this.#builder.finish({
      format: alibabaGpu2023Format.name,
      dropped: this.#bad.dropped,
      notices: this.#notices(),
      rebase: this.#options.rebase,
      scaleLoad: this.#options.scaleLoad,
    });
  }

  #notices(): string[] {
    const count = this.#podsWithSpec;
    if (count === 0) return [];
    const who = `${count} ${count === 1 ? 'pod names its gpu model' : 'pods name their gpu models'} (gpu_spec)`;
    if (!this.#takesSpecs) return [`${who}: not used.`];
    return [
      `${who}: they run only where the attribute ${gpuModelAttribute} is one of them. ` +
        `--format "alibaba-gpu-2023?gpu_spec=ignore" lets them run anywhere.`,
    ];
  }

  #readLine(text: string, line: number): void {
    if (this.#header === undefined) {
      this.#header = this.#checkHeader(splitHeader(text), line);
      return;
    }
    this.#fields = text.split(',');
    const [found, expected] = [this.#fields.length, this.#header.length];
    if (found === expected) {
      this.#readPod(line);
      return;
    }
    const columns = `${found} ${found === 1 ? 'column' : 'columns'}`;
    this.#bad.report(line, `the row has ${columns}, the header ${expected}.`, 'wrong number of columns');
  }

  #checkHeader(names: readonly string[], line: number): readonly string[] {
    const where = `${this.#path}:${line}`;
    const missing = podColumns.filter((name) => !names.includes(name));
    if (missing.length > 0) {
      const isNodeList = names.includes('sn') && names.includes('gpu');
      const what = isNodeList
        ? 'this is the list of nodes; a trace is a list of pods, such as openb_pod_list_default.csv'
        : `the header has no column ${missing.join(', ')}`;
      throw new TraceError(`${where}: ${what}.`);
    }
    const timeless = timeColumns.filter((name) => !names.includes(name));
    if (timeless.length > 0) {
      throw new TraceError(
        `${where}: the pods have no times (no column ${timeless.join(', ')}), as in the multigpu files: ` +
          'they cannot be replayed. Take openb_pod_list_default.csv.',
      );
    }
    const twice = names.find((name, column) => name !== '' && names.indexOf(name) !== column);
    if (twice !== undefined) throw new TraceError(`${where}: the column ${quoted(twice)} is there twice.`);
    return names;
  }

  #readPod(line: number): void {
    const scheduled = this.#text('scheduled_time');
    const deleted = this.#text('deletion_time');
    if (scheduled === '') this.#bad.count('never scheduled');
    else if (deleted === '') this.#bad.count('end is unknown');
    else {
      const fault = this.#fillTimes() ?? this.#fillAmounts();
      if (fault === undefined) this.#keepPod(line);
      else this.#bad.report(line, `${fault.message}.`, fault.reason);
    }
  }

  #fillTimes(): Fault | undefined {
    const times: Partial<Record<Column, number>> = {};
    for (const name of timeColumns) {
      const us = parseFixed(this.#text(name), 6);
      if (!(us >= 0 && us <= Number.MAX_SAFE_INTEGER))
        return this.#fault(name, 'a number of seconds, 0 or more');
      times[name] = us;
    }
    const { creation_time: created = 0, scheduled_time: scheduled = 0, deletion_time: deleted = 0 } = times;
    if (scheduled < created) return this.#fault('scheduled_time', 'not before creation_time');
    if (deleted < scheduled) return this.#fault('deletion_time', 'not before scheduled_time');
    this.#row.submitUs = created;
    this.#row.durationUs = deleted - scheduled;
    return undefined;
  }

  #fillAmounts(): Fault | undefined {
    const row = this.#row;
    row.cpusMilli = parseWhole(this.#text('cpu_milli'));
    row.memMilli = parseFixed(this.#text('memory_mib'), 3);
    const gpus = parseWhole(this.#text('num_gpu'));
    const gpuMilli = parseWhole(this.#text('gpu_milli'));
    row.gpusMilli = gpus * gpuMilli;
    const isAmount = (value: number) => value >= 0 && value <= maxMilli;
    if (!isAmount(row.cpusMilli)) return this.#fault('cpu_milli', 'a whole number, 1000 for a cpu');
    if (!isAmount(row.memMilli)) return this.#fault('memory_mib', 'a number of MiB, 0 or more');
    if (!isAmount(gpus)) return this.#fault('num_gpu', 'a whole number of gpus');
    if (!isAmount(gpuMilli) || gpuMilli > 1000)
      return this.#fault('gpu_milli', 'a whole number from 0 to 1000');
    if (!isAmount(row.gpusMilli)) return this.#fault('num_gpu', 'at most a thousand million');
    const isNothing = row.cpusMilli === 0 && row.memMilli === 0 && row.gpusMilli === 0;
    return isNothing ? { message: 'the pod asks for nothing', reason: 'asks for nothing' } : undefined;
  }

  #keepPod(line: number): void {
    const row = this.#row;
    const builder = this.#builder;
    const qos = this.#text('qos') || 'unknown';
    row.role = builder.roles.id(qos);
    row.framework = builder.frameworks.id(this.#hasTenants ? qos : 'default');
    row.job = builder.newJob(builder.jobNames.id(this.#text('name') || `line-${line}`));
    row.exit = this.#text('pod_phase') === 'Failed' ? 1 : 0;
    row.constraint = this.#constraint();
    if (builder.add(row)) return;
    throw new TraceError(
      `${this.#path}:${line}: with this pod the trace has more than 10,000,000 tasks, the most Agora takes.`,
    );
  }

  /** `A|B` says that either will do, and some lists name one twice. */
  #constraint(): number {
    const models = this.#text('gpu_spec')
      .split('|')
      .map((model) => model.trim().replaceAll(/[=;]/g, '_'))
      .filter((model) => model !== '');
    if (models.length === 0) return -1;
    this.#podsWithSpec++;
    if (!this.#takesSpecs) return -1;
    return this.#builder.constraints.id(`${gpuModelAttribute}=${[...new Set(models)].join('|')}`);
  }

  #fault(name: Column, rule: string): Fault {
    const text = this.#text(name);
    const found = text === '' ? 'empty' : quoted(text);
    return { message: `${name} is ${found}; it is ${rule}`, reason: `bad ${name}` };
  }

  /** Empty also for a column that the file does not have. */
  #text(name: Column): string {
    return (this.#fields[this.#header!.indexOf(name)] ?? '').trim();
  }
}

interface Fault {
  readonly message: string;
  readonly reason: string;
}
