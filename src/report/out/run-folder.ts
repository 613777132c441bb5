/** The folder of one run, as `sim run --out` leaves it. docs/output.md describes every file. */
import { slowdownCurve, waitCurves } from '../../metrics/spreads.js';
import type { RunRecord } from '../../metrics/run-record.js';
import type { RunSummary } from '../../metrics/summary.js';
import { timelineOf } from '../../metrics/timeline.js';
import { runPage } from '../html/run-page.js';
import type { RunInputs } from '../summary-text.js';
import { MANIFEST_FORMAT, OutFolder } from './out-folder.js';
import type { Provenance } from './provenance.js';
import { frameworksCsv, rolesCsv, timeseriesCsv, writeDecisions, writeTasks } from './run-tables.js';

export const runFiles = [
  'manifest.json',
  'summary.json',
  'tasks.csv',
  'decisions.csv',
  'roles.csv',
  'frameworks.csv',
  'timeseries.csv',
  'report.html',
] as const;

export interface RunFolderInput {
  readonly record: RunRecord;
  /** Bounded slowdowns of the jobs that ran and ended, in any order. */
  readonly slowdowns: Float64Array;
  readonly summary: RunSummary;
  readonly inputs: RunInputs;
  /** When the run was over, on the trace's clock. */
  readonly overUs: number;
  /** In cluster order. */
  readonly agentNames: readonly string[];
  readonly provenance: Provenance;
}

export async function openRunFolder(path: string): Promise<OutFolder> {
  return await OutFolder.open(path, runFiles);
}

/** Writes all files of the folder, and gives it its name. @throws OutputError */
export async function writeRunFolder(folder: OutFolder, input: RunFolderInput): Promise<void> {
  const { record, summary, inputs, provenance, agentNames } = input;
  const rows: Record<string, number> = {
    'tasks.csv': await folder.writing(() => writeTasks(folder.file('tasks.csv'), record, agentNames)),
    'decisions.csv': await folder.writing(() => writeDecisions(folder.file('decisions.csv'), record, agentNames)),
    'roles.csv': summary.roles.length,
    'frameworks.csv': summary.frameworks.length,
  };
  await folder.write('roles.csv', rolesCsv(summary.roles));
  await folder.write('frameworks.csv', frameworksCsv(summary.frameworks));
  const timeline = timelineOf(record, input.overUs);
  rows['timeseries.csv'] = timeline.bins.count;
  await folder.write('timeseries.csv', timeseriesCsv(timeline));
  const page = await runPage({
    summary,
    inputs,
    timeline,
    waits: waitCurves(record),
    slowdowns: slowdownCurve(input.slowdowns),
    repeat: provenance.repeat,
  });
  await folder.write('report.html', page);
  await folder.write('summary.json', jsonText(summary));
  await folder.write('manifest.json', jsonText(manifestOf(input, rows)));
  await folder.commit();
}

function manifestOf({ summary, inputs, provenance }: RunFolderInput, rows: Readonly<Record<string, number>>): object {
  const { version, node, repeat } = provenance;
  return {
    format: MANIFEST_FORMAT,
    formatVersion: 1,
    command: 'run',
    arguments: provenance.arguments,
    repeat,
    versions: { agora: version, node },
    seed: summary.seed,
    allocator: summary.allocator,
    trace: summary.trace,
    cluster: {
      agents: inputs.cluster.agents,
      totals: Object.fromEntries(inputs.cluster.totals.map(([name, milli]) => [name, milli / 1000])),
      source: inputs.cluster.source,
    },
    decisionHash: summary.decisionHash,
    partial: summary.partial,
    stalled: summary.stalled,
    /** Data rows of the tables, the header not counted. */
    rows,
  };
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
