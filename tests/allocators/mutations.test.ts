/**
 * The comparison with the reference allocator is worth something only if it notices: each of these breaks the fast
 * allocator on purpose, in one place, and must be caught.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AgentPool } from '../../src/allocators/bookkeeping/agent-pool.js';
import { AskQueue } from '../../src/allocators/bookkeeping/ask-queue.js';
import { BlockedHeads } from '../../src/allocators/bookkeeping/blocked-heads.js';
import { Books } from '../../src/allocators/bookkeeping/books.js';
import { Filters } from '../../src/allocators/bookkeeping/filters.js';
import { KnownMisses } from '../../src/allocators/bookkeeping/known-misses.js';
import { QuotaBook } from '../../src/allocators/bookkeeping/quota-book.js';
import { ReservedIndex } from '../../src/allocators/bookkeeping/reserved-index.js';
import { ShareTree } from '../../src/allocators/bookkeeping/share-tree.js';
import { WorkList } from '../../src/allocators/bookkeeping/work-list.js';
import { createAllocator } from '../../src/allocators/registry.js';
import type { AllocatorOptions, OfferMode } from '../../src/cluster/allocator.js';
import { runHistory } from '../reference/history-driver.js';
import { histories } from '../reference/histories.js';
import { referenceAllocator } from '../reference/reference-allocator.js';

/** Histories tried at most; most breaks show within the first twenty. */
const MOST = 1500;

type Charge = ShareTree['charge'];
const charge = Object.getOwnPropertyDescriptor(ShareTree.prototype, 'charge')!.value as Charge;
const charged: Charge = function (this: ShareTree, leaf, agent, resources, sign) {
  charge.call(this, leaf, agent, resources, sign, 0);
};

const breaks: readonly (readonly [string, OfferMode, () => unknown])[] = [
  ['filters hide nothing', 'coarse', () => vi.spyOn(Filters.prototype, 'hides').mockReturnValue(false)],
  ['REVIVE leaves the filters', 'coarse', () => vi.spyOn(Filters.prototype, 'dropClient').mockReturnValue()],
  [
    'a verdict outlives what an agent gained',
    'coarse',
    () => vi.spyOn(KnownMisses.prototype, 'gained').mockReturnValue(),
  ],
  [
    'a filter ends, its verdict stays',
    'coarse',
    () => vi.spyOn(KnownMisses.prototype, 'forget').mockReturnValue(),
  ],
  [
    'limits bind nobody',
    'coarse',
    () => vi.spyOn(QuotaBook.prototype, 'belowLimit').mockReturnValue(Infinity),
  ],
  ['no headroom is kept', 'coarse', () => vi.spyOn(QuotaBook.prototype, 'surplus').mockReturnValue(Infinity)],
  [
    'stage 2 lowers what is required',
    'coarse',
    () => vi.spyOn(QuotaBook.prototype, 'freezeRequired').mockReturnValue(),
  ],
  [
    'reservations are not consumption',
    'coarse',
    () => vi.spyOn(QuotaBook.prototype, 'accountReservations').mockReturnValue(),
  ],
  [
    'ties do not count allocations',
    'coarse',
    () => vi.spyOn(ShareTree.prototype, 'charge').mockImplementation(charged),
  ],
  [
    'shares keep to the old totals',
    'coarse',
    () => vi.spyOn(ShareTree.prototype, 'totalsChanged').mockReturnValue(),
  ],
  [
    'what quota cut is not looked at again',
    'coarse',
    () => vi.spyOn(WorkList.prototype, 'holdBack').mockReturnValue(),
  ],
  [
    'everybody may use every reservation',
    'coarse',
    () => vi.spyOn(Books.prototype, 'mayUse').mockReturnValue(true),
  ],
  ['gpus go to anybody', 'coarse', () => vi.spyOn(Books.prototype, 'mayReceive').mockReturnValue(true)],
  [
    'usage of a framework to come is lost',
    'coarse',
    () => vi.spyOn(Books.prototype, 'claimUsage').mockReturnValue(),
  ],
  [
    'a rescinded grant does not come back',
    'demand',
    () => vi.spyOn(AskQueue.prototype, 'giveBack').mockReturnValue(),
  ],
  [
    'blocked asks are never woken',
    'demand',
    () => vi.spyOn(BlockedHeads.prototype, 'within').mockReturnValue([]),
  ],
  [
    'asks leave reservations alone (Q-5)',
    'demand',
    () => vi.spyOn(ReservedIndex.prototype, 'agentsFor').mockReturnValue([]),
  ],
  [
    'an ask is not woken by what is reserved for it',
    'demand',
    () => vi.spyOn(AgentPool.prototype, 'freeWithReserved').mockReturnValue(0),
  ],
  [
    'offer constraints exclude nobody (R-9.14)',
    'coarse',
    () => vi.spyOn(Books.prototype, 'isWanted').mockReturnValue(true),
  ],
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the reference allocator notices that', () => {
  it.each(breaks)('%s', (_what, offers, breakIt) => {
    breakIt();
    const drf = (options: AllocatorOptions) => createAllocator('drf', options);
    const property = fc.property(histories({ offers, instant: false }), (history) => {
      runHistory(history, referenceAllocator, drf);
    });
    const { failed } = fc.check(property, { seed: 2, numRuns: MOST, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
