/** What holds for every registered allocator: safe, nothing lost or made, and a restored copy goes on as it would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocatorNames,
  allocatorNeeds,
  allocatorSummary,
  createAllocator,
} from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { Roles } from '../../src/cluster/roles.js';
import { plainOptions } from './plain-options.js';
import { histories, type Settings } from '../reference/histories.js';
import { runHistory } from '../reference/history-driver.js';

const variants = [...allocatorNames(), 'static?by=framework', 'slots?cpus=0.5&mem=512'];

describe.each(variants)('%s', (text) => {
  const make = (options: AllocatorOptions): Allocator => createAllocator(text, options);
  const modes = allocatorNeeds(text) === 'asks' ? (['demand'] as const) : (['coarse', 'demand'] as const);
  const cases = modes.flatMap((offers) => [false, true].map((instant) => ({ offers, instant })));

  it.each(cases)('random histories, $offers offers, instant: $instant', (fixed: Partial<Settings>) => {
    fc.assert(
      fc.property(histories(fixed), (history) => runHistory(history, make, make, true)),
      { numRuns: 8 },
    );
  });

  it('has a summary of one line and is called what it was asked for', () => {
    expect(allocatorSummary(text)).toMatch(/^[^\n]{20,90}$/);
    expect(make(plainOptions(new Roles(), { offers: 'demand', intervalUs: 0, instant: true })).name).toBe(
      text,
    );
  });
});
