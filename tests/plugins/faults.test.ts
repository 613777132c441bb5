import { describe, expect, it } from 'vitest';
import type { Allocator, AllocatorOptions, OfferSink } from '../../src/cluster/allocator.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { RankedAllocator } from '../../src/allocators/ranked-allocator.js';
import { DrfOrder } from '../../src/allocators/serving-order.js';
import { GuardedAllocator } from '../../src/plugins/guarded-allocator.js';
import type { GuardOptions } from '../../src/plugins/guard.js';
import { definePolicy, type PolicyDefinition } from '../../src/plugins/policy.js';
import { policyAllocator } from '../../src/plugins/resolve-allocator.js';
import { smallRun } from '../sim/small-run.js';
import { smallTrace } from '../sim/small-trace.js';

const label = './mine.ts';
const rows = Array.from({ length: 200 }, (_, at) => ({ at, framework: `f${at % 3}`, cpus: 1, s: 2 }));

async function faultOf(
  policy: (options: AllocatorOptions, guard: GuardOptions) => Allocator,
  guard: Partial<GuardOptions> = {},
): Promise<string> {
  let position = { event: 0, nowUs: 0 };
  let where: () => { event: number; nowUs: number } = () => position;
  try {
    await smallRun(smallTrace(rows), {
      check: false,
      policy: (options) => policy(options, { label, position: () => where(), ...guard }),
      track: (tell) => (where = tell),
    });
  } catch (error) {
    position = where();
    expect((error as Error).name).toBe('PolicyFault');
    return (error as Error).message;
  }
  return 'no fault';
}

async function faultOfPolicy(
  definition: Partial<PolicyDefinition>,
  guard: Partial<GuardOptions> = {},
): Promise<string> {
  const policy = definePolicy({ name: 'mine', rank: () => 0, ...definition });
  return await faultOf((options, given) => policyAllocator(policy, options, {}, given), guard);
}

describe('a policy', () => {
  const late = (answer: () => unknown): PolicyDefinition['rank'] => {
    return ({ now }) => (now < 30 ? 0 : (answer() as number));
  };

  it.each([
    ['NaN', () => Number.NaN, 'returned NaN from rank'],
    ['nothing', () => undefined, 'returned undefined from rank'],
    ['a text', () => '7', 'returned "7" from rank'],
  ])('that returns %s is named, with event and time', async (_, answer, what) => {
    expect(await faultOfPolicy({ rank: late(answer) })).toMatch(
      new RegExp(
        `^the allocator ./mine.ts ${what} for framework f0 in role \\*; a rank is a number \\(event \\d+ at 30 s\\)\\.$`,
      ),
    );
  });

  it('that throws is named', async () => {
    const throws = late(() => {
      throw new RangeError('no such thing\nat all');
    });
    expect(await faultOfPolicy({ rank: throws })).toMatch(
      /^the allocator .\/mine.ts threw RangeError: no such thing in rank for framework f0 in role \* \(event \d+ at 30 s\)\.$/,
    );
    expect(
      await faultOfPolicy({
        rank: late(() => {
          throw Object.create(null);
        }),
      }),
    ).toContain('threw something that cannot be shown in rank');
  });

  it('that answers differently for the same state is named', async () => {
    let calls = 0;
    expect(await faultOfPolicy({ rank: () => calls++ })).toMatch(
      /answers differently for the same state: rank for framework f0 in role \* gave 0, then 1; an answer depends on nothing/,
    );
    let asked = 0;
    const seldom = (): number => (++asked === 151 ? 1 : 0);
    // Once in so many calls it goes unseen, unless every question is asked twice.
    expect(await faultOfPolicy({ rank: ({ now }) => now * 0 + seldom() })).toBe('no fault');
    asked = 0;
    expect(await faultOfPolicy({ rank: ({ now }) => now * 0 + seldom() }, { thorough: true })).toContain(
      'answers differently',
    );
  });

  it('whose allows is no boolean, throws or wavers is named', async () => {
    expect(await faultOfPolicy({ allows: () => 1 as never })).toContain(
      'returned 1 from allows for framework f0',
    );
    let wavering = true;
    expect(await faultOfPolicy({ allows: () => (wavering = !wavering) })).toContain(
      'allows for framework f0 in role * gave false, then true',
    );
  });

  it('that is called without end in a cycle runs out of its step budget', async () => {
    expect(await faultOfPolicy({ rank: ({ now }) => now }, { stepBudget: 1 })).toContain(
      'has used up its step budget: 1 calls of its functions in one allocation cycle',
    );
  });
});

/** drf, whose offers and answers can be spoilt. */
class Spoilt extends RankedAllocator {
  spoil: (offer: Offer) => Offer = (offer) => offer;

  constructor(options: AllocatorOptions) {
    super('spoilt', options, (books, random) => new DrfOrder(books, random));
  }

  override allocate(now: number, scope: 'all' | 'triggered', sink: OfferSink): void {
    super.allocate(now, scope, (framework, offers) =>
      sink(framework, now < 30e6 ? offers : offers.map((offer) => this.spoil(offer))),
    );
  }
}

