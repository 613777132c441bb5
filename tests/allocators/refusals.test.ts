/** Every kind of call that an allocator must refuse: by the rule that says so, and its digest stays as it was. */
import { expect, it } from 'vitest';
import { allocatorNames, allocatorNeeds, createAllocator } from '../../src/allocators/registry.js';
import type { Allocator } from '../../src/cluster/allocator.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { commit, mistakes } from '../reference/history-mistakes.js';
import { HistoryWorld } from '../reference/history-world.js';

const names = [...allocatorNames(), 'drf?quota=strict'];

function world(): HistoryWorld {
  return new HistoryWorld({
    offers: 'coarse',
    agentOrder: 'first-fit',
    roleSorter: 'drf',
    frameworkSorter: 'drf',
    instant: false,
    minAllocatable: [],
    fairnessExclude: [],
    eager: false,
  });
}

/** One agent, of which a framework with two roles holds a part. */
function populate(there: HistoryWorld, allocator: Allocator): void {
  const agent = there.agentInfo(0, parseResources('cpus:4;mem:1024'), 0);
  const pick = { roles: [1, 3], capabilities: 0, suppressed: 0, minAllocatable: 0, constraints: 0 };
  const framework = there.frameworkInfo(0, pick);
  const resources = parseResources('cpus:1;mem:128');
  const held = { framework: 0, role: 1, resources };
  there.agents.set(0, { info: agent, active: true });
  there.frameworks.set(0, { info: framework, active: true, suppressed: [] });
  there.held.push({ ...held, agent: 0, asks: [] });
  expect(allocator.addFramework(0, framework, [], true, 0)).toBeUndefined();
  expect(allocator.addAgent(0, agent, [held], 0)).toBeUndefined();
}

const alone = mistakes(world(), 0).length;

it.each(names)('%s: a call that is refused cites its rule and leaves the digest', (name) => {
  const there = world();
  const allocator = createAllocator(name, {
    ...there.options(),
    offers: allocatorNeeds(name) === 'asks' ? 'demand' : 'coarse',
  });
  populate(there, allocator);
  const all = mistakes(there, 0);
  // Most of them are about what is there.
  expect(all.length).toBeGreaterThan(alone + 20);
  const before = allocator.digest();
  for (const mistake of all) {
    expect(commit(mistake, allocator), mistake.what).toBeTypeOf('string');
    expect(allocator.digest(), mistake.what).toBe(before);
  }
});
