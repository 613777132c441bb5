/** Cycles of a run that are explained while they run: `--explain FILE`. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canExplain, isCandidate, type Explaining } from '../../src/allocators/explain/explaining.js';
import type { CycleExplanation, Unserved } from '../../src/allocators/explain/reasons.js';
import { reasonText } from '../../src/allocators/explain/text.js';
import type { Allocator } from '../../src/cluster/allocator.js';
import { SECOND } from '../../src/cluster/ids.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { Cluster } from './explain-cluster.js';

const NAMES = ['drf', 'drf?quota=strict', 'weighted-role', 'reservation', 'static', 'random'];

type Step =
  | { readonly type: 'framework' | 'suppress' | 'revive'; readonly at: number }
  | { readonly type: 'close' | 'open' | 'return'; readonly at: number }
  | { readonly type: 'cycle'; readonly part: number; readonly refuseS: number };

const at = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('framework', 'suppress', 'revive'), at }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('close', 'open', 'return'), at }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('cycle' as const),
      part: fc.nat(2),
      refuseS: fc.constantFrom(0, 2, 5),
    }),
  },
);
const cases = fc.record({
  name: fc.constantFrom(...NAMES),
  agents: fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('', '(a)', '(c)')), {
    minLength: 1,
    maxLength: 4,
  }),
  quota: fc.option(fc.tuple(fc.constantFrom('a', 'c'), fc.nat(3), fc.integer({ min: 1, max: 4 }))),
  steps: fc.array(step, { minLength: 4, maxLength: 25 }),
});

/** Two clusters alike, of which one explains its cycles. */
class Pair {
  readonly #both: readonly Cluster[];
  readonly plain: Allocator;
  readonly told: Allocator & Explaining;
  frameworks = 0;
  /** What is held. */
  readonly #held: Offer[] = [];

  constructor({ name, agents, quota }: { name: string; agents: [number, string][]; quota: unknown }) {
    this.#both = [0, 1].map(() => new Cluster('coarse', name));
    for (const cluster of this.#both) {
      for (const [cpus, owner] of agents) cluster.agent(`cpus${owner}:${cpus};mem:${cpus * 100}`);
      if (quota === null) continue;
      const [role, guarantee, limit] = quota as [string, number, number];
      cluster.quota(role, `cpus:${Math.min(guarantee, limit)}`, `cpus:${limit}`);
    }
    const [plain, told] = this.#both.map(({ allocator }) => allocator);
    if (!canExplain(told)) throw new Error(`${name} cannot explain`);
    [this.plain, this.told] = [plain, told];
  }

  #each(act: (allocator: Allocator) => unknown): void {
    for (const { allocator } of this.#both) act(allocator);
  }

  change(step: Exclude<Step, { type: 'cycle' }>): void {
    const { type, at } = step;
    if (type === 'framework') {
      for (const cluster of this.#both) cluster.framework(['a', 'a/b', 'c'][at % 3]);
      this.frameworks++;
    } else if (type === 'close') this.#each((allocator) => allocator.deactivateAgent(at));
    else if (type === 'open') this.#each((allocator) => allocator.activateAgent(at));
    else if (type === 'return') {
      for (const { framework, role, agent, resources } of this.#held.splice(at, 1))
        this.#each((allocator) => allocator.recover(framework, role, agent, resources));
    } else if (at < this.frameworks) this.#each((allocator) => allocator[type](at, []));
  }

  /** Runs a cycle of both. @returns what was told before, what was told, and what was done */
  cycle(now: number): { before: CycleExplanation; told: CycleExplanation; made: string[]; offers: Offer[] } {
    const made: string[] = [];
    const twins: string[] = [];
    const offers: Offer[] = [];
    const text = ({ framework, agent, resources }: Offer): string =>
      `f${framework} ${agent} ${formatResources(resources)}`;
    const before = this.told.explain(now, 'candidates');
    const told = this.told.explainRun(now, 'all', () =>
      this.told.allocate(now, 'all', (_, list) => {
        offers.push(...list);
        made.push(...list.map(text));
      }),
    );
    this.plain.allocate(now, 'all', (_, list) => twins.push(...list.map(text)));
    expect(made).toEqual(twins);
    expect(this.told.digest()).toBe(this.plain.digest());
    return { before, told, made, offers };
  }

  /** A part of each offer is kept, the rest declined. */
  answer(offers: readonly Offer[], part: number, refuseUs: number, now: number): void {
    for (const [i, offer] of offers.entries()) {
      const kept = (i + part) % 3 === 0 ? parseResources('cpus:1') : parseResources('');
      if (!offer.resources.contains(kept)) continue;
      const rest = offer.resources.minus(kept);
      if (!kept.isEmpty) this.#held.push({ ...offer, resources: kept });
      const { framework, role, agent } = offer;
      this.#each((allocator) => allocator.decline(framework, role, agent, rest, refuseUs, now));
    }
  }
}

/** Numbers of quota are those when the cycle comes to an agent, and it comes first to those that have not changed. */
function gist({ name, rolePath, share, reasons }: Unserved): unknown {
  const lines = reasons.map(({ reason, agents }) => {
    let what = reasonText(reason);
    if (reason.rule === 'limit' || reason.rule === 'headroom') what = `${reason.rule} ${reason.resource}`;
    // Of two filters that end together either may be told.
    if (reason.rule === 'filter') what = `${reason.rule} until ${reason.untilUs}`;
    expect(new Set(agents).size, `${what}: an agent is named once`).toBe(agents.length);
    return agents.length === 0 ? [what] : agents.map((agent) => `a${agent} ${what}`);
  });
  return { name, rolePath, share, reasons: [...new Set(lines.flat())].sort() };
}

it('a cycle that is listened to does what it does without, and says what a copy of it would say', () => {
  let standing = 0;
  fc.assert(
    fc.property(cases, ({ steps, ...cluster }) => {
      const pair = new Pair(cluster);
      let now = 0;
      for (const step of steps) {
        if (step.type !== 'cycle') {
          pair.change(step);
          continue;
        }
        const { before, told, made, offers } = pair.cycle(now);
        expect(told.offers.map((each) => `${each.name} ${each.agent} ${each.resources}`)).toEqual(made);
        expect(told.offers).toEqual(before.offers);
        expect(told.unserved.map(gist)).toEqual(before.unserved.map(gist));
        if (made.length === 0) standing += told.unserved.length;
        pair.answer(offers, step.part, step.refuseS * SECOND, now);
        now += SECOND;
      }
    }),
    { numRuns: fc.readConfigureGlobal().numRuns ?? 300 },
  );
  expect(standing).toBeGreaterThan(0);
});

it.each(['coarse', 'demand'] as const)('tells of candidates alone when it is asked to: %s', (offers) => {
  const cluster = new Cluster(offers).agent('cpus:4');
  const [dev] = ['dev', 'ops', 'test', 'web'].map((role) => cluster.framework(role));
  cluster.allocator.suppress(1, []);
  if (offers === 'demand') cluster.ask(dev, 'dev', 'cpus:1').ask(2, 'test', 'cpus:9');
  if (!canExplain(cluster.allocator)) throw new Error('it cannot explain');
  const all = cluster.allocator.explain(0);
  const candidates = all.unserved.filter(isCandidate);
  expect(cluster.allocator.explain(0, 'candidates')).toEqual({ ...all, unserved: candidates });
  expect(candidates.length).toBeGreaterThan(0);
  expect(candidates.length).toBeLessThan(all.unserved.length);
});
