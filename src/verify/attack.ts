/**
 * A search for what pays most: from the best of random cases uphill, one number of the case at a time. It finds larger gains
 * than drawing alone; that it finds none proves nothing.
 */
import fc from 'fast-check';
import type { Check, Finding, Subject } from './check.js';
import { judgeWithin } from './judge.js';
import { divisibleChecks } from './properties/divisible.js';
import { anyMarkets, behaviourChecks, judgeMarket } from './properties/behaviours.js';
import { taskChecks } from './properties/tasks.js';
import { replaced } from './simplify.js';

/** The checks of `--attack`: a lie to the rule, a joint one, a lie to the running allocator, a behaviour. */
export function attackChecks(): Check[] {
  const reports = [...divisibleChecks(), ...taskChecks()] as Check[];
  const lies = reports
    .filter(({ property }) => property === 'strategy-proofness' || property === 'group-strategy-proofness')
    .map((check) => ({
      ...check,
      property: check.property === 'strategy-proofness' ? 'attack-report' : 'attack-joint-report',
      about: 'the false report that pays most',
      manner: 'climb' as const,
    }));
  const [behaviour] = behaviourChecks() as Check[];
  return [
    ...lies,
    {
      ...behaviour,
      property: 'attack-behaviour',
      about: 'the behaviour that pays most',
      manner: 'climb',
      cases: anyMarkets(),
      judge: judgeMarket,
    },
  ];
}

/** Part of the runs that go into finding a place to start from. */
const SCOUTS = 0.4;

/** The largest gain found in so many runs. */
export function climb(
  check: Check,
  subject: Subject,
  { seed, numRuns, draw }: { readonly seed: number; readonly numRuns: number; readonly draw: () => number },
): { finding: Finding; testCase: unknown } | undefined {
  const scouts = Math.max(1, Math.round(numRuns * SCOUTS));
  let best: { finding: Finding; testCase: unknown } | undefined;
  const consider = (testCase: unknown): boolean => {
    const finding = judgeWithin(check, testCase, subject);
    if (finding === undefined || !(finding.gain > (best?.finding.gain ?? 0))) return false;
    best = { finding, testCase };
    return true;
  };
  const starts = fc.sample(check.cases, { seed, numRuns: scouts });
  for (const testCase of starts) consider(testCase);
  for (let run = scouts; run < numRuns; run++) {
    // Where nothing pays yet there is no uphill: look near any of the starts.
    const from = best?.testCase ?? starts[run % starts.length];
    consider(neighbour(from, draw));
  }
  return best;
}

/** How far a number of a case may go, by the name it stands under. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  report: [1, 16],
  demand: [1, 8],
  capacity: [4, 30],
  agents: [4, 30],
  weight: [1, 3],
  seconds: [1, 60],
  frameworks: [2, 8],
  times: [2, 4],
};

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: number;
  readonly range: readonly [number, number];
}

/** The case with one or two of its numbers changed. */
function neighbour(testCase: unknown, draw: () => number): unknown {
  const leaves = leavesOf(testCase, [], undefined);
  let changed = testCase;
  const changes = draw() < 0.5 ? 1 : 2;
  for (let i = 0; i < changes && leaves.length > 0; i++) {
    const { path, value, range } = leaves[Math.floor(draw() * leaves.length)];
    const step = (1 + Math.floor(draw() * 4)) * (draw() < 0.5 ? -1 : 1);
    changed = replaced(changed, path, Math.min(range[1], Math.max(range[0], value + step)));
  }
  return changed;
}

function leavesOf(
  value: unknown,
  path: readonly (string | number)[],
  range: readonly [number, number] | undefined,
): Leaf[] {
  if (typeof value === 'number') return range === undefined ? [] : [{ path, value, range }];
  if (Array.isArray(value)) return value.flatMap((entry, i) => leavesOf(entry, [...path, i], range));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => leavesOf(entry, [...path, key], ranges[key]));
}
