/** Stage 1 keeps an order of its own, of roles that are owed something, when a run is for many agents. */
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { randomStream } from '../../src/workloads/random-streams.js';
import { referenceAllocator } from '../reference/reference-allocator.js';
import { plainOptions } from './plain-options.js';

const SECOND = 1_000_000;

it('R-3.4, R-8.1: many agents go to roles that are owed something, and to frameworks within them, as one by one', () => {
  for (let seed = 1; seed <= 8; seed++) {
    const draw = randomStream(String(seed), 'owed-roles');
    const below = (count: number): number => Math.floor(draw() * count);
    const roles = new Roles();
    const options = plainOptions(roles);
    const both = [createAllocator('drf', options), referenceAllocator(options)];
    const told = (call: (allocator: (typeof both)[number]) => unknown): void => {
      for (const allocator of both) expect(call(allocator)).toBeUndefined();
    };
    const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const;
    for (let agent = 0; agent < 16; agent++) {
      const total = parseResources(`cpus:${1 + below(3)};mem:${1 + below(3)}`);
      const info = { id: `a${agent}`, hostname: `a${agent}`, total, attributes: [], capabilities };
      told((allocator) => allocator.addAgent(agent, info, [], 0));
    }
    for (let at = 0; at < 6; at++) {
      const role = roles.intern(`r${at}`);
      const guarantees = { cpus: 1000 * below(9), mem: 1000 * below(3) };
      told((allocator) => allocator.setQuota(role, guarantees, at % 2 === 0 ? {} : { cpus: 9000 }));
      const weights = [{ role, weight: 1 + below(2) }];
      told((allocator) => allocator.updateWeights(weights));
    }
    for (let id = 0; id < 14; id++) {
      const names = [`r${below(6)}`, ...(below(4) === 0 ? [`r${below(6)}/sub`] : [])];
      const info = {
        name: `f${id}`,
        id: `f${id}`,
        roles: names.map((name) => roles.intern(name)),
        capabilities,
      };
      told((allocator) => allocator.addFramework(id, { ...info, capabilities: ['MULTI_ROLE'] }, [], true, 0));
    }
    for (let now = SECOND; now <= 4 * SECOND; now += SECOND) {
      const [made, expected] = both.map((allocator) => {
        const offers: Offer[] = [];
        allocator.allocate(now, 'all', (_framework, some) => offers.push(...some));
        return offers;
      });
      const text = ({ framework, role, agent, resources }: Offer): string =>
        `${agent} ${framework} ${role} ${formatResources(resources)}`;
      expect(made.map(text).sort(), `seed ${seed}, at ${now}`).toEqual(expected.map(text).sort());
      for (const { framework, role, agent, resources } of made) {
        if (below(4) === 0) continue;
        const refuseUs = below(2) * 2 * SECOND;
        told((allocator) => allocator.decline(framework, role, agent, resources, refuseUs, now));
      }
    }
  }
});
