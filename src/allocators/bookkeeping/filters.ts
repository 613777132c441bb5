import type { AgentId, Micros } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { ClientId } from './holdings.js';
import { longer } from './longer.js';
import { FILTER, PairBits } from './pair-bits.js';

const NONE = -1;

/** Filters per page. */
const PAGE = 16;

/** Agents per chunk of a client's index, and the bits of an agent's id that lead into it. */
const CHUNK_BITS = 5;
const CHUNK = 1 << CHUNK_BITS;
const IN_CHUNK = CHUNK - 1;

/** Places per slab of chunks. */
const SLAB_BITS = 15;
const SLAB = 1 << SLAB_BITS;
const IN_SLAB = SLAB - 1;

/** One filter as a person or a snapshot sees it. */
export interface FilterRecord {
  readonly client: ClientId;
  readonly agent: AgentId;
  readonly refused: Resources;
  /** First instant at which it no longer counts. */
  readonly endsUs: Micros;
}

/** What the filters know of one client. */
interface ClientFilters {
  /** Goes up when all its filters are dropped. */
  generation: number;
  /** Filters that may count; never too low. */
  count: number;
  /** Page that takes its next filter, if that ends when the page does. */
  page: number;
  /** Where its chunks of {@link Filters.#slabs} begin, by agents; 0: there is none. */
  readonly chunks: number[];
}

/**
 * Offer filters: a client does not want an agent's resources again for a while.
 *
 * A DECLINE of ten thousand offers makes as many filters of one client and one end, so that is how they lie: rows in pages
 * of {@link PAGE}, each page of one client and one end, the pages of one end in a bucket. A row costs three stores, and
 * all of a bucket end together. Per client an index by agent leads to the newest row, and rows to the older ones of the
 * same agent. Dropping a client's filters (REVIVE, R-6.4) only clears the index: a row that it does not lead to does not
 * count, and goes with its bucket.
 */
export class Filters {
  #agent = new Int32Array(32 * PAGE);
  /** One more than the row of the next older filter of the client on the agent; 0: there is none. */
  #older = new Int32Array(32 * PAGE);
  readonly #refused: (Resources | undefined)[] = [];
  readonly #pageClient: ClientId[] = [];
  readonly #pageGeneration: number[] = [];
  readonly #pageEndsUs: Micros[] = [];
  readonly #pageRows: number[] = [];
  readonly #freePages: number[] = [];
  readonly #clients: (ClientFilters | undefined)[] = [];
  /**
   * One more than the row of the newest filter of a client on an agent, in chunks that clients get when they need them; 0:
   * there is none. The first chunk stays 0, for those who have none. Chunks lie in slabs: an array that doubles makes the
   * engine look through the whole heap for memory.
   */
  readonly #slabs: Int32Array[] = [new Int32Array(SLAB)];
  #chunkEnd = CHUNK;
  /** Chunks of zeros that clients without filters gave back. */
  readonly #spareChunks: number[] = [];
  readonly #bits: PairBits;
  /** Pages by end, and the ends in ascending order. */
  readonly #buckets = new Map<Micros, number[]>();
  readonly #ends: Micros[] = [];

  /** @param bits say of which pairs there may be a filter */
  constructor(bits = new PairBits()) {
    this.#bits = bits;
  }

