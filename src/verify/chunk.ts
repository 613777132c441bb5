import fc from 'fast-check';
import { randomStream } from '../workloads/random-streams.js';
import { climb } from './attack.js';
import { findCheck } from './catalogue.js';
import type { Check, CheckName, EconomyName, Finding, Subject } from './check.js';
import { simplest } from './simplify.js';
import { loadSubject } from './subject.js';

/** A part of the runs of one check: plain data for a worker thread. */
export interface Chunk extends CheckName {
  /** As after --allocator. */
  readonly allocator: string;
  readonly weights: boolean;
  readonly seed: string;
  /** Number of the chunk among those of its check: its cases come from a stream of its own. */
  readonly number: number;
  readonly runs: number;
}

export interface ChunkResult {
  /** Cases tried, up to the first that refutes. */
  readonly runs: number;
  /** The shrunk case and what it shows; undefined: nothing wrong, no gain. */
  readonly finding: Finding | undefined;
  readonly testCase: unknown;
}

const subjects = new Map<string, Promise<Subject>>();

/** Runs one chunk; the name that a worker thread calls. */
export async function runChunk(chunk: Chunk): Promise<ChunkResult> {
  const check = findCheck(chunk, chunk.weights);
  let subject = subjects.get(chunk.allocator);
  if (subject === undefined) subjects.set(chunk.allocator, (subject = loadSubject(chunk.allocator)));
  return await judgeChunk(check, await subject, chunk);
}

export async function judgeChunk(
  check: Check,
  subject: Subject,
  { seed, number, runs }: { readonly seed: string; readonly number: number; readonly runs: number },
): Promise<ChunkResult> {
  await check.prepare?.();
  const draw = randomStream(seed, `verify/${check.property}/${check.economy}/${number}`);
  const settings = { seed: Math.floor(draw() * 0x7fffffff), numRuns: runs };
  if (check.manner === 'refute') return refute(check, subject, settings);
  if (check.manner !== 'climb') return largest(check, subject, settings);
  const best = climb(check, subject, { ...settings, draw });
  return { runs, finding: best?.finding, testCase: best?.testCase };
}

type Settings = { readonly seed: number; readonly numRuns: number };

function refute(check: Check, subject: Subject, settings: Settings): ChunkResult {
  const isRefuted = (testCase: unknown): boolean => check.judge(testCase, subject) !== undefined;
  const details = fc.check(
    fc.property(check.cases, (testCase) => !isRefuted(testCase)),
    settings,
  );
  if (!details.failed || details.counterexample === null) {
    return { runs: details.numRuns, finding: undefined, testCase: undefined };
  }
  const testCase = simplest(details.counterexample[0], isRefuted);
  return { runs: details.numRuns, finding: check.judge(testCase, subject), testCase };
}

function largest(check: Check, subject: Subject, settings: Settings): ChunkResult {
  let best: { finding: Finding; testCase: unknown } | undefined;
  for (const testCase of fc.sample(check.cases, settings)) {
    const finding = check.judge(testCase, subject);
    if (finding !== undefined && finding.gain > (best?.finding.gain ?? 0)) best = { finding, testCase };
  }
  return { runs: settings.numRuns, finding: best?.finding, testCase: best?.testCase };
}

/** The chunks of a check: their number depends on the runs alone, so that a table is the same on any number of workers. */
export function chunksOf(
  check: Check,
  options: {
    readonly allocator: string;
    readonly weights: boolean;
    readonly seed: string;
    readonly runs: number;
  },
): Chunk[] {
  const runs = Math.max(1, Math.round(options.runs / (check.effort ?? 1)));
  const size = Math.max(10, Math.ceil(250 / (check.effort ?? 1)));
  const { property, economy }: { property: string; economy: EconomyName } = check;
  return Array.from({ length: Math.ceil(runs / size) }, (_, number) => ({
    property,
    economy,
    allocator: options.allocator,
    weights: options.weights,
    seed: options.seed,
    number,
    runs: Math.min(size, runs - number * size),
  }));
}
