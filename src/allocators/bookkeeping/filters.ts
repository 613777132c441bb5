import type { AgentId, Micros } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { ClientId } from './holdings.js';

const NONE = -1;

/** One filter as a person or a snapshot sees it. */
export interface FilterRecord {
  readonly client: ClientId;
  readonly agent: AgentId;
  readonly refused: Resources;
  /** First instant at which it no longer counts. */
  readonly endsUs: Micros;
}

/**
 * Offer filters: a client does not want an agent's resources again for a while.
 *
 * Rows in columns, chained per agent; all filters that end at one instant form a bucket, so that the hundred thousand
 * declines of one batch cost one timer. Dropping a client's filters (REVIVE, R-6.4) only raises its generation: its old
 * rows are taken away by the next look at their agents, or with their buckets.
 */
export class Filters {
  #client = new Int32Array(256);
  #agent = new Int32Array(256);
  #generation = new Int32Array(256);
  #nextOfAgent = new Int32Array(256);
  #previousOfAgent = new Int32Array(256);
  #nextInBucket = new Int32Array(256);
  #previousInBucket = new Int32Array(256);
  #endsUs = new Float64Array(256);
  readonly #refused: (Resources | undefined)[] = [];
  #length = 0;
  #unused = NONE;
  readonly #firstOfAgent: number[] = [];
  readonly #clientGeneration: number[] = [];
  /** Rows per client that may count; never too low. */
  readonly #rowsOfClient: number[] = [];
  readonly #agentGeneration: number[] = [];
  /** First row of every bucket, by end, {@link NONE} when all its rows are gone; and the ends in ascending order. */
  readonly #buckets = new Map<Micros, number>();
  readonly #ends: Micros[] = [];

  add(client: ClientId, agent: AgentId, refused: Resources, endsUs: Micros): void {
    if (endsUs === Infinity) throw new RangeError('a filter ends');
    const row = this.#allocate();
    this.#client[row] = client;
    this.#agent[row] = agent;
    this.#generation[row] = this.#generationOf(client, agent);
    this.#rowsOfClient[client] = (this.#rowsOfClient[client] ?? 0) + 1;
    this.#refused[row] = refused;
    this.#endsUs[row] = endsUs;
    const second = this.#firstOfAgent[agent] ?? NONE;
    this.#nextOfAgent[row] = second;
    this.#previousOfAgent[row] = NONE;
    if (second !== NONE) this.#previousOfAgent[second] = row;
    this.#firstOfAgent[agent] = row;
    const first = this.#buckets.get(endsUs);
    if (first === undefined) this.#ends.splice(insertion(this.#ends, endsUs), 0, endsUs);
    else if (first !== NONE) this.#previousInBucket[first] = row;
    this.#nextInBucket[row] = first ?? NONE;
    this.#previousInBucket[row] = NONE;
    this.#buckets.set(endsUs, row);
  }

  /** True when a living filter of the client on the agent holds all of the candidate offer. */
  hides(client: ClientId, agent: AgentId, candidate: Resources): boolean {
    return this.find(client, agent, candidate) !== undefined;
  }

