import { longer, widerRows } from './longer.js';

/**
 * Plain amounts and allocations of framework nodes that are noted and not carried up the share tree yet: rows of numbers by
 * node, since notes come for one node after another.
 */
export class Tabs {
  /** Nodes with something on their tab. */
  readonly open: number[] = [];
  /** {@link width} amounts by name id for every node. */
  amounts = new Float64Array(256);
  width = 4;
  /** By node. */
  allocations = new Int32Array(64);
  #isOpen = new Uint8Array(64);

  /** @param names ids that occur are below it @returns where the node's amounts begin */
  of(node: number, names: number): number {
    if (node >= this.#isOpen.length || names > this.width) this.#reserve(node, names);
    if (this.#isOpen[node] === 0) {
      this.#isOpen[node] = 1;
      this.open.push(node);
    }
    return node * this.width;
  }

  /** What was noted of the node has been carried up. */
  close(node: number): void {
    const from = node * this.width;
    for (let i = from; i < from + this.width; i++) this.amounts[i] = 0;
    this.allocations[node] = 0;
    this.#isOpen[node] = 0;
  }

  #reserve(node: number, names: number): void {
    const before = this.#isOpen.length;
    const nodes = node < before ? before : 2 * (node + 1);
    const width = Math.max(names, this.width);
    this.amounts = widerRows(this.amounts, this.width, nodes, width);
    this.width = width;
    this.allocations = longer(this.allocations, nodes);
    this.#isOpen = longer(this.#isOpen, nodes);
  }
}
