import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { selectChecks, type Selection } from './catalogue.js';
import { LEAST_GAIN, type Check, type EconomyName, type Subject } from './check.js';
import { chunksOf, judgeChunk, type Chunk, type ChunkResult } from './chunk.js';

export interface VerifyOptions extends Selection {
  /** Cases a property. */
  readonly runs: number;
  /** Any text: the same seed gives the same table. */
  readonly seed: string;
  /** Threads, which load the allocator by its name; 0: this thread. The table is the same for any number. */
  readonly workers: number;
  /** Stops when aborted, with what there is. */
  readonly signal?: AbortSignal;
  onProgress?(done: number, total: number): void;
}

/**
 * What became of a property in an economy. `holds`: no case refuted it, which is evidence and no proof; `refuted`: a case
 * did, which is proof. `measured`: the largest gain. `gain` and `no gain`: a menu was searched. `not applicable`: says why.
 */
export type Verdict = 'holds' | 'refuted' | 'measured' | 'gain' | 'no gain' | 'not applicable' | 'not run';

export interface Row {
  readonly property: string;
  readonly economy: EconomyName;
  readonly about: string;
  readonly verdict: Verdict;
  readonly promised: boolean;
  /** Cases tried; up to and with the one that refuted. */
  readonly runs: number;
  readonly gain?: number;
  /** What the case shows, or why the property is not applicable. */
  readonly sentence?: string;
  /** The shrunk case. */
  readonly testCase?: unknown;
}

export interface VerifyReport {
  readonly allocator: string;
  readonly seed: string;
  readonly runs: number;
  readonly rows: readonly Row[];
  /** Interrupted, its thread died, or it hung too often: some rows are `not run`, or of fewer runs. */
  readonly partial: boolean;
  /** Its code brought its thread down, or hung too often: what was going on, as a sentence. */
  readonly broken?: string;
}

interface State {
  readonly check: Check;
  /** Why it is not applicable. */
  readonly why: string | undefined;
  readonly chunks: readonly Chunk[];
  readonly results: (ChunkResult | undefined)[];
}

/** When so many properties of an economy have hung, the others of it are left out: each costs many seconds. */
const MOST_HUNG = 3;

/** The properties that hung. */
class Hangs {
  readonly #properties = new Map<EconomyName, Set<string>>();

  note({ property, economy }: Check): void {
    this.#properties.set(economy, (this.#properties.get(economy) ?? new Set()).add(property));
  }

