import { expect } from 'vitest';
import { canExplain } from '../../src/allocators/explain/explaining.js';
import type { CycleExplanation } from '../../src/allocators/explain/reasons.js';
import { explanationText } from '../../src/allocators/explain/text.js';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { parseConstraintGroup } from '../../src/cluster/offer-constraints.js';
import type { FrameworkCapability } from '../../src/cluster/protocol.js';
import { parseQuantities, parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { plainOptions } from './plain-options.js';

/** A cluster that tells why somebody gets nothing. */
export class Cluster {
  readonly roles = new Roles();
  readonly allocator: Allocator;
  #agents = 0;
  #frameworks = 0;

  constructor(offers: AllocatorOptions['offers'] = 'coarse', name = 'drf') {
    const options = plainOptions(this.roles, {
      offers,
      minAllocatable: [{ cpus: 10 }, { mem: 32_000 }],
      domain: { region: 'eu', zone: 'eu-1' },
    });
    this.allocator = createAllocator(name, options);
  }

  agent(resources: string, text = '', region?: string): this {
    const id = this.#agents++;
    const attributes = text === '' ? [] : [{ name: 'rack', type: 'TEXT' as const, text }];
    const domain = region === undefined ? {} : { domain: { region, zone: 'z' } };
    const info = {
      id: `S${id}`,
      hostname: `a${id}`,
      total: parseResources(resources),
      attributes,
      ...domain,
    };
    this.allocator.addAgent(id, { ...info, capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] }, [], 0);
    return this;
  }

  framework(
    role: string,
    capabilities: readonly FrameworkCapability[] = ['MULTI_ROLE'],
    wants?: readonly string[],
  ): number {
    const id = this.#frameworks++;
    const roleId = this.roles.intern(role);
    const constraints = wants && { constraints: new Map([[roleId, wants.map(parseConstraintGroup)]]) };
    const info = { name: `f${id}`, id: `f${id}`, roles: [roleId], capabilities, ...constraints };
    this.allocator.addFramework(id, info, [], true, 0);
    return id;
  }

  ask(
    framework: number,
    role: string,
    resources: string,
    constraint?: string,
    count = 1,
    estimateUs?: number,
  ): this {
    const ask = {
      role: this.roles.intern(role),
      resources: parseResources(resources),
      count,
      allOrNothing: count > 1,
      ...(constraint !== undefined && { constraint }),
      ...(estimateUs !== undefined && { estimateUs }),
    };
    expect(this.allocator.request(framework, [ask], 0)).toBeUndefined();
    return this;
  }

  quota(role: string, guarantees: string, limits: string): this {
    this.allocator.setQuota(this.roles.intern(role), parseQuantities(guarantees), parseQuantities(limits));
    return this;
  }

  explanation(now = 0): CycleExplanation {
    if (!canExplain(this.allocator)) throw new Error('it cannot explain');
    return this.allocator.explain(now);
  }

  /** The explanation in words, from the first candidate on. */
  text(now = 0): string[] {
    const lines = explanationText(this.explanation(now), (agent) => `a${agent}`)
      .trimEnd()
      .split('\n');
    return lines.slice(lines.findIndex((line) => / gets? nothing|^everybody/.test(line)));
  }
}
