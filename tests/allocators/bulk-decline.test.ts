/** A DECLINE of many offers comes to what so many DECLINEs come to, though offers of whole agents go another way. */
import fc from 'fast-check';
import { it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator } from '../../src/cluster/allocator.js';
import { SECOND, type FrameworkId } from '../../src/cluster/ids.js';
import type { AgentInfo, FrameworkInfo, Offer } from '../../src/cluster/protocol.js';
import type { Resources } from '../../src/cluster/resources/resources.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { randomStream } from '../../src/workloads/random-streams.js';
import { plainOptions } from './plain-options.js';

const bags = [
  'cpus:4;mem:1024',
  'cpus:8;mem:512;disk:100',
  'cpus:2;mem:2048;ports:[100-200,300-310]',
  'cpus:4;mem:64;zones:{a,b}',
  'cpus:4;mem:1024;cpus(b):1',
  'cpus:4;mem:1024;cpus[revocable]:1',
].map((text) => parseResources(text));
const task = parseResources('cpus:1;mem:32');

interface Round {
  /** Which offers of each framework are declined, a bit each; the others are used in part. */
  readonly declined: number;
  readonly refuseUs: number;
  /** What happens between the offers and the answers. */
  readonly meanwhile:
    'nothing' | 'agents grow' | 'guarantee' | 'suppress' | 'revive' | 'agent goes' | 'agent shrinks';
  readonly seconds: number;
}

interface History {
  readonly agents: readonly number[];
  readonly frameworks: number;
  readonly limit: boolean;
  readonly rounds: readonly Round[];
}

const histories: fc.Arbitrary<History> = fc.record({
  agents: fc.array(fc.nat(bags.length - 1), { minLength: 1, maxLength: 12 }),
  frameworks: fc.integer({ min: 1, max: 12 }),
  limit: fc.boolean(),
  rounds: fc.array(
    fc.record({
      declined: fc.nat(4095),
      refuseUs: fc.constantFrom(0, SECOND / 2, SECOND, 2 * SECOND, 5 * SECOND),
      meanwhile: fc.constantFrom(
        'nothing',
        'agents grow',
        'guarantee',
        'suppress',
        'revive',
        'agent goes',
        'agent shrinks',
      ),
      seconds: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 2, maxLength: 8 },
  ),
});

class Side {
  readonly roles = new Roles();
  readonly allocator: Allocator;
  offers = new Map<FrameworkId, readonly Offer[]>();
  readonly #totals: Resources[];

  constructor({ agents, frameworks, limit }: History) {
    this.allocator = createAllocator(
      'drf',
      plainOptions(this.roles, { random: (stream) => randomStream('1', stream), agentOrder: 'random' }),
    );
    if (limit) this.allocator.setQuota(this.roles.intern('b'), {}, { cpus: 6000 });
    for (let id = 0; id < frameworks; id++) {
      const roles = [this.roles.intern(id % 3 === 0 ? 'b' : 'a')];
      const info: FrameworkInfo = { name: `f${id}`, id: `f${id}`, roles, capabilities: [] };
      this.allocator.addFramework(id, info, [], true, 0);
    }
    this.#totals = agents.map((bag) => bags[bag]);
    this.#totals.forEach((total, id) => this.allocator.addAgent(id, agentInfo(id, total), [], 0));
  }

  allocate(now: number): void {
    this.offers = new Map();
    this.allocator.allocate(now, 'all', (framework, offers) => this.offers.set(framework, offers));
  }

  happen(meanwhile: Round['meanwhile'], now: number): void {
    const { allocator } = this;
    if (meanwhile === 'agents grow') {
      this.#totals.forEach((total, id) => this.#resize(id, total.plus(task), now));
    }
    if (meanwhile === 'agent shrinks') this.#resize(1, task, now);
    if (meanwhile === 'guarantee') allocator.setQuota(this.roles.intern('b'), { cpus: 5000 }, {});
    if (meanwhile === 'agent goes') allocator.removeAgent(2);
    if (meanwhile === 'suppress') allocator.suppress(1, []);
    if (meanwhile === 'revive') allocator.revive(1, []);
  }

  #resize(agent: number, total: Resources, now: number): void {
    this.allocator.updateAgent(agent, agentInfo(agent, total), now);
    this.#totals[agent] = total;
  }

  /** Everything that can be told of it: holdings, filters and their ends, shares, what is to be looked at. */
  state(): string {
    const offers = [...this.offers.values()].flat();
    const told = offers.map(
      (offer) => `${offer.framework} ${offer.agent} ${formatResources(offer.resources)}`,
    );
    const snapshot = JSON.stringify(this.allocator.snapshot());
    return [...told, this.allocator.nextExpiry(), this.allocator.digest(), snapshot].join('\n');
  }
}

function agentInfo(id: number, total: Resources): AgentInfo {
  return { id: `a${id}`, hostname: `a${id}`, total, attributes: [], capabilities: [] };
}

function answer(history: History): void {
  const bulk = new Side(history);
  const single = new Side(history);
  let now = 0;
  for (const { declined, refuseUs, meanwhile, seconds } of history.rounds) {
    now += seconds * SECOND;
    for (const side of [bulk, single]) side.allocate(now);
    // What is read of it makes whole offers holdings like any other: that is the side that goes the long way.
    const offered = single.state();
    for (const side of [bulk, single]) side.happen(meanwhile, now);
    for (const [framework, offers] of single.offers) {
      const own = bulk.offers.get(framework) ?? [];
      bulk.allocator.declineOffers?.(framework, own.filter(isDeclined), refuseUs, now);
      for (const { role, agent, resources } of offers.filter(isDeclined)) {
        single.allocator.decline(framework, role, agent, resources, refuseUs, now);
      }
      for (const side of [bulk, single]) {
        for (const { role, agent, resources } of offers.filter((_, i) => !isDeclined(_, i))) {
          const rest = resources.contains(task) ? resources.minus(task) : resources;
          side.allocator.decline(framework, role, agent, rest, refuseUs, now);
        }
      }
    }
    if (bulk.state() !== single.state()) {
      throw new Error(`after ${offered}\nat once:\n${bulk.state()}\none by one:\n${single.state()}`);
    }

    function isDeclined(_: Offer, i: number): boolean {
      return ((declined >> (i % 12)) & 1) === 1;
    }
  }
}

it('offers, filters, their ends and the digest are those of declining one by one', () => {
  fc.assert(fc.property(histories, answer), { numRuns: fc.readConfigureGlobal().numRuns ?? 150 });
});
