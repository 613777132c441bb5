/** I-7: in one instant nobody is offered again what it gave back, everybody else is, and that ends. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator } from '../../src/cluster/allocator.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { Roles } from '../../src/cluster/roles.js';
import { plainOptions } from './plain-options.js';

const PATHS = ['x', 'y', 'x/z'];
const pick = fc.nat({ max: 3 });
const step = fc.oneof(
  fc.record({ do: fc.constant('later' as const), agent: pick }),
  fc.record({ do: fc.constant('revive' as const), framework: pick }),
  fc.record({ do: fc.constant('end' as const), held: pick }),
  fc.record({ do: fc.constant('declineLater' as const), held: pick }),
  fc.record({ do: fc.constant('want' as const), framework: pick, share: fc.constantFrom(0, 0, 0, 0.5, 1) }),
);
const cluster = fc.record({
  agents: fc.integer({ min: 1, max: 4 }),
  frameworks: fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 4 }),
  steps: fc.array(step, { maxLength: 12 }),
});

class Instants {
  readonly #allocator: Allocator;
  /** What part of an offer each framework keeps. */
  readonly #keeps: number[];
  readonly #agents: number;
  readonly #roles = new Roles();
  #held: Offer[] = [];
  /** Pairs that I-7 bars in this instant. */
  readonly #barred = new Set<string>();
  /** What was there when somebody gave back in this instant: what it did not want then it need not be offered again. */
  readonly #unwanted = new Map<string, Resources>();
  #now = 0;
  #barredAt = 0;

  constructor(agents: number, frameworks: readonly number[]) {
    this.#allocator = createAllocator('drf', plainOptions(this.#roles, { instant: true, intervalUs: 0 }));
    this.#agents = agents;
    this.#keeps = frameworks.map(() => 0);
    frameworks.forEach((which, id) => {
      const roles = [this.#roles.intern(PATHS[which])];
      const info = { name: `f${id}`, id: `f${id}`, roles, capabilities: ['MULTI_ROLE'] as const };
      expect(this.#allocator.addFramework(id, info, [], true, 0)).toBeUndefined();
    });
    for (let agent = 0; agent < agents; agent++) this.#join(agent);
    this.#run();
  }

  #join(agent: number): void {
    const info = {
      id: `a${agent}`,
      hostname: `a${agent}`,
      total: Resources.plain(2000, 1000 * (agent + 1)),
      attributes: [],
      capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const,
    };
    expect(this.#allocator.addAgent(agent, info, [], this.#now)).toBeUndefined();
  }

  apply(next: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    switch (next.do) {
      case 'later': {
        this.#now++;
        const agent = next.agent % this.#agents;
        // Something has to happen, or nothing is due.
        this.#held = this.#held.filter((offer) => offer.agent !== agent);
        expect(this.#allocator.removeAgent(agent)).toBeUndefined();
        this.#join(agent);
        break;
      }
      case 'revive': {
        const framework = next.framework % this.#keeps.length;
        expect(this.#allocator.revive(framework, [])).toBeUndefined();
        this.#free((pair) => pair.startsWith(`${framework} `));
        for (let agent = 0; agent < this.#agents; agent++) this.#unwanted.delete(`${framework} ${agent}`);
        break;
      }
      case 'end': {
        if (this.#held.length === 0) return;
        const [ended] = this.#held.splice(next.held % this.#held.length, 1);
        const { framework, role, agent, resources } = ended;
        expect(this.#allocator.recover(framework, role, agent, resources)).toBeUndefined();
        this.#free((pair) => pair.endsWith(` ${agent}`));
        break;
      }
      case 'declineLater': {
        if (this.#held.length === 0) return;
        const [declined] = this.#held.splice(next.held % this.#held.length, 1);
        this.#now++;
        this.#decline(declined, declined.resources);
        break;
      }
      case 'want':
        this.#keeps[next.framework % this.#keeps.length] = next.share;
        return;
    }
    this.#run();
  }

  #free(isMeant: (pair: string) => boolean): void {
    for (const pair of this.#barred) if (isMeant(pair)) this.#barred.delete(pair);
  }

  /** What was barred in an earlier instant is so no longer. */
  #begin(): void {
    if (this.#barredAt < this.#now) {
      this.#barred.clear();
      this.#unwanted.clear();
    }
    this.#barredAt = this.#now;
  }

  #decline({ framework, role, agent }: Offer, resources: Resources): void {
    this.#begin();
    this.#barred.add(`${framework} ${agent}`);
    expect(this.#allocator.decline(framework, role, agent, resources, 0, this.#now)).toBeUndefined();
    this.#unwanted.set(`${framework} ${agent}`, this.#allocator.available(agent));
  }

  #run(): void {
    this.#begin();
    const most = this.#agents * this.#keeps.length + 1;
    for (let run = 0; this.#allocator.dirty; run++) {
      expect(run, 'runs of one instant').toBeLessThanOrEqual(most);
      const offers: Offer[] = [];
      this.#allocator.allocate(this.#now, 'all', (_framework, made) => offers.push(...made));
      for (const offer of offers) this.#answer(offer);
    }
    for (let agent = 0; agent < this.#agents; agent++) {
      const left = this.#allocator.available(agent);
      if (left.isEmpty) continue;
      for (const framework of this.#keeps.keys()) {
        const pair = `${framework} ${agent}`;
        if (this.#unwanted.get(pair)?.contains(left) !== true) expect(this.#barred).toContain(pair);
      }
    }
  }

  #answer(offer: Offer): void {
    const { framework, agent, resources } = offer;
    expect(this.#barred).not.toContain(`${framework} ${agent}`);
    const [cpus, mem] = resources.amounts.map((milli) => Math.floor(milli * this.#keeps[framework]));
    const kept = Resources.plain(cpus, mem);
    if (!kept.isEmpty) this.#held.push({ ...offer, resources: kept });
    const left = resources.minus(kept);
    if (!left.isEmpty) this.#decline(offer, left);
  }
}

it('I-7 holds whoever keeps what of an offer, whatever ends, and whoever revives', () => {
  const property = fc.property(cluster, ({ agents, frameworks, steps }) => {
    const instants = new Instants(agents, frameworks);
    for (const each of steps) instants.apply(each);
  });
  fc.assert(property, { numRuns: fc.readConfigureGlobal().numRuns ?? 400 });
});
