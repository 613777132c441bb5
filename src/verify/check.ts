import type fc from 'fast-check';
import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import type { Mechanism } from '../allocators/mechanisms/economy.js';
import type { Picture } from './picture.js';
import type { Watch } from './watched.js';

/**
 * Where a property is tested (semantics-notes section 8). E0: divisible, one pool, all demands above 0; E0z: zeros allowed;
 * E1: whole tasks, one agent; E2: whole tasks, several agents; E3: coarse offers. A verdict always names its economy.
 */
export type EconomyName = 'E0' | 'E0z' | 'E1' | 'E2' | 'E3';
export const economyNames: readonly EconomyName[] = ['E0', 'E0z', 'E1', 'E2', 'E3'];

/** What is put to the test: a rule, the allocator that carries it out, or both. */
export interface Subject {
  /** As typed after --allocator. */
  readonly name: string;
  /** The policy cannot work without asks: it makes no coarse offers. */
  readonly needsAsks: boolean;
  create(options: AllocatorOptions): Allocator;
  /** Its rule in the divisible economy, over resources of these names; undefined when it states none. */
  mechanism(resources: readonly string[]): Mechanism | undefined;
  /** Whether it is meant to have a property: only then is a refutation a fault. */
  promises(check: CheckName): boolean;
  /** Around a user's own code, which may hang; undefined: ours, which does not. */
  readonly watch?: Watch;
}

export interface CheckName {
  readonly property: string;
  readonly economy: EconomyName;
}

/** Something wrong, or a gain, in one case. */
export interface Finding {
  /** Relative gain or loss that the case shows; Infinity where there is no measure for it. */
  readonly gain: number;
  /** What happened, for a person: `b prefers a's bundle: 3 tasks against its own 1`. */
  readonly sentence: string;
  /** It broke down in place of answering: it threw, did what no allocator may do, or never came back. */
  readonly fault?: 'broke' | 'hung';
}

/**
 * How a check is judged. `refute`: one bad case refutes it, none is evidence. `measure`: not promised of whole tasks, the
 * largest gain is reported. `search`: a fixed menu is searched for a gain. `climb`: the largest gain is searched for uphill.
 */
export type Manner = 'refute' | 'measure' | 'search' | 'climb';

/** One property in one economy. A case is plain data: JSON keeps it as it is. */
export interface Check<Case = unknown> extends CheckName {
  readonly manner: Manner;
  /** One line: what is tested. */
  readonly about: string;
  readonly cases: fc.Arbitrary<Case>;
  /** Whether a case that was made smaller by hand is still one of these; undefined: whatever can be judged. */
  readonly isCase?: (testCase: Case) => boolean;
  /** The case with every pick in it replaced by what it picked: parts of it can then be left out freely. */
  spelledOut?(testCase: Case, subject: Subject): Case;
  /** How much more work a case is than most: fewer of them make a chunk. @defaultValue 1 */
  readonly effort?: number;
  /** Why the subject cannot be put to this test; undefined: it can. */
  unfit?(subject: Subject): string | undefined;
  /** @returns what is wrong, undefined when nothing is */
  judge(testCase: Case, subject: Subject): Finding | undefined;
  /** Who holds what, for the drawing. */
  picture?(testCase: Case, subject: Subject): Picture;
  /** A check made ready before its first case: loads what it needs. */
  prepare?(): Promise<void>;
}

/** A relative gain up to this may be rounding, or a solver's (semantics-notes section 8). */
export const LEAST_GAIN = 1e-3;

/** The larger of two findings. */
export function worse(a: Finding | undefined, b: Finding | undefined): Finding | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.gain > a.gain ? b : a;
}

/** A few digits: `3`, `0.6667`, `48.39`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'without bound' : String(value);
  return String(Number(value.toPrecision(4)));
}

/** The names that users go by: a, b, c … */
export function userName(index: number): string {
  return index < 26 ? String.fromCharCode(97 + index) : `u${index}`;
}

export function tasksText(tasks: number): string {
  return `${figure(tasks)} ${tasks === 1 ? 'task' : 'tasks'}`;
}

/** A vector as the papers write it: `<1,3>`. */
export function vector(values: readonly number[]): string {
  return `<${values.map(figure).join(',')}>`;
}
