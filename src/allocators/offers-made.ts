import type { Offer } from '../cluster/protocol.js';
import { longer } from './bookkeeping/longer.js';

/**
 * Offers of the running cycle, told framework by framework in order of their first offers. They are one list, in which
 * numbers lead from each to the next of its framework: a Map of lists cost as much as the offers where most frameworks get
 * few. The list is made anew for every run, since what lives on gets old and takes the young offers in it along.
 */
export class OffersMade {
  #offers: Offer[] = [];
  #length = 0;
  /** Where the first offers of frameworks are. */
  #firsts: number[] = [];
  /** By offer, where the next of its framework is; 0: there is none. */
  #next = new Int32Array(256);
  /** By framework, one more than where its last offer is; 0: it has none. */
  #last = new Int32Array(64);
  /** By framework. */
  #count = new Int32Array(64);

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @param most offers that a run can make as a rule: a list that grows leaves half of what it takes behind as garbage */
  begin(most: number): void {
    this.#offers = new Array<Offer>(most);
  }

  /** @returns where it is */
  add(offer: Offer): number {
    const { framework } = offer;
    const at = this.#length++;
    if (at === this.#next.length) this.#next = longer(this.#next, 2 * at);
    if (framework >= this.#last.length) {
      this.#last = longer(this.#last, 2 * (framework + 1));
      this.#count = longer(this.#count, 2 * (framework + 1));
    }
    const last = this.#last[framework];
    if (last === 0) this.#firsts.push(at);
    else this.#next[last - 1] = at;
    this.#count[framework]++;
    this.#next[at] = 0;
    this.#last[framework] = at + 1;
    this.#offers[at] = offer;
    return at;
  }

  at(place: number): Offer {
    return this.#offers[place];
  }

  replace(place: number, offer: Offer): void {
    this.#offers[place] = offer;
  }

  /** Takes all out. @returns the lists of the frameworks */
  take(): Offer[][] {
    const [offers, firsts] = [this.#offers, this.#firsts];
    this.#offers = [];
    this.#firsts = [];
    offers.length = this.#length;
    this.#length = 0;
    return firsts.map((first) => {
      const { framework } = offers[first];
      const list = firsts.length === 1 ? offers : this.#listFrom(first, offers, this.#count[framework]);
      this.#last[framework] = 0;
      this.#count[framework] = 0;
      return list;
    });
  }

  #listFrom(first: number, offers: readonly Offer[], count: number): Offer[] {
    const list = new Array<Offer>(count);
    let at = first;
    for (let i = 0; i < count; i++, at = this.#next[at]) list[i] = offers[at];
    return list;
  }
}