  add(client: ClientId, agent: AgentId, refused: Resources, endsUs: Micros): void {
    if (endsUs === Infinity) throw new RangeError('a filter ends');
    const filters = (this.#clients[client] ??= { generation: 0, count: 0, page: NONE, chunks: [] });
    let page = filters.page;
    if (page === NONE || this.#pageEndsUs[page] !== endsUs || this.#pageRows[page] === PAGE) {
      page = filters.page = this.#newPage(client, filters.generation, endsUs);
    }
    const row = page * PAGE + this.#pageRows[page]++;
    while (filters.chunks.length <= agent >> CHUNK_BITS) filters.chunks.push(0);
    const chunk = (filters.chunks[agent >> CHUNK_BITS] ||= this.#spareChunks.pop() ?? this.#newChunk());
    const place = chunk + (agent & IN_CHUNK);
    this.#agent[row] = agent;
    this.#refused[row] = refused;
    const slab = this.#slabs[place >> SLAB_BITS];
    this.#older[row] = slab[place & IN_SLAB];
    slab[place & IN_SLAB] = row + 1;
    this.#bits.set(FILTER, agent, client);
    filters.count++;
  }

  /** True when a living filter of the client on the agent holds all of the candidate offer. */
  hides(client: ClientId, agent: AgentId, candidate: Resources): boolean {
    return this.#find(client, agent, candidate) !== NONE;
  }

  /** The filter that hides the candidate, for explanations. */
  find(client: ClientId, agent: AgentId, candidate: Resources): FilterRecord | undefined {
    const row = this.#find(client, agent, candidate);
    if (row === NONE) return undefined;
    const endsUs = this.#pageEndsUs[Math.floor(row / PAGE)];
    return { client, agent, refused: this.#refused[row] as Resources, endsUs };
  }

  /** False when no filter of the client can count. */
  mayHave(client: ClientId): boolean {
    return (this.#clients[client]?.count ?? 0) > 0;
  }

  /** REVIVE, deactivation, leaving a role: the client's filters are gone. */
  dropClient(client: ClientId): void {
    const filters = this.#clients[client];
    if (filters === undefined || filters.count === 0) return;
    filters.generation++;
    filters.count = 0;
    filters.page = NONE;
    for (const chunk of filters.chunks) if (chunk !== 0) this.#clear(chunk);
    this.#bits.clearClient(FILTER, client);
    this.#giveBackChunks(filters);
  }

  /** Changed attributes or removal: all filters on the agent are gone. */
  dropAgent(agent: AgentId): void {
    for (const filters of this.#clients) {
      if (filters === undefined || filters.count === 0) continue;
      const place = placeOf(filters, agent);
      for (let next = this.#newest(place); next !== 0; next = this.#older[next - 1]) filters.count--;
      if (this.#newest(place) !== 0) this.#setNewest(place, 0);
      if (filters.count === 0) this.#giveBackChunks(filters);
    }
    this.#bits.clearAgent(FILTER, agent);
  }

  /** When the next filter ends; Infinity when there is none. */
  nextEnd(): Micros {
    return this.#ends.length > 0 ? this.#ends[0] : Infinity;
  }

  /** Ends all filters whose time has come; tells of each that still counted. */
  expire(now: Micros, ended: (client: ClientId, agent: AgentId) => void): void {
    while (this.#ends.length > 0 && this.#ends[0] <= now) {
      const end = this.#ends.shift() as Micros;
      const pages = this.#buckets.get(end) as number[];
      this.#buckets.delete(end);
      for (const page of pages) this.#endPage(page, ended);
    }
  }

  /** All filters that count, ordered by end, client, agent, age. */
  records(): FilterRecord[] {
    const found: FilterRecord[] = [];
    for (const [endsUs, pages] of this.#buckets) {
      for (const page of pages) {
        const client = this.#pageClient[page];
        for (let row = page * PAGE; row < page * PAGE + this.#pageRows[page]; row++) {
          if (!this.#counts(row)) continue;
          found.push({ client, agent: this.#agent[row], refused: this.#refused[row] as Resources, endsUs });
        }
      }
    }
    return found.sort((a, b) => a.endsUs - b.endsUs || a.client - b.client || a.agent - b.agent);
  }

  #find(client: ClientId, agent: AgentId, candidate: Resources): number {
    if (!this.#bits.has(FILTER, agent, client)) return NONE;
    const filters = this.#clients[client];
    if (filters === undefined) return NONE;
    for (let next = this.#newest(placeOf(filters, agent)); next !== 0; next = this.#older[next - 1]) {
      if ((this.#refused[next - 1] as Resources).contains(candidate)) return next - 1;
    }
    return NONE;
  }

  #counts(row: number): boolean {
    const page = Math.floor(row / PAGE);
    const filters = this.#clients[this.#pageClient[page]] as ClientFilters;
    if (this.#pageGeneration[page] !== filters.generation) return false;
    const agent = this.#agent[row];
    let next = this.#newest(placeOf(filters, agent));
    while (next !== 0 && next !== row + 1) next = this.#older[next - 1];
    return next !== 0;
  }

  #endPage(page: number, ended: (client: ClientId, agent: AgentId) => void): void {
    const client = this.#pageClient[page];
    const filters = this.#clients[client] as ClientFilters;
    if (this.#pageGeneration[page] === filters.generation) {
      const end = page * PAGE + this.#pageRows[page];
      for (let row = page * PAGE; row < end; row++) {
        const agent = this.#agent[row];
        if (!this.#unlink(filters, agent, row)) continue;
        filters.count--;
        if (this.#newest(placeOf(filters, agent)) === 0) this.#bits.clear(FILTER, agent, client);
        ended(client, agent);
      }
      if (filters.page === page) filters.page = NONE;
      if (filters.count === 0) this.#giveBackChunks(filters);
    }
    this.#freePages.push(page);
  }

  /** A client without filters needs no index. */
  #giveBackChunks(filters: ClientFilters): void {
    for (const chunk of filters.chunks) if (chunk !== 0) this.#spareChunks.push(chunk);
    filters.chunks.fill(0);
  }

  #newChunk(): number {
    const chunk = this.#chunkEnd;
    this.#chunkEnd += CHUNK;
    if (chunk === this.#slabs.length * SLAB) this.#slabs.push(new Int32Array(SLAB));
    return chunk;
  }

  #newest(place: number): number {
    return this.#slabs[place >> SLAB_BITS][place & IN_SLAB];
  }

  #setNewest(place: number, next: number): void {
    this.#slabs[place >> SLAB_BITS][place & IN_SLAB] = next;
  }

  #clear(chunk: number): void {
    this.#slabs[chunk >> SLAB_BITS].fill(0, chunk & IN_SLAB, (chunk & IN_SLAB) + CHUNK);
  }

  /** Takes a row out of the list of its agent. False: it was not in it. */
  #unlink(filters: ClientFilters, agent: AgentId, row: number): boolean {
    const place = placeOf(filters, agent);
    let next = this.#newest(place);
    if (next === row + 1) {
      this.#setNewest(place, this.#older[row]);
      return true;
    }
    while (next !== 0) {
      const newer = next - 1;
      next = this.#older[newer];
      if (next !== row + 1) continue;
      this.#older[newer] = this.#older[row];
      return true;
    }
    return false;
  }

  #newPage(client: ClientId, generation: number, endsUs: Micros): number {
    const page = this.#freePages.pop() ?? this.#pageClient.length;
    this.#pageClient[page] = client;
    this.#pageGeneration[page] = generation;
    this.#pageEndsUs[page] = endsUs;
    this.#pageRows[page] = 0;
    if ((page + 1) * PAGE > this.#agent.length) {
      this.#agent = longer(this.#agent, 2 * this.#agent.length);
      this.#older = longer(this.#older, 2 * this.#older.length);
    }
    while (this.#refused.length < (page + 1) * PAGE) this.#refused.push(undefined);
    const pages = this.#buckets.get(endsUs);
    if (pages !== undefined) pages.push(page);
    else {
      this.#ends.splice(insertion(this.#ends, endsUs), 0, endsUs);
      this.#buckets.set(endsUs, [page]);
    }
    return page;
  }
}

/** Where the index of a client says which filter on the agent is its newest. */
function placeOf(filters: ClientFilters, agent: AgentId): number {
  return (filters.chunks[agent >> CHUNK_BITS] ?? 0) + (agent & IN_CHUNK);
}

/** First position in an ascending list whose value is not below `value`. */
function insertion(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
