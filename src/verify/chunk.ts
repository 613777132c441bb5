import fc from 'fast-check';
import { randomStream } from '../workloads/random-streams.js';
import { climb } from './attack.js';
import { findCheck } from './catalogue.js';
import type { Check, CheckName, EconomyName, Finding, Subject } from './check.js';
import { judgeWithin } from './judge.js';
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
  /** No cases are tried: this one, which was found in another chunk, is made smaller. */
  readonly shrink?: unknown;
}

export interface ChunkResult {
  /** Cases tried, up to the first that refutes. */
  readonly runs: number;
  /** What the case shows; undefined: nothing wrong, no gain. */
  readonly finding: Finding | undefined;
  /** A case that refutes is shrunk; one with a gain is as it was drawn. */
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
  {
    seed,
    number,
    runs,
    shrink,
  }: { readonly seed: string; readonly number: number; readonly runs: number; readonly shrink?: unknown },
): Promise<ChunkResult> {
  await check.prepare?.();
  subject.watch?.begin();
  if (shrink !== undefined) return shrunk(check, subject, shrink);
  const draw = randomStream(seed, `verify/${check.property}/${check.economy}/${number}`);
  const settings = { seed: Math.floor(draw() * 0x7fffffff), numRuns: runs };
  if (check.manner === 'refute') return refute(check, subject, settings);
  if (check.manner !== 'climb') return largest(check, subject, settings);
  const best = climb(check, subject, { ...settings, draw });
  return { runs, finding: best?.finding, testCase: best?.testCase };
}

type Settings = { readonly seed: number; readonly numRuns: number };

function refute(check: Check, subject: Subject, settings: Settings): ChunkResult {
  let first: Finding | undefined;
  const details = fc.check(
    fc.property(check.cases, (testCase) => {
      const finding = judgeWithin(check, testCase, subject);
      first ??= finding;
      return finding === undefined || finding.fault !== first?.fault;
    }),
    settings,
  );
  if (!details.failed || details.counterexample === null) {
    return { runs: details.numRuns, finding: undefined, testCase: undefined };
  }
  const { finding, testCase } = shrunk(check, subject, details.counterexample[0]);
  // What cannot be repeated was seen all the same.
  return { runs: details.numRuns, finding: finding ?? first, testCase };
}

/** The smallest case that still shows the same: the same kind of fault, or no less gain. */
function shrunk(check: Check, subject: Subject, testCase: unknown): ChunkResult {
  const first = judgeWithin(check, testCase, subject);
  if (first === undefined) return { runs: 0, finding: undefined, testCase };
  const least = check.manner === 'refute' ? 0 : first.gain * (1 - 1e-9);
  const shows = (candidate: unknown): boolean => {
    if (check.isCase?.(candidate) === false) return false;
    const finding = judgeWithin(check, candidate, subject);
    return finding !== undefined && finding.fault === first.fault && finding.gain >= least;
  };
  let small = simplest(testCase, shows);
  if (check.spelledOut !== undefined && first.fault === undefined) {
    const spelledOut = check.spelledOut(small, subject);
    if (shows(spelledOut)) small = simplest(spelledOut, shows);
  }
  return { runs: 0, finding: judgeWithin(check, small, subject) ?? first, testCase: small };
}

function largest(check: Check, subject: Subject, settings: Settings): ChunkResult {
  let best: { finding: Finding; testCase: unknown } | undefined;
  for (const testCase of fc.sample(check.cases, settings)) {
    const finding = judgeWithin(check, testCase, subject);
    if (finding !== undefined && finding.gain > (best?.finding.gain ?? 0)) best = { finding, testCase };
    if (finding?.fault === 'hung') break;
  }
  return { runs: settings.numRuns, finding: best?.finding, testCase: best?.testCase };
}

/** Cases of a chunk of plain work. */
const CHUNK = 250;

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
  const { runs } = options;
  const size = Math.max(10, Math.ceil(CHUNK / (check.effort ?? 1)));
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
