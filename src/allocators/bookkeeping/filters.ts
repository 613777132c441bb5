import type { AgentId, Micros } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { ClientId } from './holdings.js';
import { longer } from './longer.js';
import { FILTER, PairBits } from './pair-bits.js';

const NONE = -1;

/** Filters per page. */
const PAGE = 4;

/** Rows per block of a column of objects. */
const BLOCK_BITS = 10;
const BLOCK = 1 << BLOCK_BITS;
const IN_BLOCK = BLOCK - 1;

/** Places per chunk of a client's index, and the bits of an agent's id that lead into one. */
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
  /** Its index: by agents where a chunk of {@link Filters.#slabs} begins that leads to further ones; 0: there is none. */
  readonly index: number[];
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
  /** By row, in blocks: to double a list of so many is garbage by the megabyte. */
  readonly #refused: (Resources | undefined)[][] = [];
  #pageClient = new Int32Array(32);
  #pageGeneration = new Int32Array(32);
  #pageEndsUs = new Float64Array(32);
  #pageRows = new Int32Array(32);
  #pageCount = 0;
  readonly #freePages: number[] = [];
  readonly #clients: (ClientFilters | undefined)[] = [];
  /**
   * Indexes are trees of chunks that clients get when they need them: of a client's list one leads to others, and those hold
   * one more than the row of the newest filter on an agent; 0: there is none. The first chunk stays 0, for those who have
   * none. Chunks lie in slabs: an array that doubles makes the engine look through the whole heap for memory.
   */
  readonly #slabs: Int32Array[] = [new Int32Array(SLAB)];
  #chunkEnd = CHUNK;
  /** Chunks of zeros that were given back. */
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
    const filters = (this.#clients[client] ??= { generation: 0, count: 0, page: NONE, index: [] });
    let page = filters.page;
    if (page === NONE || this.#pageEndsUs[page] !== endsUs || this.#pageRows[page] === PAGE) {
      page = filters.page = this.#newPage(client, filters.generation, endsUs);
    }
    const row = page * PAGE + this.#pageRows[page]++;
    const place = this.#makePlace(filters.index, agent);
    this.#agent[row] = agent;
    this.#refused[row >> BLOCK_BITS][row & IN_BLOCK] = refused;
    this.#older[row] = this.#at(place);
    this.#put(place, row + 1);
    this.#bits.set(FILTER, agent, client);
    filters.count++;
  }

  /** True when a living filter of the client on the agent holds all of the candidate offer. */
  hides(client: ClientId, agent: AgentId, candidate: Resources): boolean {
    return this.#find(client, agent, candidate) !== NONE;
  }

  /** The filter that hides the candidate longest, for explanations. */
  find(client: ClientId, agent: AgentId, candidate: Resources): FilterRecord | undefined {
    let found: FilterRecord | undefined;
    for (
      let row = this.#find(client, agent, candidate);
      row !== NONE;
      row = this.#firstOf(this.#older[row], candidate)
    ) {
      const endsUs = this.#pageEndsUs[Math.floor(row / PAGE)];
      if (found !== undefined && found.endsUs >= endsUs) continue;
      found = { client, agent, refused: this.#refusedIn(row), endsUs };
    }
    return found;
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
    this.#bits.clearClient(FILTER, client);
    this.#giveBack(filters.index);
  }

  /** Changed attributes or removal: all filters on the agent are gone. */
  dropAgent(agent: AgentId): void {
    for (const filters of this.#clients) {
      if (filters === undefined || filters.count === 0) continue;
      const place = this.#placeOf(filters.index, agent);
      for (let next = this.#at(place); next !== 0; next = this.#older[next - 1]) filters.count--;
      if (this.#at(place) !== 0) this.#put(place, 0);
      if (filters.count === 0) this.#giveBack(filters.index);
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

  /** All filters that count, in no particular order. */
  records(): FilterRecord[] {
    const found: FilterRecord[] = [];
    for (const [endsUs, pages] of this.#buckets) {
      for (const page of pages) {
        const client = this.#pageClient[page];
        for (let row = page * PAGE; row < page * PAGE + this.#pageRows[page]; row++) {
          if (!this.#counts(row)) continue;
          found.push({ client, agent: this.#agent[row], refused: this.#refusedIn(row), endsUs });
        }
      }
    }
    return found;
  }

  #find(client: ClientId, agent: AgentId, candidate: Resources): number {
    if (!this.#bits.has(FILTER, agent, client)) return NONE;
    const filters = this.#clients[client];
    if (filters === undefined) return NONE;
    return this.#firstOf(this.#at(this.#placeOf(filters.index, agent)), candidate);
  }

  /** @param next one more than the row where the search begins */
  #firstOf(next: number, candidate: Resources): number {
    for (let at = next; at !== 0; at = this.#older[at - 1]) {
      if (this.#refusedIn(at - 1).contains(candidate)) return at - 1;
    }
    return NONE;
  }

  #counts(row: number): boolean {
    const page = Math.floor(row / PAGE);
    const filters = this.#clients[this.#pageClient[page]] as ClientFilters;
    if (this.#pageGeneration[page] !== filters.generation) return false;
    const agent = this.#agent[row];
    let next = this.#at(this.#placeOf(filters.index, agent));
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
        if (this.#at(this.#placeOf(filters.index, agent)) === 0) this.#bits.clear(FILTER, agent, client);
        ended(client, agent);
      }
      if (filters.page === page) filters.page = NONE;
      if (filters.count === 0) this.#giveBack(filters.index);
    }
    this.#freePages.push(page);
  }

  #addPage(): number {
    const page = this.#pageCount++;
    if (page === this.#pageRows.length) {
      this.#agent = longer(this.#agent, 2 * page * PAGE);
      this.#older = longer(this.#older, 2 * page * PAGE);
      this.#pageClient = longer(this.#pageClient, 2 * page);
      this.#pageGeneration = longer(this.#pageGeneration, 2 * page);
      this.#pageEndsUs = longer(this.#pageEndsUs, 2 * page);
      this.#pageRows = longer(this.#pageRows, 2 * page);
    }
    if (page * PAGE === this.#refused.length * BLOCK) {
      this.#refused.push(new Array<Resources | undefined>(BLOCK).fill(undefined));
    }
    return page;
  }

  #refusedIn(row: number): Resources {
    return this.#refused[row >> BLOCK_BITS][row & IN_BLOCK] as Resources;
  }

  /** Where an index says which filter on the agent is the newest. */
  #placeOf(index: readonly number[], agent: AgentId): number {
    const above = (index[agent >> (2 * CHUNK_BITS)] ?? 0) + ((agent >> CHUNK_BITS) & IN_CHUNK);
    return this.#at(above) + (agent & IN_CHUNK);
  }

  /** The same; what leads there is made. */
  #makePlace(index: number[], agent: AgentId): number {
    const first = agent >> (2 * CHUNK_BITS);
    while (index.length <= first) index.push(0);
    const above = (index[first] ||= this.#takeChunk()) + ((agent >> CHUNK_BITS) & IN_CHUNK);
    if (this.#at(above) === 0) this.#put(above, this.#takeChunk());
    return this.#at(above) + (agent & IN_CHUNK);
  }

  /** A client without filters needs no index. */
  #giveBack(index: number[]): void {
    for (const above of index) {
      if (above === 0) continue;
      for (let i = above; i < above + CHUNK; i++) if (this.#at(i) !== 0) this.#giveBackChunk(this.#at(i));
      this.#giveBackChunk(above);
    }
    index.length = 0;
  }

  #takeChunk(): number {
    const spare = this.#spareChunks.pop();
    if (spare !== undefined) return spare;
    const chunk = this.#chunkEnd;
    this.#chunkEnd += CHUNK;
    if (chunk === this.#slabs.length * SLAB) this.#slabs.push(new Int32Array(SLAB));
    return chunk;
  }

  #giveBackChunk(chunk: number): void {
    this.#slabs[chunk >> SLAB_BITS].fill(0, chunk & IN_SLAB, (chunk & IN_SLAB) + CHUNK);
    this.#spareChunks.push(chunk);
  }

  #at(place: number): number {
    return this.#slabs[place >> SLAB_BITS][place & IN_SLAB];
  }

  #put(place: number, entry: number): void {
    this.#slabs[place >> SLAB_BITS][place & IN_SLAB] = entry;
  }

  /** Takes a row out of the list of its agent. False: it was not in it. */
  #unlink(filters: ClientFilters, agent: AgentId, row: number): boolean {
    const place = this.#placeOf(filters.index, agent);
    let next = this.#at(place);
    if (next === row + 1) {
      this.#put(place, this.#older[row]);
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
    const page = this.#freePages.pop() ?? this.#addPage();
    this.#pageClient[page] = client;
    this.#pageGeneration[page] = generation;
    this.#pageEndsUs[page] = endsUs;
    this.#pageRows[page] = 0;
    const pages = this.#buckets.get(endsUs);
    if (pages !== undefined) pages.push(page);
    else {
      this.#ends.splice(insertion(this.#ends, endsUs), 0, endsUs);
      this.#buckets.set(endsUs, [page]);
    }
    return page;
  }
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
