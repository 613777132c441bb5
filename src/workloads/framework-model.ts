/** How the frameworks of a trace run their tasks, as the header of the trace or --framework-model says it. */
import { quoted } from './formats/bad-rows.js';
import { readSettings, splitSettings } from './formats/format-settings.js';
import { TraceError } from './trace-error.js';
import type { CiModel, FrameworkModelSpec } from './trace.js';

/**
 * Settings of the model `ci`. Published is what is kept: three minutes are the default of the Jenkins plugin for Mesos
 * (0.8.0, 2015, idleTerminationMinutes). The cold start is assumed: containers took 10 to 60 s.
 */
const ciSettings = {
  cold_start_s: {
    about: 'from TASK_RUNNING until an executor takes its first build, seconds',
    standard: 45,
    min: 0,
    max: 1e6,
  },
  keep_s: { about: 'how long an executor without a build is kept, seconds', standard: 180, min: 0, max: 1e7 },
} as const;

/**
 * Reads `batch`, `ci` or `ci?cold_start_s=45&keep_s=180`.
 *
 * @param where what the text is from, for messages: `--framework-model`, `x.csv:2: framework-model`
 * @throws TraceError
 */
export function parseFrameworkModel(text: string, where: string): FrameworkModelSpec {
  const { name, given } = splitSettings(text, where);
  if (name !== 'batch' && name !== 'ci') {
    throw new TraceError(`${where} is ${quoted(name)}; it is batch or ci (ci?cold_start_s=45&keep_s=180).`);
  }
  if (name === 'batch') {
    readSettings(`${where} batch`, {}, given);
    return { type: 'batch' };
  }
  const { cold_start_s: coldStart, keep_s: keep } = readSettings(`${where} ci`, ciSettings, given);
  return { type: 'ci', coldStartUs: Math.round(coldStart * 1e6), keepUs: Math.round(keep * 1e6) };
}

/** The text that {@link parseFrameworkModel} reads. */
export function frameworkModelText(model: FrameworkModelSpec): string {
  if (model.type === 'batch') return 'batch';
  return `ci?cold_start_s=${model.coldStartUs / 1e6}&keep_s=${model.keepUs / 1e6}`;
}

/** What a person should know who runs a trace with this model. */
export function ciNotice({ coldStartUs, keepUs }: CiModel): string {
  return `Executors: cold start ${coldStartUs / 1e6} s, kept ${keepUs / 1e6} s (off: --framework-model batch)`;
}