  /** Whether the others of its economy are left out. */
  areMany({ economy }: Pick<Check, 'economy'>): boolean {
    return (this.#properties.get(economy)?.size ?? 0) >= MOST_HUNG;
  }

  /** For a person, why some of these rows were left out; undefined: none was. */
  sentenceOn(rows: readonly Row[]): string | undefined {
    const leftOut = rows.filter((row) => row.verdict === 'not run' && this.areMany(row));
    if (leftOut.length === 0) return undefined;
    const economies = [...new Set(leftOut.map(({ economy }) => economy))].sort();
    return `an endless loop in ${MOST_HUNG} properties of ${economies.join(', ')}`;
  }
}

/** Puts an allocator to all chosen tests. */
export async function runVerify(subject: Subject, options: VerifyOptions): Promise<VerifyReport> {
  const { runs, seed, weights = true, signal } = options;
  const checks = selectChecks(options);
  const states = checks.map((check): State => {
    const why = check.unfit?.(subject);
    const chunks = why === undefined ? chunksOf(check, { allocator: subject.name, weights, seed, runs }) : [];
    return { check, why, chunks, results: [] };
  });
  const jobs = states.flatMap((state) => state.chunks.map((chunk) => ({ state, chunk })));
  let done = 0;
  let broken: string | undefined;
  const isOver = (): boolean => signal?.aborted === true || broken !== undefined;
  const hangs = new Hangs();
  const pool = await openPool(options.workers, subject, checks);
  const stop = (): void => void pool.close();
  signal?.addEventListener('abort', stop);
  const attempt = async (chunk: Chunk, { check }: State): Promise<ChunkResult | undefined> => {
    try {
      const result = await pool.run(chunk);
      if (result.finding?.fault === 'hung') hangs.note(check);
      return result;
    } catch (error) {
      // A thread that was stopped has no result.
      if (isOver()) return undefined;
      if (!isThreadDeath(error)) throw error;
      const sentence = deathOf(error);
      broken = `${check.property} (${check.economy}): ${sentence}`;
      stop();
      return { runs: 1, finding: { gain: Infinity, sentence, fault: 'broke' }, testCase: undefined };
    }
  };
  try {
    await inParallel(jobs, pool.width, isOver, async ({ state, chunk }) => {
      // What comes behind a refutation decides nothing.
      if (!hangs.areMany(state.check) && !isNeedless(state.check, state.results, chunk.number)) {
        state.results[chunk.number] = await attempt(chunk, state);
      }
      if (!isOver()) options.onProgress?.(++done, jobs.length);
    });
    // The largest gains are known: their cases are made smaller.
    await inParallel(states, pool.width, isOver, async (state) => {
      if (hangs.areMany(state.check)) return;
      const best = bestOf(state.results);
      if (state.check.manner === 'refute' || best?.finding === undefined) return;
      const small = await attempt({ ...state.chunks[0], shrink: best.testCase }, state);
      if (small?.finding !== undefined)
        state.results[state.results.indexOf(best)] = { ...small, runs: best.runs };
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.close();
  }
  const rows = states.map((state) => {
    const promised = subject.promises(state.check);
    if (state.why !== undefined) return notRun(state.check, promised, 'not applicable', state.why);
    return rowOf(state, promised, hangs.areMany(state.check));
  });
  broken ??= hangs.sentenceOn(rows);
  return {
    allocator: subject.name,
    seed,
    runs,
    rows,
    partial: isOver(),
    ...(broken !== undefined && { broken }),
  };
}

/** The code under test can end its thread: by using up the memory, or by leaving. */
function isThreadDeath(error: unknown): error is Error {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return code.startsWith('ERR_WORKER') || /worker|thread/i.test(message);
}

function deathOf(error: Error): string {
  return (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'its code used up the memory of the thread that ran it'
    : `its code ended the thread that ran it: ${error.message}`;
}

function isNeedless(check: Check, results: readonly (ChunkResult | undefined)[], number: number): boolean {
  return results.some(
    (result, i) =>
      i < number &&
      result?.finding !== undefined &&
      (check.manner === 'refute' || result.finding.fault === 'hung'),
  );
}

function rowOf({ check, chunks, results }: State, promised: boolean, isLeftOut: boolean): Row {
  const known = results.filter((result) => result !== undefined);
  if (known.length === 0 && chunks.length > 0) {
    const why = isLeftOut ? `${MOST_HUNG} others of ${check.economy} hung` : 'ended before its turn';
    return notRun(check, promised, 'not run', why);
  }
  const { property, economy, about } = check;
  const base = { property, economy, about, promised };
  if (check.manner === 'refute') {
    const at = results.findIndex((result) => result?.finding !== undefined);
    const upTo = (at < 0 ? results : results.slice(0, at + 1)).filter((result) => result !== undefined);
    const runs = upTo.reduce((sum, result) => sum + result.runs, 0);
    const found = results[at];
    if (found?.finding === undefined) return { ...base, verdict: 'holds', runs };
    const { gain, sentence } = found.finding;
    return { ...base, verdict: 'refuted', runs, gain, sentence, testCase: found.testCase };
  }
  const runs = known.reduce((sum, result) => sum + result.runs, 0);
  const { finding, testCase } = bestOf(known) ?? known[0];
  if (finding?.fault !== undefined)
    return { ...base, verdict: 'refuted', runs, sentence: finding.sentence, testCase };
  const isFound = finding !== undefined && finding.gain > LEAST_GAIN;
  const verdict = check.manner === 'measure' ? 'measured' : isFound ? 'gain' : 'no gain';
  if (!isFound) return { ...base, verdict, runs, gain: 0 };
  return { ...base, verdict, runs, gain: finding.gain, sentence: finding.sentence, testCase };
}

/** The first of those with the largest gain; undefined: none. */
function bestOf(results: readonly (ChunkResult | undefined)[]): ChunkResult | undefined {
  let best: ChunkResult | undefined;
  for (const result of results) {
    if ((result?.finding?.gain ?? 0) > (best?.finding?.gain ?? 0)) best = result;
  }
  return best;
}

function notRun(
  { property, economy, about }: Check,
  promised: boolean,
  verdict: 'not applicable' | 'not run',
  sentence: string,
): Row {
  return { property, economy, about, promised, verdict, runs: 0, sentence };
}

/** Takes jobs in order, so many at a time. */
async function inParallel<T>(
  jobs: readonly T[],
  width: number,
  isOver: () => boolean,
  run: (job: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < jobs.length && !isOver()) await run(jobs[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(width, jobs.length) }, lane));
}

interface Pool {
  readonly width: number;
  run(chunk: Chunk): Promise<ChunkResult>;
  close(): Promise<void>;
}

/** Worker threads; in this thread where there are none to start: from TypeScript sources, or when one is enough. */
async function openPool(workers: number, subject: Subject, checks: readonly Check[]): Promise<Pool> {
  const isCompiled = import.meta.url.endsWith('.js');
  if (!isCompiled || workers < 1) {
    const run = async (chunk: Chunk): Promise<ChunkResult> => {
      // Signals are heard while the event loop turns.
      await setImmediate();
      const { property, economy } = chunk;
      const check = checks.find((each) => each.property === property && each.economy === economy)!;
      return await judgeChunk(check, subject, chunk);
    };
    return { width: 1, run, close: () => Promise.resolve() };
  }
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: fileURLToPath(new URL('chunk.js', import.meta.url)),
    name: 'runChunk',
    minThreads: workers,
    maxThreads: workers,
  });
  return {
    width: workers,
    run: async (chunk) => (await pool.run(chunk)) as ChunkResult,
    close: () => pool.destroy(),
  };
}
