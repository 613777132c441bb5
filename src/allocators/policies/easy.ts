import type { AgentId, Micros, OfferId } from '../../cluster/ids.js';
import type { Offer } from '../../cluster/protocol.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { QueuedAsk } from '../bookkeeping/ask-queue.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { ExpectedEnds, type Reservation } from '../expected-ends.js';
import { GrantLedger, type LedgerState } from '../grant-ledger.js';
import { policy } from '../policy.js';
import { DrfOrder, type Market, type ServingOrder, type Visit } from '../serving-order.js';

/**
 * First come, first served with EASY backfilling (Lifka, JSSPP 1995; Mu'alem and Feitelson, IEEE TPDS 2001): the oldest ask
 * that does not fit gets a reservation at the earliest time at which it will, by the estimates of what runs; a younger one may
 * start before it if it ends before that time or leaves that room alone. Needs asks, with estimates.
 *
 * Over several agents the reservation is for named agents, those of lowest id with room at that time. An ask that a limit
 * forbids, or that fits no agent however empty, is passed over and reserves nothing. What nobody gave an estimate for is
 * taken to end last, what is overdue to end now.
 */
export const easy = policy({
  name: 'easy',
  summary: 'fifo with EASY backfilling: a short task may overtake if it delays not the head',
  needs: 'asks',
  usesEstimates: true,
  settings: {},
  order: (books, random) => new EasyOrder(books, random),
});

interface EasyState {
  readonly grants: LedgerState;
  readonly reserved: readonly AgentId[];
}

interface Waiting {
  readonly client: Client;
  readonly ask: QueuedAsk;
}

class EasyOrder implements ServingOrder {
  readonly barrier = true;
  readonly #books: Books;
  /** Frameworks that never ask are offered what is left in DRF order, reserved agents apart. */
  readonly #rest: DrfOrder;
  readonly #waiting = new Set<Client>();
  readonly #ends: ExpectedEnds;
  readonly #ledger: GrantLedger;
  #now: Micros = 0;
  /** Of the oldest ask that waits for room. */
  #reservation: Reservation | undefined;
  /** What it is for, when all that waited then found no room: until an agent changes only newer asks can. */
  #head: Waiting | undefined;
  #newestSeen = -1;
  /** When the ask that is being looked at would end. */
  #candidateEnd: Micros = Infinity;

  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#rest = new DrfOrder(books, random);
    this.#ends = new ExpectedEnds(books);
    this.#ledger = new GrantLedger(this.#ends);
    books.hooks.relisted = (client) => {
      if (books.isWilling(client) && !client.asks.isEmpty) this.#waiting.add(client);
      else if (this.#waiting.delete(client) && client === this.#head?.client) this.#head = undefined;
    };
    books.hooks.held = (client, agent, resources, sign, offer?: OfferId) =>
      this.#ledger.held(client, agent, resources, sign, offer);
    books.hooks.allows = (_client, agent, wanted) => this.#leavesReservation(agent, wanted);
    books.hooks.keeps = () => {
      const { client, timeUs = Infinity } = this.#reservation ?? {};
      if (client === undefined) return undefined;
      const why = `room is kept for ${client.framework.info.name} in role ${client.rolePath}, the oldest that waits`;
      return timeUs === Infinity ? { why } : { why: `${why}, which can start`, atUs: timeUs };
    };
  }

  walk(visit: Visit): void {
    this.#rest.walk(visit);
  }

  firstAsking(): Client | undefined {
    return this.#queue()[0]?.client;
  }

  precedes(a: Client, b: Client): boolean {
    return (a.asks.oldest?.sequence ?? Infinity) < (b.asks.oldest?.sequence ?? Infinity);
  }

