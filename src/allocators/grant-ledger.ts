import type { AgentId, FrameworkId, Micros, OfferId, RoleId } from '../cluster/ids.js';
import type { Offer } from '../cluster/protocol.js';
import { resourcesFromJson, resourcesToJson, type ResourceJson } from '../cluster/resources/json.js';
import { Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from './bookkeeping/books.js';

/** One thing that a client got and has not given back; what is left of it. */
export interface Grant {
  readonly client: Client;
  readonly agent: AgentId;
  resources: Resources;
  /** -1: unknown. */
  offer: OfferId;
  /** When it is expected back; Infinity: nobody knows. */
  endUs: Micros;
}

/** Grants as plain data, in the order in which they were made. */
export type LedgerState = readonly {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  readonly resources: readonly ResourceJson[];
  readonly offer: OfferId;
  readonly endUs: Micros | null;
}[];

/** Told before a grant is new or changes, with what will be left of it, and after its end became known. */
export interface LedgerWatcher {
  changes?(grant: Grant, after: Resources): void;
  dated?(grant: Grant): void;
}

/**
 * Who got what, grant by grant, for policies that must tell tasks apart: the books know sums only. It follows every charge
 * and credit of the books. What comes back is taken off the grant of the offer that is named, else off one of exactly that
 * size, else off the oldest ones of that client on that agent.
 */
export class GrantLedger {
  readonly #watcher: LedgerWatcher;
  readonly #byPlace = new Map<string, Grant[]>();
  readonly #byOffer = new Map<OfferId, Grant>();
  readonly #all = new Set<Grant>();

  constructor(watcher: LedgerWatcher = {}) {
    this.#watcher = watcher;
  }

  /** All grants, oldest first. */
  grants(): Iterable<Grant> {
    return this.#all;
  }

  on(agent: AgentId, client: Client): readonly Grant[] {
    return this.#byPlace.get(placeOf(agent, client)) ?? [];
  }

  /** For {@link PolicyHooks.held}. */
  held(client: Client, agent: AgentId, resources: Resources, sign: 1 | -1, offer?: OfferId): void {
    if (resources.isEmpty) return;
    if (sign === 1)
      this.#add({ client, agent, resources: Resources.EMPTY, offer: -1, endUs: Infinity }, resources);
    else this.#takeOff(client, agent, resources, offer);
  }

  /** The newest grants of a client are those of these offers, and end then. */
  granted(client: Client, offers: readonly Offer[], endUs: Micros): void {
    for (const { agent, id, resources } of offers) {
      const grant = this.on(agent, client).find((each) => each.offer < 0 && each.resources === resources);
      if (grant === undefined) continue;
      grant.offer = id;
      if (id >= 0) this.#byOffer.set(id, grant);
      grant.endUs = endUs;
      this.#watcher.dated?.(grant);
    }
  }

  snapshot(): LedgerState {
    return [...this.#all].map(({ client, agent, resources, offer, endUs }) => ({
      framework: client.framework.id,
      role: client.role,
      agent,
      resources: resourcesToJson(resources, { legacy: false }),
      offer,
      endUs: endUs === Infinity ? null : endUs,
    }));
  }

  /** @param books restored already */
  restore(books: Books, state: LedgerState): void {
    for (const grant of [...this.#all]) this.#shrink(grant, Resources.EMPTY);
    for (const { framework, role, agent, resources, offer, endUs } of state) {
      const client = books.client(framework, role) as Client;
      const grant = { client, agent, resources: Resources.EMPTY, offer, endUs: endUs ?? Infinity };
      this.#add(grant, resourcesFromJson(resources).resources);
      if (offer >= 0) this.#byOffer.set(offer, grant);
      this.#watcher.dated?.(grant);
    }
  }

  #add(grant: Grant, resources: Resources): void {
    this.#watcher.changes?.(grant, resources);
    grant.resources = resources;
    this.#all.add(grant);
    const place = placeOf(grant.agent, grant.client);
    const grants = this.#byPlace.get(place);
    if (grants === undefined) this.#byPlace.set(place, [grant]);
    else grants.push(grant);
  }

  #takeOff(client: Client, agent: AgentId, resources: Resources, offer: OfferId | undefined): void {
    const named = offer === undefined ? undefined : this.#byOffer.get(offer);
    const isNamed = named?.client === client && named.agent === agent;
    let left = isNamed ? this.#reduce(named, resources) : resources;
    if (left.isEmpty) return;
    const same = this.on(agent, client).find((grant) => grant.resources.equals(left));
    if (same !== undefined) left = this.#reduce(same, left);
    for (const grant of [...this.on(agent, client)]) {
      if (left.isEmpty) return;
      left = this.#reduce(grant, left);
    }
  }

  /** Takes as much off a grant as there is; the rest. */
  #reduce(grant: Grant, resources: Resources): Resources {
    if (grant.resources === resources) {
      this.#shrink(grant, Resources.EMPTY);
      return Resources.EMPTY;
    }
    const rest = resources.minus(grant.resources);
    this.#shrink(grant, grant.resources.minus(resources));
    return rest;
  }

  #shrink(grant: Grant, after: Resources): void {
    this.#watcher.changes?.(grant, after);
    grant.resources = after;
    if (!after.isEmpty) return;
    this.#all.delete(grant);
    if (grant.offer >= 0) this.#byOffer.delete(grant.offer);
    const place = placeOf(grant.agent, grant.client);
    const grants = (this.#byPlace.get(place) ?? []).filter((each) => each !== grant);
    if (grants.length === 0) this.#byPlace.delete(place);
    else this.#byPlace.set(place, grants);
  }
}

function placeOf(agent: AgentId, client: Client): string {
  return `${agent}/${client.id}`;
}
