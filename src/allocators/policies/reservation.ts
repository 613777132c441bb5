import type { AgentId } from '../../cluster/ids.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import { isWithin } from '../../cluster/roles.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { Lending } from '../lending.js';
import { Placements, type PlacementsState } from '../placements.js';
import { policy } from '../policy.js';
import { offerable } from '../quota-cut.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';

/**
 * `drf` in which guarantees are placed: what is missing of one is held on named agents from the moment it is set, with or
 * without a framework, and offered to nobody else. Reservations and placed guarantees are served first, the rest is shared by
 * DRF. In `drf` a guarantee is a quantity that the others leave over somewhere, in pieces perhaps that are of no use to the
 * role (trap T-12 of mesos-allocation.md).
 */
export const reservation = policy({
  name: 'reservation',
  summary: 'drf with quota guarantees held on named agents, best fit, from the start',
  settings: {
    lendIdle: {
      about: 'lend what is kept for roles that want nothing, as revocable resources',
      choices: ['false', 'true'],
    },
  },
  order: (books, random, { lendIdle }) => new ReservationOrder(books, random, lendIdle === 'true'),
});

class ReservationOrder implements ServingOrder {
  readonly barrier = false;
  readonly visitsTwice = true;
  readonly #books: Books;
  readonly #drf: DrfOrder;
  readonly #placements: Placements;
  readonly #lending: Lending | undefined;

  constructor(books: Books, random: () => number, lendIdle: boolean) {
    this.#books = books;
    this.#drf = new DrfOrder(books, random);
    this.#placements = new Placements(books);
    if (lendIdle) {
      const lending = new Lending(books, this.#placements);
      books.hooks.relisted = (client) => lending.put(client);
      books.hooks.described = (agent, info) => lending.described(agent, info);
      this.#lending = lending;
    }
    books.quota.guaranteesArePlaced = true;
    books.hooks.held = (client, agent, resources, sign) =>
      this.#placements.held(client, agent, resources, sign);
    books.hooks.clusterChanged = () => this.#placements.changed();
    books.hooks.preferred = (client) => this.#placements.agentsOf(client.quota);
    books.hooks.allows = ({ quota }, agent, { kinds, amounts, plainCount }) => {
      if (!this.#placements.isKept(agent)) return true;
      for (let i = 0; i < plainCount; i++) {
        if (amounts[i] > this.#placements.freeFor(quota, agent, kinds[i])) return false;
      }
      return true;
    };
    books.hooks.keeps = ({ quota }, agent) => {
      const kept = this.#placements.keptFromOn(quota, agent);
      return kept.length === 0 ? undefined : { why: `kept for guarantees: ${kept.join(', ')}` };
    };
  }

  walk(visit: Visit, agent: AgentId): void {
    const isReserved = this.#books.pool.special(agent).kinds.some((id) => kindOf(id).owner !== undefined);
    const isKept = this.#placements.isKept(agent);
    let goOn = true;
    if (isReserved || isKept) {
      this.#drf.walk((client) => {
        if (!this.#placements.isKeptFor(client.quota, agent) && !this.#hasReserved(client, agent))
          return true;
        goOn = visit(client, (name) => offerable(name, this.#placements.of(client.quota, agent, name)));
        return goOn;
      });
    }
    if (!goOn) return;
    this.#drf.walk((client) =>
      isKept
        ? visit(client, (name) => offerable(name, this.#placements.freeFor(client.quota, agent, name)))
        : visit(client),
    );
  }

  firstAsking(): Client | undefined {
    return this.#drf.firstAsking();
  }

  precedes(a: Client, b: Client): boolean {
    return this.#drf.precedes(a, b);
  }

  begin(): void {
    this.#lending?.takeBack();
    this.#placements.settle();
    this.#lending?.lend();
  }

  snapshot(): PlacementsState {
    return this.#placements.snapshot();
  }

  restore(state: PlacementsState): void {
    this.#placements.restore(state);
  }

  #hasReserved({ rolePath }: Client, agent: AgentId): boolean {
    const special = this.#books.pool.special(agent);
    return !special.filter(({ owner }) => owner !== undefined && isWithin(rolePath, owner)).isEmpty;
  }
}