  /** O(asks that wait), or those that are new while no agent changed; O(what runs) when one has to be reserved for. */
  serve(now: Micros, market: Market): void {
    this.#now = now;
    const before = this.#reservation?.agents ?? [];
    const { nextAsk, work } = this.#books;
    const isKept = this.#head !== undefined && work.areAgentsClean && (this.#reservation?.timeUs ?? 0) > now;
    if (!isKept) this.#reservation = undefined;
    const hopeless = new Set<Resources>();
    const queue = isKept ? this.#newer() : this.#queue();
    if (!isKept || !market.isWhole) this.#head = undefined;
    for (const { client, ask } of queue) {
      this.#candidateEnd = this.#endOf(ask);
      while (ask.left > 0 && market.isAllowed(client, ask)) {
        // What fitted nowhere a moment ago fits nowhere now: grants only take.
        if (this.#reservation !== undefined && hopeless.has(ask.resources) && !market.isListenedTo) break;
        const agents = market.place(client, ask);
        if (agents.length > 0) {
          market.grant(client, ask, agents);
          continue;
        }
        if (this.#reservation === undefined) {
          this.#reservation = this.#ends.reserve(client, ask, now);
          if (this.#reservation !== undefined && market.isWhole) this.#head = { client, ask };
        } else if (this.#fitsNowhere(ask)) hopeless.add(ask.resources);
        break;
      }
    }
    this.#newestSeen = nextAsk - 1;
    this.#candidateEnd = Infinity;
    this.#reopen(before);
  }

  granted(client: Client, ask: QueuedAsk, offers: readonly Offer[]): void {
    this.#ledger.granted(client, offers, this.#endOf(ask));
  }

  snapshot(): EasyState {
    return { grants: this.#ledger.snapshot(), reserved: this.#reservation?.agents ?? [] };
  }

  restore({ grants, reserved }: EasyState): void {
    this.#ledger.restore(this.#books, grants);
    this.#reservation =
      reserved.length === 0
        ? undefined
        : { client: undefined, agents: reserved, timeUs: Infinity, needs: new Map() };
  }

  #endOf({ estimateUs }: QueuedAsk): Micros {
    return estimateUs === undefined ? Infinity : this.#now + estimateUs;
  }

  /** All that wait, in order of arrival. */
  #queue(): Waiting[] {
    const queue: Waiting[] = [];
    for (const client of this.#waiting) for (const ask of client.asks.toArray()) queue.push({ client, ask });
    return queue.sort((a, b) => a.ask.sequence - b.ask.sequence);
  }

  /** What came after the last run, in order of arrival. */
  #newer(): Waiting[] {
    const queue: Waiting[] = [];
    for (const client of this.#waiting) {
      for (let place = client.asks.length - 1; place >= 0; place--) {
        const ask = client.asks.at(place) as QueuedAsk;
        if (ask.sequence <= this.#newestSeen) break;
        queue.push({ client, ask });
      }
    }
    return queue.sort((a, b) => a.ask.sequence - b.ask.sequence);
  }

  #fitsNowhere(ask: QueuedAsk): boolean {
    const { pool } = this.#books;
    // What is reserved is room for some and not for others.
    if (ask.allOrNothing || pool.reserved?.isEmpty === false) return false;
    return pool.firstFit(ask.resources, 0, undefined) < 0;
  }

  /** Something that starts now on the agent ends before the reservation, or leaves room for it there. */
  #leavesReservation(agent: AgentId, wanted: Resources): boolean {
    const reservation = this.#reservation;
    if (reservation === undefined || this.#candidateEnd <= reservation.timeUs) return true;
    return this.#ends.leavesRoom(reservation, agent, wanted, this.#now);
  }

  /** Agents that are reserved no more may be offered to frameworks that never ask. */
  #reopen(before: readonly AgentId[]): void {
    const { pool, misses, work } = this.#books;
    for (const agent of before) {
      if (this.#reservation?.needs.has(agent) === true || !pool.has(agent)) continue;
      misses.forgetAgent(agent);
      work.markAgent(agent);
    }
  }
}
