/**
 * `agora-sim/testing`: the properties of `sim verify` as vitest tests, for an allocator of one's own.
 *
 * ```
 * import { testAllocator } from 'agora-sim/testing';
 * testAllocator('./mine.ts');
 * ```
 *
 * @packageDocumentation
 */
import { describe, expect, it } from 'vitest';
import type { Mechanism } from './allocators/mechanisms/economy.js';
import type { Allocator, AllocatorOptions } from './cluster/allocator.js';
import { selectChecks } from './verify/catalogue.js';
import type { Check, EconomyName, Subject } from './verify/check.js';
import { chunksOf, judgeChunk } from './verify/chunk.js';
import { ownPromises } from './verify/promises.js';
import { loadSubject, watchedSubject } from './verify/subject.js';

export type { Division, Economy, Mechanism, User } from './allocators/mechanisms/economy.js';

export interface TestAllocatorOptions {
  /** Cases a property. @defaultValue 200 */
  readonly runs?: number;
  /** Of every case: the same seed tries the same. @defaultValue '1' */
  readonly seed?: string;
  /** Only these properties. @defaultValue all that the allocator promises */
  readonly properties?: readonly string[];
  /** Only in these economies. @defaultValue all */
  readonly economies?: readonly EconomyName[];
  /** What it is held to, `property` or `property/economy`. @defaultValue what its module exports, or all that drf keeps */
  readonly promises?: readonly string[];
}

/** An allocator that is made in the test itself, in place of a name or a path. */
export interface AllocatorUnderTest {
  readonly name: string;
  readonly create: (options: AllocatorOptions) => Allocator;
  /** It works from asks alone (`--offers demand`). */
  readonly needs?: 'asks';
  /** Its rule in the divisible economy. */
  readonly mechanism?: Mechanism;
}

/** Milliseconds a test may take: a case that refutes is shrunk before the test fails. */
const PATIENCE = 300_000;

/**
 * One test for each property that the allocator promises and that can be asked of it; a failing one shows the shrunk case
 * and the sentence.
 *
 * @param allocator a name or a path as after --allocator, or what makes it
 */
export function testAllocator(
  allocator: string | AllocatorUnderTest,
  options: TestAllocatorOptions = {},
): void {
  const { properties, economies, runs = 200, seed = '1' } = options;
  const name = typeof allocator === 'string' ? allocator : allocator.name;
  const checks = selectChecks({ ...(properties && { properties }), ...(economies && { economies }) });
  describe(`${name} keeps what it promises`, async () => {
    const subject = await subjectFor(allocator, options.promises);
    const held = checks.filter((check) => check.manner === 'refute' && isHeldTo(subject, check));
    for (const check of held) {
      it(`${check.property} in ${check.economy}: ${check.about}`, { timeout: PATIENCE }, async () => {
        expect(await refute(check, subject, runs, seed)).toBeUndefined();
      });
    }
    if (held.length === 0)
      it('promises one of these properties', () => expect.fail(`${name} promises none of those asked for`));
  });
}

function isHeldTo(subject: Subject, check: Check): boolean {
  return subject.promises(check) && check.unfit?.(subject) === undefined;
}

/** What refutes a property: the sentence, the shrunk case and how to see it again. */
async function refute(
  check: Check,
  subject: Subject,
  runs: number,
  seed: string,
): Promise<object | undefined> {
  for (const chunk of chunksOf(check, { allocator: subject.name, weights: true, seed, runs })) {
    const { finding, testCase } = await judgeChunk(check, subject, chunk);
    if (finding !== undefined) return { sentence: finding.sentence, case: testCase };
  }
  return undefined;
}

async function subjectFor(
  allocator: string | AllocatorUnderTest,
  promises: readonly string[] | undefined,
): Promise<Subject> {
  if (typeof allocator === 'string') {
    const subject = await loadSubject(allocator);
    return promises === undefined ? subject : { ...subject, promises: ownPromises(promises) };
  }
  return watchedSubject({ ...allocator, promises });
}