  /** The filter that hides the candidate, for explanations. */
  find(client: ClientId, agent: AgentId, candidate: Resources): FilterRecord | undefined {
    let next = NONE;
    for (let row = this.#firstOfAgent[agent] ?? NONE; row !== NONE; row = next) {
      next = this.#nextOfAgent[row];
      const owner = this.#client[row];
      if (this.#generation[row] !== this.#generationOf(owner, agent)) {
        this.#unlinkFromBucket(row);
        this.#remove(row);
        continue;
      }
      if (owner !== client) continue;
      const refused = this.#refused[row] as Resources;
      if (refused.contains(candidate)) return { client, agent, refused, endsUs: this.#endsUs[row] };
    }
    return undefined;
  }

  /** False when no filter of the client can count. */
  mayHave(client: ClientId): boolean {
    return (this.#rowsOfClient[client] ?? 0) > 0;
  }

  hasAny(agent: AgentId): boolean {
    return (this.#firstOfAgent[agent] ?? NONE) !== NONE;
  }

  /** REVIVE, deactivation, leaving a role: the client's filters are gone. */
  dropClient(client: ClientId): void {
    this.#clientGeneration[client] = (this.#clientGeneration[client] ?? 0) + 1;
    this.#rowsOfClient[client] = 0;
  }

  /** Changed attributes or removal: all filters on the agent are gone. */
  dropAgent(agent: AgentId): void {
    this.#agentGeneration[agent] = (this.#agentGeneration[agent] ?? 0) + 1;
  }

  /** When the next filter ends; Infinity when there is none. */
  nextEnd(): Micros {
    return this.#ends.length > 0 ? this.#ends[0] : Infinity;
  }

  /** Ends all filters whose time has come; tells of each that still counted. */
  expire(now: Micros, ended: (client: ClientId, agent: AgentId) => void): void {
    while (this.#ends.length > 0 && this.#ends[0] <= now) {
      const end = this.#ends.shift() as Micros;
      let row = this.#buckets.get(end) as number;
      this.#buckets.delete(end);
      while (row !== NONE) {
        const next = this.#nextInBucket[row];
        const [client, agent] = [this.#client[row], this.#agent[row]];
        const counts = this.#generation[row] === this.#generationOf(client, agent);
        this.#remove(row);
        if (counts) {
          this.#rowsOfClient[client]--;
          ended(client, agent);
        }
        row = next;
      }
    }
  }

  /** All filters that count, ordered by end, client, agent. */
  records(): FilterRecord[] {
    const found: FilterRecord[] = [];
    for (let first of this.#buckets.values()) {
      for (; first !== NONE; first = this.#nextInBucket[first]) {
        const [client, agent] = [this.#client[first], this.#agent[first]];
        if (this.#generation[first] !== this.#generationOf(client, agent)) continue;
        const refused = this.#refused[first] as Resources;
        found.push({ client, agent, refused, endsUs: this.#endsUs[first] });
      }
    }
    // Buckets list the newest first; a restored copy adds them again from the oldest on.
    return found.reverse().sort((a, b) => a.endsUs - b.endsUs || a.client - b.client || a.agent - b.agent);
  }

  #generationOf(client: ClientId, agent: AgentId): number {
    return (this.#clientGeneration[client] ?? 0) + (this.#agentGeneration[agent] ?? 0);
  }

  /** Takes a row out of its agent's chain and makes it free for another filter. */
  #remove(row: number): void {
    const [previous, next] = [this.#previousOfAgent[row], this.#nextOfAgent[row]];
    if (previous === NONE) this.#firstOfAgent[this.#agent[row]] = next;
    else this.#nextOfAgent[previous] = next;
    if (next !== NONE) this.#previousOfAgent[next] = previous;
    this.#refused[row] = undefined;
    this.#nextInBucket[row] = this.#unused;
    this.#unused = row;
  }

  #unlinkFromBucket(row: number): void {
    const [previous, next] = [this.#previousInBucket[row], this.#nextInBucket[row]];
    if (previous === NONE) this.#buckets.set(this.#endsUs[row], next);
    else this.#nextInBucket[previous] = next;
    if (next !== NONE) this.#previousInBucket[next] = previous;
  }

  #allocate(): number {
    if (this.#unused !== NONE) {
      const row = this.#unused;
      this.#unused = this.#nextInBucket[row];
      return row;
    }
    if (this.#length === this.#client.length) this.#grow();
    return this.#length++;
  }

  #grow(): void {
    const size = this.#client.length * 2;
    this.#client = longer(this.#client, size);
    this.#agent = longer(this.#agent, size);
    this.#generation = longer(this.#generation, size);
    this.#nextOfAgent = longer(this.#nextOfAgent, size);
    this.#previousOfAgent = longer(this.#previousOfAgent, size);
    this.#nextInBucket = longer(this.#nextInBucket, size);
    this.#previousInBucket = longer(this.#previousInBucket, size);
    const ends = new Float64Array(size);
    ends.set(this.#endsUs);
    this.#endsUs = ends;
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

function longer(values: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(size);
  copy.set(values);
  return copy;
}
