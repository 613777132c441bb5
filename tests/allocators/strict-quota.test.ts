/** quota=strict: what limits and guarantees of nested roles must keep, against sums worked out anew from all that is held. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator } from '../../src/cluster/allocator.js';
import type { Quantities } from '../../src/cluster/protocol.js';
import { quotaTreeProblem, type RoleQuota } from '../../src/cluster/quota-tree.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { isWithin, Roles } from '../../src/cluster/roles.js';
import { plainOptions } from './plain-options.js';

const PATHS = ['a', 'a/x', 'a/y', 'a/x/p', 'b', 'b/z'] as const;
const AGENTS = 3;

const amount = fc.integer({ min: 0, max: 6 }).map((cpus) => cpus * 1000);
const quota = fc.record({
  role: fc.constantFrom(...PATHS),
  guarantee: amount,
  limit: fc.option(amount, { nil: undefined }),
});
const step = fc.oneof(
  quota.map((q) => ({ do: 'quota' as const, ...q })),
  fc.record({ do: fc.constant('run' as const) }),
  fc.record({ do: fc.constant('giveBack' as const), nth: fc.nat(20) }),
  fc.record({ do: fc.constant('toggle' as const), framework: fc.nat(PATHS.length - 1) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One framework in each role, agents with 4 cpus, all of it in cpus. */
class Cluster {
  readonly roles = new Roles();
  readonly allocator: Allocator;
  readonly quotas = new Map<string, RoleQuota>();
  readonly #suppressed = new Set<number>();

  constructor() {
    this.allocator = createAllocator('drf?quota=strict', plainOptions(this.roles));
    for (let id = 0; id < AGENTS; id++) {
      const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const;
      const total = parseResources('cpus:4');
      this.allocator.addAgent(
        id,
        { id: `S${id}`, hostname: `h${id}`, total, attributes: [], capabilities },
        [],
        0,
      );
    }
    for (const [id, path] of PATHS.entries()) {
      const info = { name: `f${id}`, id: `f${id}`, roles: [this.roles.intern(path)], capabilities: [] };
      this.allocator.addFramework(id, info, [], true, 0);
    }
  }

  get held() {
    return Array.from({ length: AGENTS }, (_, agent) => this.allocator.holdings(agent)).flat();
  }

  consumed(path: string): number {
    const mine = this.held.filter(({ role }) => isWithin(this.roles.path(role), path));
    return mine.reduce((sum, { resources }) => sum + resources.cpus, 0);
  }

  get free(): number {
    return AGENTS * 4000 - this.held.reduce((sum, { resources }) => sum + resources.cpus, 0);
  }

  /** What the subtree has still to get: the rule in its plainest words. */
  owed(path: string): number {
    const { guarantees, limits } = this.quotas.get(path) ?? { guarantees: {}, limits: {} };
    const consumed = this.consumed(path);
    const wanted = Math.max((guarantees.cpus ?? 0) - consumed, this.owedBelow(path), 0);
    return Math.min(wanted, Math.max(0, (limits.cpus ?? Infinity) - consumed));
  }

  /** Under the limits of the roles above there is still room for all that is owed below them: it was not used up before. */
  hasRoomAbove(path: string): boolean {
    return PATHS.filter((above) => above !== path && isWithin(path, above)).every((above) => {
      const limit = this.quotas.get(above)?.limits.cpus ?? Infinity;
      return limit - this.consumed(above) >= this.owedBelow(above);
    });
  }

  owedBelow(path: string): number {
    const children = PATHS.filter((role) => role.slice(0, Math.max(0, role.lastIndexOf('/'))) === path);
    return children.reduce((sum, child) => sum + this.owed(child), 0);
  }

  get required(): number {
    return PATHS.filter((path) => !path.includes('/')).reduce((sum, path) => sum + this.owed(path), 0);
  }

  take(step: Step): void {
    switch (step.do) {
      case 'quota':
        this.setQuota(step.role, step.guarantee, step.limit);
        break;
      case 'run':
        this.run();
        break;
      case 'giveBack': {
        const { held } = this;
        if (held.length === 0) return;
        const { framework, role, agent, resources } = held[step.nth % held.length];
        expect(this.allocator.recover(framework, role, agent, resources)).toBeUndefined();
        break;
      }
      case 'toggle': {
        const wasSuppressed = this.#suppressed.delete(step.framework);
        if (!wasSuppressed) this.#suppressed.add(step.framework);
        if (wasSuppressed) this.allocator.revive(step.framework, []);
        else this.allocator.suppress(step.framework, []);
        break;
      }
    }
  }

  setQuota(path: string, guarantee: number, limit: number | undefined): void {
    const guarantees: Quantities = guarantee > 0 ? { cpus: guarantee } : {};
    const limits: Quantities = limit === undefined ? {} : { cpus: limit };
    const after = new Map(this.quotas).set(path, { guarantees, limits });
    const isFine = guarantee <= (limit ?? Infinity) && quotaTreeProblem(after) === undefined;
    const before = this.allocator.digest();
    const refusal = this.allocator.setQuota(this.roles.intern(path), guarantees, limits);
    expect(refusal === undefined).toBe(isFine);
    if (isFine) this.quotas.set(path, { guarantees, limits });
    else expect(this.allocator.digest()).toBe(before);
  }

  run(): void {
    const before = new Map(PATHS.map((path) => [path, this.consumed(path)]));
    const hadRoom = this.free >= this.required;
    const willing = PATHS.filter((_, id) => !this.#suppressed.has(id));
    const unmet = willing.filter((path) => this.owed(path) > 0 && this.hasRoomAbove(path));
    this.allocator.allocate(0, 'all', () => undefined);
    for (const path of PATHS) {
      const limit = this.quotas.get(path)?.limits.cpus ?? Infinity;
      const after = this.consumed(path);
      expect(after <= limit || after === before.get(path), `${path} holds ${after} of ${limit}`).toBe(true);
    }
    if (!hadRoom) return;
    expect(this.free, 'headroom').toBeGreaterThanOrEqual(this.required);
    // What is owed below may be kept for a role that does not want it now.
    for (const path of unmet)
      expect(this.owed(path), `what is owed to ${path}`).toBeLessThanOrEqual(this.owedBelow(path));
  }
}

describe('strict quota', () => {
  it('keeps limits and headroom at every level, and meets guarantees of all who want them', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const cluster = new Cluster();
        for (const each of [...steps, { do: 'run' as const }]) cluster.take(each);
      }),
      { numRuns: fc.readConfigureGlobal().numRuns ?? 300 },
    );
  });
});
