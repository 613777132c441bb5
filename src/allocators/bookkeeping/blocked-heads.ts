import { CPUS, MEM } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { ClientId } from './holdings.js';

const GROUP = 64;

/**
 * Oldest asks that fit nowhere, as dense columns of what they need of cpus and mem with the minimum per 64 clients: an agent
 * that gains room looks only at groups where somebody might fit. What else an ask needs is checked by the caller.
 */
export class BlockedHeads {
  count = 0;
  #cpus = new Float64Array(GROUP).fill(Infinity);
  #mem = new Float64Array(GROUP).fill(Infinity);
  #lowCpus = new Float64Array(1).fill(Infinity);
  #lowMem = new Float64Array(1).fill(Infinity);
  readonly #found: ClientId[] = [];

  add(client: ClientId, wanted: Resources): void {
    if (client >= this.#cpus.length) this.#grow(client);
    if (this.#cpus[client] === Infinity) this.count++;
    this.#cpus[client] = wanted.amountOf(CPUS);
    this.#mem[client] = wanted.amountOf(MEM);
    this.#lower(client);
  }

  has(client: ClientId): boolean {
    return client < this.#cpus.length && this.#cpus[client] !== Infinity;
  }

  remove(client: ClientId): void {
    if (!this.has(client)) return;
    this.count--;
    this.#cpus[client] = Infinity;
    this.#mem[client] = Infinity;
    this.#lower(client);
  }

  clients(): ClientId[] {
    const found: ClientId[] = [];
    for (let client = 0; client < this.#cpus.length; client++) if (this.has(client)) found.push(client);
    return found;
  }

  /** The blocked clients whose cpus and mem are at most these; the list is valid until the next call. */
  within(freeCpus: number, freeMem: number): readonly ClientId[] {
    const found = this.#found;
    while (found.length > 0) found.pop();
    for (let group = 0; group < this.#lowCpus.length; group++) {
      if (this.#lowCpus[group] > freeCpus || this.#lowMem[group] > freeMem) continue;
      const end = (group + 1) * GROUP;
      for (let client = group * GROUP; client < end; client++) {
        if (this.#cpus[client] <= freeCpus && this.#mem[client] <= freeMem) found.push(client);
      }
    }
    return found;
  }

  #lower(client: ClientId): void {
    const group = (client / GROUP) | 0;
    let [cpus, mem] = [Infinity, Infinity];
    for (let each = group * GROUP; each < (group + 1) * GROUP; each++) {
      if (this.#cpus[each] < cpus) cpus = this.#cpus[each];
      if (this.#mem[each] < mem) mem = this.#mem[each];
    }
    this.#lowCpus[group] = cpus;
    this.#lowMem[group] = mem;
  }

  #grow(client: ClientId): void {
    const groups = Math.max(Math.ceil((client + 1) / GROUP), this.#lowCpus.length * 2);
    this.#cpus = widened(this.#cpus, groups * GROUP);
    this.#mem = widened(this.#mem, groups * GROUP);
    this.#lowCpus = widened(this.#lowCpus, groups);
    this.#lowMem = widened(this.#lowMem, groups);
  }
}

function widened(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(length).fill(Infinity);
  wider.set(values);
  return wider;
}
