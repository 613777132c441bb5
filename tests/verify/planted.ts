/** Allocators with one bug each, planted into drf: what `sim verify` must find. */
import { RankedAllocator } from '../../src/allocators/ranked-allocator.js';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Economy, Mechanism } from '../../src/allocators/mechanisms/economy.js';
import { drf } from '../../src/allocators/mechanisms/filling.js';
import type { AllocationScope, Allocator, AllocatorOptions, OfferSink } from '../../src/cluster/allocator.js';
import type { AgentInfo, Ask, FrameworkInfo, Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { FirstComeOrder, LastNameOrder, UnweightedOrder } from './planted-orders.js';

export interface PlantedBug {
  readonly bug: string;
  /** The property and the economy that it is found in. */
  readonly property: string;
  readonly economy: 'E0' | 'E1' | 'E2' | 'E3';
  readonly create?: (options: AllocatorOptions) => Allocator;
  readonly mechanism?: Mechanism;
}

/** Puts another method in the place of one of drf's. */
function changed<K extends keyof Allocator>(
  options: AllocatorOptions,
  name: K,
  change: (original: Allocator[K], allocator: Allocator) => Allocator[K],
): Allocator {
  const allocator = createAllocator('drf', options);
  const original = allocator[name];
  const bound = (typeof original === 'function' ? original.bind(allocator) : original) as Allocator[K];
  Object.defineProperty(allocator, name, { value: change(bound, allocator), configurable: true });
  return allocator;
}

/** Changes offers on their way out; what is taken out of them goes back when the run is over. */
function offering(options: AllocatorOptions, change: (offer: Offer) => Offer | undefined) {
  return changed(options, 'allocate', (allocate, allocator) => (now, scope, sink: OfferSink) => {
    const kept: Offer[] = [];
    allocate(now, scope, (framework, offers) => {
      const changedOffers = offers.map((offer) => change(offer) ?? (kept.push(offer), undefined));
      const given = changedOffers.filter((offer) => offer !== undefined);
      if (given.length > 0) sink(framework, given);
    });
    for (const { framework, role, agent, resources } of kept)
      allocator.recover(framework, role, agent, resources);
  });
}

/** Gives more to who says that it needs more. */
const flattered: Mechanism = (economy: Economy) => {
  const users = economy.users.map((user) => ({
    ...user,
    weight: user.weight * user.demand.reduce((sum, amount) => sum + amount, 0),
  }));
  return drf({ ...economy, users });
};

export const plantedBugs: readonly PlantedBug[] = [
  {
    bug: 'over-offers by 0.001',
    property: 'capacity',
    economy: 'E3',
    create: (options) =>
      offering(options, (offer) => ({ ...offer, resources: offer.resources.plus(Resources.plain(1, 0)) })),
  },
  {
    bug: 'ignores a weight',
    property: 'si1',
    economy: 'E1',
    create: (options) => changed(options, 'updateWeights', () => () => undefined),
  },
  {
    bug: 'leaks a filter',
    property: 'nothing-withheld',
    economy: 'E3',
    create: (options) =>
      changed(
        options,
        'decline',
        (decline) => (framework, role, agent, resources, _refuseUs, now) =>
          decline(framework, role, agent, resources, Number.MAX_SAFE_INTEGER, now),
      ),
  },
  {
    bug: 'starves the 50th role',
    property: 'nothing-withheld',
    economy: 'E3',
    create: (options) => offering(options, (offer) => (offer.role < 49 ? offer : undefined)),
  },
  { bug: 'rewards liars', property: 'strategy-proofness', economy: 'E0', mechanism: flattered },
  {
    bug: 'depends on map order',
    property: 'input-order',
    economy: 'E3',
    create: (options) =>
      new RankedAllocator('map-order', options, (books, random) => new FirstComeOrder(books, random)),
  },
  {
    bug: 'forgets a release',
    property: 'conservation',
    economy: 'E2',
    create: (options) => {
      let releases = 0;
      return changed(options, 'recover', (recover) => (...held) => {
        releases++;
        return releases % 3 === 0 ? undefined : recover(...held);
      });
    },
  },
  {
    bug: 'does not know limits',
    property: 'limits',
    economy: 'E3',
    create: (options) =>
      changed(options, 'setQuota', (set) => (role, guarantees) => set(role, guarantees, {})),
  },
  {
    bug: 'does not know guarantees',
    property: 'guarantees',
    economy: 'E3',
    create: (options) =>
      changed(
        options,
        'setQuota',
        (set) => (role, guarantees, limits) =>
          // What it holds back for a guarantee it gives to nobody.
          set(
            role,
            {},
            Object.fromEntries([...Object.entries(limits), ...Object.keys(guarantees).map((n) => [n, 0])]),
          ),
      ),
  },
  {
    bug: 'offers to the suppressed',
    property: 'suppress',
    economy: 'E3',
    create: (options) => changed(options, 'suppress', () => () => undefined),
  },
  {
    bug: 'throws dice of its own',
    property: 'determinism',
    economy: 'E3',
    create: (options) =>
      createAllocator('drf', { ...options, random: () => Math.random, roleSorter: 'random' }),
  },
  {
    bug: 'forgets its filters when it is restored',
    property: 'snapshot',
    economy: 'E3',
    create: (options) =>
      changed(
        options,
        'restore',
        (restore) => (snapshot) =>
          restore(
            JSON.parse(JSON.stringify(snapshot, (key, value: unknown) => (key === 'filters' ? [] : value))),
          ),
      ),
  },
  {
    bug: 'changes something when it refuses',
    property: 'refused-calls',
    economy: 'E3',
    create: (options) =>
      changed(options, 'recover', (recover, allocator) => (framework, role, agent, resources) => {
        const refusal = recover(framework, role, agent, resources);
        if (refusal !== undefined) allocator.updateWeights([{ role: 0, weight: 2 }]);
        return refusal;
      }),
  },
  {
    bug: 'leaves the smallest room unused',
    property: 'non-wasteful',
    economy: 'E1',
    create: (options) => {
      let granted = 0;
      return offering(options, (offer) => (granted++ < 5 ? offer : undefined));
    },
  },
  {
    bug: 'stops after 900 grants',
    property: 'proportionality-equal',
    economy: 'E1',
    create: (options) => {
      let granted = 0;
      return offering(options, (offer) => (granted++ < 900 ? offer : undefined));
    },
  },
  {
    bug: 'gives what may be taken back to anybody',
    property: 'eligibility',
    economy: 'E3',
    create: (options) =>
      changed(
        options,
        'addFramework',
        (add) => (framework, info, suppressed, active, now) =>
          add(framework, withCapability(info, 'REVOCABLE_RESOURCES'), suppressed, active, now),
      ),
  },
  {
    bug: 'does not know what is too little',
    property: 'min-allocatable',
    economy: 'E3',
    create: (options) => createAllocator('drf', { ...options, minAllocatable: [] }),
  },
  {
    bug: 'grants gangs piece by piece',
    property: 'sound',
    economy: 'E2',
    create: (options) =>
      changed(options, 'request', (request) => (framework, asks, now) => {
        const single = asks.map((ask) => ({ ...ask, allOrNothing: false }));
        return request(framework, single, now);
      }),
  },
  {
    bug: 'loses the ask of what is rescinded',
    property: 'nothing-withheld',
    economy: 'E2',
    create: (options) =>
      changed(
        options,
        'recover',
        (recover) => (framework, role, agent, resources) => recover(framework, role, agent, resources),
      ),
  },
  {
    bug: 'counts an agent that has left',
    property: 'no-trace',
    economy: 'E1',
    create: (options) => {
      const totals = new Map<number, AgentInfo>();
      const allocator = changed(options, 'removeAgent', (remove, itself) => (agent) => {
        const refusal = remove(agent);
        const info = totals.get(agent);
        if (refusal !== undefined || info === undefined) return refusal;
        // Under an id that nobody knows, closed for all: only the totals have it.
        const ghost = 1000 + agent;
        return itself.addAgent(ghost, info, [], 0) ?? itself.deactivateAgent(ghost);
      });
      const add = allocator.addAgent.bind(allocator);
      allocator.addAgent = (agent, info, used, now) => {
        totals.set(agent, info);
        return add(agent, info, used, now);
      };
      return allocator;
    },
  },
  {
    bug: 'goes by names, the last first, under coarse offers',
    property: 'equal-turns',
    economy: 'E3',
    create: (options) =>
      new RankedAllocator('by-name', options, (books, random) => new LastNameOrder(books, random)),
  },
  {
    bug: 'gives away a hundredth more than there is',
    property: 'feasibility',
    economy: 'E0',
    mechanism: (economy) => {
      const { tasks, error } = drf(economy);
      return { tasks: tasks.map((count) => count * 1.01), error };
    },
  },
  {
    bug: 'goes by one resource alone',
    property: 'si1',
    economy: 'E1',
    create: (options) => createAllocator('max-min', options),
  },
  {
    bug: 'ignores weights under coarse offers',
    property: 'even-offers',
    economy: 'E3',
    create: (options) =>
      new RankedAllocator('unweighted', options, (books, random) => new UnweightedOrder(books, random)),
  },
  {
    bug: 'serves the newest ask first',
    property: 'ask-order',
    economy: 'E2',
    create: (options) => {
      const all = new Map<number, readonly Ask[]>();
      return changed(options, 'request', (request) => (framework, asks, now) => {
        all.set(framework, asks.length === 0 ? [] : [...asks, ...(all.get(framework) ?? [])]);
        return request(framework, [], now) ?? request(framework, all.get(framework) ?? [], now);
      });
    },
  },
  {
    bug: 'hides an agent from who refused a part of it',
    property: 'nothing-withheld',
    economy: 'E3',
    create: (options) => {
      const until = new Map<string, number>();
      const keyOf = (...ids: number[]): string => ids.join(' ');
      let today = 0;
      const allocator = offering(options, ({ framework, role, agent, ...rest }) =>
        (until.get(keyOf(framework, role, agent)) ?? -1) > today
          ? undefined
          : { framework, role, agent, ...rest },
      );
      const [allocate, decline] = [allocator.allocate.bind(allocator), allocator.decline.bind(allocator)];
      allocator.decline = (framework, role, agent, resources, refuseUs, now) => {
        until.set(keyOf(framework, role, agent), now + refuseUs);
        return decline(framework, role, agent, resources, refuseUs, now);
      };
      return Object.defineProperty(allocator, 'allocate', {
        value: (now: number, scope: AllocationScope, sink: OfferSink) => {
          today = now;
          allocate(now, scope, sink);
        },
      });
    },
  },
  {
    bug: 'loses ports',
    property: 'conservation',
    economy: 'E3',
    create: (options) =>
      changed(
        options,
        'recover',
        (recover) =>
          (framework, role, agent, resources, ...rest) =>
            recover(
              framework,
              role,
              agent,
              resources.filter(({ type }) => type === 'SCALAR'),
              ...rest,
            ),
      ),
  },
  {
    bug: 'does not look at what runs on an agent that comes back',
    property: 'capacity',
    economy: 'E3',
    create: (options) =>
      changed(options, 'addAgent', (add) => (agent, info, _used, now) => add(agent, info, [], now)),
  },
  {
    bug: 'looks at the clock',
    property: 'determinism',
    economy: 'E3',
    create: (options) => {
      const isOdd = new Date().getSeconds() % 2 === 1;
      return createAllocator('drf', { ...options, agentOrder: isOdd ? 'first-fit' : options.agentOrder });
    },
  },
];

function withCapability(
  info: FrameworkInfo,
  capability: FrameworkInfo['capabilities'][number],
): FrameworkInfo {
  return { ...info, capabilities: [...info.capabilities, capability] };
}
