import type { Digest } from '../digest.js';
import type { FrameworkId, OfferId } from '../ids.js';
import type { Offer } from '../protocol.js';
import { mixResources } from '../resource-digest.js';

/**
 * The live offers by id. Ids only grow and most offers are answered soon, so a ring indexed by the low bits of the id
 * holds them; the few that outlive a turn of the ring move to a map.
 */
export class OfferTable {
  #ring: (Offer | undefined)[] = new Array<Offer | undefined>(1024).fill(undefined);
  readonly #old = new Map<OfferId, Offer>();
  #size = 0;
  #next: OfferId = 0;

  /** Number of live offers. */
  get size(): number {
    return this.#size;
  }

  /** The id of the next offer: also the number made so far. */
  get nextId(): OfferId {
    return this.#next;
  }

  /** The next number, for an inverse offer. */
  takeId(): OfferId {
    return this.#next++;
  }

  /** Numbers the offer and keeps it. */
  add(offer: Offer): void {
    offer.id = this.#next++;
    let slot = offer.id & (this.#ring.length - 1);
    let lingering = this.#ring[slot];
    while (lingering !== undefined) {
      if (this.#size * 2 <= this.#ring.length) {
        this.#old.set(lingering.id, lingering);
        break;
      }
      this.#grow();
      slot = offer.id & (this.#ring.length - 1);
      lingering = this.#ring[slot];
    }
    this.#ring[slot] = offer;
    this.#size++;
  }

  /** The live offer of that id. */
  get(id: OfferId): Offer | undefined {
    const offer = this.#ring[id & (this.#ring.length - 1)];
    if (offer !== undefined && offer.id === id) return offer;
    return this.#old.size > 0 ? this.#old.get(id) : undefined;
  }

  /** Takes out the live offers among these that are the framework's. */
  removeOf(framework: FrameworkId, ids: readonly OfferId[]): Offer[] {
    // Often thousands: a list that grows as it is filled takes three times the memory.
    const removed = new Array<Offer>(ids.length);
    let count = 0;
    for (const id of ids) {
      const offer = this.get(id);
      if (offer === undefined || offer.framework !== framework) continue;
      this.remove(id);
      removed[count++] = offer;
    }
    if (count < removed.length) removed.length = count;
    return removed;
  }

  remove(id: OfferId): Offer | undefined {
    const slot = id & (this.#ring.length - 1);
    const offer = this.#ring[slot];
    if (offer !== undefined && offer.id === id) {
      this.#ring[slot] = undefined;
      this.#size--;
      return offer;
    }
    const old = this.#old.size > 0 ? this.#old.get(id) : undefined;
    if (old !== undefined) {
      this.#old.delete(id);
      this.#size--;
    }
    return old;
  }

  /** The live offers that pass, oldest first. Looks at the whole table: for rare events. */
  where(passes: (offer: Offer) => boolean): Offer[] {
    if (this.#size === 0) return [];
    const found = [...this.#old.values()].filter(passes);
    for (const offer of this.#ring) if (offer !== undefined && passes(offer)) found.push(offer);
    return found.sort((a, b) => a.id - b.id);
  }

  mixInto(digest: Digest): void {
    digest.double(this.#next);
    for (const offer of this.where(() => true)) {
      digest.double(offer.id);
      digest.word(offer.framework);
      digest.word(offer.role);
      digest.word(offer.agent);
      digest.word(offer.ask === undefined ? 0 : 1);
      mixResources(digest, offer.resources);
    }
  }

  /** Only offers of the ring itself are re-placed: at twice the size two of them never meet in one slot again. */
  #grow(): void {
    const bigger = new Array<Offer | undefined>(this.#ring.length * 2).fill(undefined);
    for (const offer of this.#ring) {
      if (offer !== undefined) bigger[offer.id & (bigger.length - 1)] = offer;
    }
    this.#ring = bigger;
  }
}