function spoilt(
  change: (allocator: Spoilt) => void,
): (options: AllocatorOptions, guard: GuardOptions) => Allocator {
  return (options, guard) => {
    const make = (each: AllocatorOptions): Allocator => {
      const allocator = new Spoilt(each);
      change(allocator);
      return allocator;
    };
    return new GuardedAllocator(make, options, guard);
  };
}

describe('a whole allocator', () => {
  it('that does nothing wrong runs as without a guard, every answer checked', async () => {
    const policy = (options: AllocatorOptions): Allocator =>
      spoilt(() => undefined)(options, { label, thorough: true });
    for (const offers of ['demand', 'coarse'] as const) {
      const settings = { offers, instant: offers === 'demand', cluster: ['2*cpus:4;mem:4096'] };
      const own = await smallRun(smallTrace(rows), { ...settings, policy });
      const drf = await smallRun(smallTrace(rows), settings);
      expect([own.starts, own.agents]).toEqual([drf.starts, drf.agents]);
    }
  });

  it('may offer what is reserved to the role, and to the roles above it, and nothing else of the kind', async () => {
    const policy = (options: AllocatorOptions): Allocator =>
      spoilt(() => undefined)(options, { label, thorough: true });
    const cluster = ['2*cpus:1;cpus(prod):2;mem:4096;ports:[1-9]'];
    const reserving = { offers: 'coarse', instant: false, cluster } as const;
    const mixed = rows.map((row, at) => ({ ...row, role: ['prod', 'prod/web', 'test'][at % 3] }));
    const own = await smallRun(smallTrace(mixed), { ...reserving, policy });
    const drf = await smallRun(smallTrace(mixed), reserving);
    expect([own.starts, own.agents]).toEqual([drf.starts, drf.agents]);
    const steals = spoilt((allocator) => {
      allocator.spoil = (offer) => ({ ...offer, resources: parseResources('cpus(prod):1') });
    });
    const others = rows.map((row) => ({ ...row, role: 'test' }));
    const stolen = smallRun(smallTrace(others), {
      ...reserving,
      policy: (options) => steals(options, { label, thorough: false }),
    });
    await expect(stolen).rejects.toThrow(
      'offered cpus(prod):1 on agent a0 to the role test, which may not use that',
    );
  });

  it.each<[string, (offer: Offer) => Offer, string]>([
    [
      'more than there is',
      (offer) => ({ ...offer, resources: Resources.plain(9000, 0) }),
      'offered cpus:9 on agent a0, which has cpus:3;mem:4096 free',
    ],
    ['nothing', (offer) => ({ ...offer, resources: Resources.EMPTY }), 'made an offer of nothing'],
    [
      'an agent that is not there',
      (offer) => ({ ...offer, agent: 7 }),
      'offered cpus:1 on agent 7, which is not there',
    ],
    [
      'a role that is not there',
      (offer) => ({ ...offer, role: 5 }),
      'offered cpus:1 to framework f0 in role 5, which it has not',
    ],
    [
      'somebody else',
      (offer) => ({ ...offer, framework: (offer.framework + 1) % 3 }),
      'sent an offer of framework 1 to framework 0',
    ],
  ])('that offers %s is named', async (_, spoil, what) => {
    const fault = await faultOf(spoilt((allocator) => (allocator.spoil = spoil)));
    expect(fault).toContain(`the allocator ./mine.ts ${what}`);
    expect(fault).toMatch(/\(event \d+ at 30 s\)\.$/);
  });

  it('that offers the same twice is named', async () => {
    const twice = spoilt((allocator) => {
      const once = allocator.allocate.bind(allocator);
      allocator.allocate = (now, scope, sink) =>
        once(now, scope, (framework, offers) => {
          sink(framework, offers);
          for (let i = 0; i < 4; i++)
            sink(
              framework,
              offers.map((offer) => ({ ...offer })),
            );
        });
    });
    expect(await faultOf(twice)).toContain('offered cpus:1 on agent a0, which has mem:4096 free');
  });

  it('that answers differently for the same state is named', async () => {
    let count = 0;
    const restless = spoilt((allocator) => {
      allocator.spoil = (offer) =>
        count++ % 2 === 0 ? offer : { ...offer, resources: Resources.plain(500, 0) };
    });
    expect(await faultOf(restless, { thorough: true })).toContain(
      'answers differently for the same state: it offered cpus:1 on agent 0 to framework 0, then cpus:0.5 on agent 0',
    );
  });

  it('that throws, or returns what it should not, is named', async () => {
    const throws = spoilt((allocator) => {
      allocator.request = () => {
        throw new Error('broken');
      };
    });
    expect(await faultOf(throws)).toContain('threw Error: broken in request');
    expect(await faultOf(spoilt((allocator) => (allocator.nextExpiry = () => Number.NaN)))).toContain(
      'returned NaN from nextExpiry; it is a time in microseconds, or Infinity',
    );
    expect(await faultOf(spoilt((allocator) => (allocator.revive = () => true as never)))).toContain(
      'returned true from revive; it is a sentence that refuses, or undefined',
    );
  });

  it('that lacks methods is named', async () => {
    const hollow = (options: AllocatorOptions, guard: GuardOptions): Allocator =>
      new GuardedAllocator(() => ({ name: 'x', allocate: () => undefined }) as never, options, guard);
    expect(await faultOf(hollow)).toContain('is no Allocator: it lacks addAgent, updateAgent, removeAgent,');
  });
});
