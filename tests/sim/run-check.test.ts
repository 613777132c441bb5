import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { parseAgents } from '../../src/sim/cluster-spec.js';
import { runSimulation } from '../../src/sim/run.js';
import { SimError } from '../../src/sim/sim-error.js';
import { smallTrace } from './small-trace.js';

const trace = smallTrace([
  { cpus: 1, s: 5, tasks: 3 },
  { at: 2, cpus: 2, s: 5, framework: 'b' },
]);

function run(make: (options: AllocatorOptions) => Allocator, check: boolean): Promise<unknown> {
  return runSimulation({
    trace,
    agents: [parseAgents('cpus:4;mem:64')],
    allocator: make,
    instant: true,
    check,
  });
}

/** Offers all it offers a second time. */
function generous(options: AllocatorOptions): Allocator {
  const allocator = createAllocator('drf', options);
  const allocate = allocator.allocate.bind(allocator);
  allocator.allocate = (now, scope, sink) => {
    allocate(now, scope, (framework, offers) => {
      sink(framework, offers);
      sink(
        framework,
        offers.map((offer) => ({ ...offer, id: -1 })),
      );
    });
  };
  return allocator;
}

/** Forgets to take back what a task held. */
function forgetful(options: AllocatorOptions): Allocator {
  const allocator = createAllocator('drf', options);
  allocator.recover = () => undefined;
  return allocator;
}

describe('--check', () => {
  it('finds nothing in a sound run', async () => {
    await expect(run((options) => createAllocator('drf', options), true)).resolves.toMatchObject({
      end: 'done',
    });
  });

  it.each([
    ['offers more than there is', generous],
    ['keeps what came back', forgetful],
  ])('stops a run whose allocator %s, and says when', async (_, make) => {
    const failed = run(make, true);
    await expect(failed).rejects.toBeInstanceOf(SimError);
    await expect(failed).rejects.toThrow(/ \(event \d+, at /);
  });
});
