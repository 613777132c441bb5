import type { Allocator } from '../../cluster/allocator.js';
import { SECOND } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { Roles } from '../../cluster/roles.js';
import { userName, type Subject } from '../check.js';
import { AllocatorFault, done, optionsFor, resourcesOf } from './tasks.js';

/** What a user may do under coarse offers, where nobody reports anything: the menu that is searched. */
export type Behaviour =
  /** Declines for so many seconds in place of {@link HONEST_REFUSAL}. */
  | { readonly kind: 'filter-length'; readonly seconds: number }
  /** Keeps offers for so many seconds before it answers them, to see more of them together. */
  | { readonly kind: 'hoarding'; readonly seconds: number }
  /** Comes as so many frameworks in its role. */
  | { readonly kind: 'splitting'; readonly frameworks: number }
  /** Takes so many times what a task needs. */
  | { readonly kind: 'inflation'; readonly times: number };

/** Coarse offers, batches of a second, users whose queues never end. */
export interface MarketCase {
  readonly agents: readonly (readonly number[])[];
  readonly users: readonly { readonly demand: readonly number[]; readonly seconds: number }[];
  /** All users are frameworks of one role; else each has a role of its own. */
  readonly oneRole: boolean;
  /** Who behaves otherwise, and how. */
  readonly user: number;
  readonly behaviour: Behaviour;
}

/** How long an honest framework refuses what it cannot use. */
export const HONEST_REFUSAL = 5;
/** Seconds over which useful work is counted. */
export const HORIZON = 90;

interface Framework {
  readonly user: number;
  readonly role: number;
  readonly refuseSeconds: number;
  readonly hoardSeconds: number;
  readonly task: Resources;
  /** Offers kept and not answered yet, by agent. */
  kept: Map<number, Resources>;
  keptSince: number;
}

interface Running {
  readonly framework: number;
  readonly agent: number;
  readonly endsAt: number;
  readonly startedAt: number;
}

/** Useful task-seconds of each user by the horizon. @throws AllocatorFault */
export function trade(market: MarketCase, subject: Subject, behaves: boolean): number[] {
  return new Market(market, subject, behaves).run();
}

class Market {
  readonly #market: MarketCase;
  readonly #allocator: Allocator;
  readonly #frameworks: Framework[] = [];
  #running: Running[] = [];
  readonly #useful: number[];

  constructor(market: MarketCase, subject: Subject, behaves: boolean) {
    this.#market = market;
    this.#useful = market.users.map(() => 0);
    const roles = new Roles();
    const roleOf = market.users.map((_, i) => roles.intern(market.oneRole ? 'all' : userName(i)));
    const frameworks = market.users.map((_, i) => userName(i));
    const tenants = { roles: market.oneRole ? ['all'] : frameworks, frameworks };
    this.#allocator = subject.create(optionsFor(roles, tenants, 'coarse'));
    market.agents.forEach((capacity, agent) => {
      const info = {
        id: `a${agent}`,
        hostname: `a${agent}`,
        total: resourcesOf(capacity),
        attributes: [],
        capabilities: ['MULTI_ROLE' as const, 'HIERARCHICAL_ROLE' as const],
      };
      done(this.#allocator.addAgent(agent, info, [], 0), 'a new agent');
    });
    market.users.forEach((_, user) => this.#enter(user, roleOf[user], behaves && user === market.user));
  }

  #enter(user: number, role: number, behaves: boolean): void {
    const { behaviour, users } = this.#market;
    const is = (kind: Behaviour['kind']): boolean => behaves && behaviour.kind === kind;
    const copies = is('splitting') ? (behaviour as { frameworks: number }).frameworks : 1;
    const times = is('inflation') ? (behaviour as { times: number }).times : 1;
    for (let copy = 0; copy < copies; copy++) {
      const id = this.#frameworks.length;
      const name = `${userName(user)}${copy === 0 ? '' : copy}`;
      this.#frameworks.push({
        user,
        role,
        refuseSeconds: is('filter-length') ? (behaviour as { seconds: number }).seconds : HONEST_REFUSAL,
        hoardSeconds: is('hoarding') ? (behaviour as { seconds: number }).seconds : 0,
        task: resourcesOf(users[user].demand.map((amount) => amount * times)),
        kept: new Map(),
        keptSince: 0,
      });
      const info = { name, id: name, roles: [role], capabilities: ['MULTI_ROLE' as const] };
      done(this.#allocator.addFramework(id, info, [], true, 0), 'a new framework');
    }
  }

  run(): number[] {
    for (let now = 1; now <= HORIZON; now++) {
      const ended = this.#running.filter(({ endsAt }) => endsAt === now);
      this.#running = this.#running.filter(({ endsAt }) => endsAt > now);
      for (const { framework, agent } of ended) {
        const { role, task } = this.#frameworks[framework];
        done(this.#allocator.recover(framework, role, agent, task), 'the resources of a task that ended');
      }
      this.#allocator.allocate(now * SECOND, 'all', (framework, offers) => {
        const entry = this.#frameworks[framework];
        if (entry === undefined)
          throw new AllocatorFault(`it offers to framework ${framework}, which is not there`);
        if (entry.kept.size === 0) entry.keptSince = now;
        for (const { agent, resources } of offers) {
          const before = entry.kept.get(agent);
          entry.kept.set(agent, before === undefined ? resources : before.plus(resources));
        }
      });
      for (const [id, entry] of this.#frameworks.entries()) this.#answer(id, entry, now);
    }
    // Tasks that still run count as far as they got.
    for (const task of this.#running) this.#count(task, HORIZON);
    return this.#useful;
  }

  /** Launches what fits the kept offers and declines the rest, when the time has come. */
  #answer(id: number, entry: Framework, now: number): void {
    if (entry.kept.size === 0 || now - entry.keptSince < entry.hoardSeconds) return;
    const { seconds } = this.#market.users[entry.user];
    for (const [agent, offered] of entry.kept) {
      let rest = offered;
      while (rest.contains(entry.task)) {
        rest = rest.minus(entry.task);
        const task = { framework: id, agent, startedAt: now, endsAt: now + seconds };
        this.#running.push(task);
        if (task.endsAt <= HORIZON) this.#count(task, task.endsAt);
      }
      if (rest.isEmpty) continue;
      const refuseUs = entry.refuseSeconds * SECOND;
      done(this.#allocator.decline(id, entry.role, agent, rest, refuseUs, now * SECOND), 'a decline');
    }
    entry.kept = new Map();
  }

  #count({ framework, startedAt, endsAt }: Running, until: number): void {
    if (endsAt > HORIZON || until === endsAt)
      this.#useful[this.#frameworks[framework].user] += until - startedAt;
  }
}
