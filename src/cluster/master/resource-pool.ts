import { kindOf, nameCount } from '../resources/kinds.js';
import { compareReserved } from '../resources/reserved-order.js';
import { ResourceBag, Resources } from '../resources/resources.js';

/**
 * The running pool of an ACCEPT: what was offered, less what its operations took. One per master, used again
 * and again: plain amounts lie in a scratch column by kind id, everything else in an immutable bag.
 */
export class ResourcePool {
  #plain = new Float64Array(16);
  /** Kind ids whose entry in {@link #plain} may not be 0, ascending. */
  #kinds: number[] = [];
  #special = Resources.EMPTY;
  /** All that is in it, when it is one bag that was added: the amounts above are not looked at then. */
  #whole: Resources | undefined;

  /** Makes it empty. */
  clear(): void {
    this.#whole = undefined;
    if (this.#kinds.length > 0) {
      for (const kind of this.#kinds) this.#plain[kind] = 0;
      this.#kinds.length = 0;
    }
    this.#special = Resources.EMPTY;
  }

  add(resources: Resources): void {
    if (this.#whole === undefined && this.#kinds.length === 0 && this.#special.isEmpty) {
      this.#whole = resources;
      return;
    }
    this.#spill();
    this.#addListed(resources);
  }

  #addListed(resources: Resources): void {
    if (this.#plain.length < nameCount()) this.#grow();
    for (let i = 0; i < resources.plainCount; i++) {
      const kind = resources.kinds[i];
      if (this.#plain[kind] === 0) this.#remember(kind);
      this.#plain[kind] += resources.amounts[i];
    }
    if (!resources.isPlain) this.#special = this.#special.plus(resources.specialPart());
  }

  contains(resources: Resources): boolean {
    if (this.#whole !== undefined) return this.#whole.contains(resources);
    for (let i = 0; i < resources.plainCount; i++) {
      // A name that came after the column was made is not in it, and so not in the pool.
      if (!(this.#plain[resources.kinds[i]] >= resources.amounts[i])) return false;
    }
    return resources.isPlain || this.#special.contains(resources.specialPart());
  }

  /** Takes the resources out when they are all there. */
  take(resources: Resources): boolean {
    if (this.#whole === resources) {
      this.#whole = undefined;
      return true;
    }
    if (!this.contains(resources)) return false;
    this.#spill();
    for (let i = 0; i < resources.plainCount; i++) this.#plain[resources.kinds[i]] -= resources.amounts[i];
    if (!resources.isPlain) this.#special = this.#special.minus(resources.specialPart());
    return true;
  }

  /** What is left. */
  rest(): Resources {
    if (this.#whole !== undefined) return this.#whole;
    if (this.#kinds.length === 0) return this.#special;
    const kinds: number[] = [];
    const amounts: number[] = [];
    for (const kind of this.#kinds) {
      if (this.#plain[kind] === 0) continue;
      kinds.push(kind);
      amounts.push(this.#plain[kind]);
    }
    if (kinds.length === 0) return this.#special;
    return new Resources(kinds, amounts).plus(this.#special);
  }

  /**
   * Finds resources of the quantities of `need` (plain), reserved ones first and of those what fewest others may use, and
   * takes them out. Volumes, whole disks and revocable resources are left alone.
   */
  takeQuantities(need: Resources): Resources | undefined {
    this.#spill();
    if (this.#special.isEmpty) return this.take(need) ? need : undefined;
    const found = new ResourceBag();
    const { amounts } = this.#special;
    const special = this.#special.kinds.map((id, j) => ({ kind: kindOf(id), amount: amounts[j] }));
    special.sort((a, b) => compareReserved(a.kind, b.kind));
    for (let i = 0; i < need.kinds.length; i++) {
      let missing = need.amounts[i];
      for (const { kind, amount } of special) {
        if (missing === 0) break;
        if (kind.nameId !== need.kinds[i] || kind.type !== 'SCALAR') continue;
        if (kind.unitMilli > 0 || kind.shared || kind.revocable) continue;
        const part = Math.min(missing, amount);
        found.add(kind.id, part);
        missing -= part;
      }
      found.add(need.kinds[i], missing);
    }
    const resources = found.toResources();
    return this.take(resources) ? resources : undefined;
  }

  #spill(): void {
    const whole = this.#whole;
    if (whole === undefined) return;
    this.#whole = undefined;
    this.#addListed(whole);
  }

  #remember(kind: number): void {
    if (this.#kinds.includes(kind)) return;
    this.#kinds.push(kind);
    // Mostly in order already: offers come sorted.
    for (let i = this.#kinds.length - 1; i > 0 && this.#kinds[i - 1] > kind; i--) {
      this.#kinds[i] = this.#kinds[i - 1];
      this.#kinds[i - 1] = kind;
    }
  }

  #grow(): void {
    const bigger = new Float64Array(nameCount() * 2);
    bigger.set(this.#plain);
    this.#plain = bigger;
  }
}
