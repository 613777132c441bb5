/** Random histories of calls against the naive reference allocator; a failure prints seed, path and shrunk history. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { histories, type Settings } from '../reference/histories.js';
import { runHistory, type MakeAllocator, type MakeReference } from '../reference/history-driver.js';
import { referenceAllocator } from '../reference/reference-allocator.js';

const drf = (options: AllocatorOptions): Allocator => createAllocator('drf', options);
const fifo = (options: AllocatorOptions): Allocator => createAllocator('fifo', options);
const referenceDrf: MakeReference = (options) => referenceAllocator(options);
const referenceFifo: MakeReference = (options) => referenceAllocator(options, 'fifo');

/** @param runs histories, unless FC_RUNS says how many */
function compare(
  left: MakeReference,
  right: MakeAllocator,
  fixed: Partial<Settings>,
  runs: number,
  anew = false,
): void {
  const property = fc.property(histories(fixed), (history) => runHistory(history, left, right, anew));
  fc.assert(property, { numRuns: fc.readConfigureGlobal().numRuns ?? runs });
}

describe('drf does what the reference allocator does', () => {
  it.each([
    ['coarse', false],
    ['coarse', true],
    ['demand', false],
    ['demand', true],
  ] as const)('under %s offers, instant: %s', (offers, instant) => {
    compare(referenceDrf, drf, { offers, instant }, 350);
  });
});

describe('drf chooses the agents that the reference allocator chooses', () => {
  it.each([
    ['best-fit', 'coarse'],
    ['best-fit', 'demand'],
    ['least-loaded', 'demand'],
  ] as const)('%s under %s offers', (agentOrder, offers) => {
    compare(referenceDrf, drf, { agentOrder, offers, instant: false }, 100);
  });
});

describe('R-3.9: drf draws the orders that the reference allocator draws', () => {
  it.each([
    ['random', 'random', 'coarse', false],
    ['random', 'random', 'coarse', true],
    ['random', 'random', 'demand', false],
    ['random', 'drf', 'coarse', false],
    ['drf', 'random', 'coarse', false],
  ] as const)('of roles: %s, of frameworks: %s, under %s offers, instant: %s', (...how) => {
    const [roleSorter, frameworkSorter, offers, instant] = how;
    const fixed = { roleSorter, frameworkSorter, offers, instant } as const;
    compare(referenceDrf, drf, fixed, 150, true);
  });
});

describe('fifo does what the reference allocator does', () => {
  it.each([false, true])('instant: %s', (instant) => {
    compare(referenceFifo, fifo, { offers: 'demand', instant }, 300);
  });
});

describe('drf with random orders or with what Mesos lacks is safe, and a restored copy of it goes on as it would', () => {
  const named =
    (text: string): MakeAllocator =>
    (options) =>
      createAllocator(text, options);
  it.each(['coarse', 'demand'] as const)('random orders under %s offers', (offers) => {
    const fixed = {
      offers,
      instant: false,
      agentOrder: 'random',
      roleSorter: 'random',
      frameworkSorter: 'random',
    } as const;
    const property = fc.property(histories(fixed), (history) => runHistory(history, drf, drf, true));
    fc.assert(property, { numRuns: fc.readConfigureGlobal().numRuns ?? 60 });
  });
  it.each([
    ['drf?quota=strict&on-recover=allocate', 'coarse'],
    ['drf?idle-reservations=charge', 'coarse'],
    ['drf?idle-reservations=charge', 'demand'],
    ['drf?ageing=1', 'demand'],
  ] as const)('%s under %s offers', (text, offers) => {
    compare(named(text), named(text), { offers, instant: false }, 120);
  });
});
