import { longer, widerRows } from './longer.js';
import type { NodeId } from './sorted-children.js';

/**
 * Plain amounts and allocations of framework nodes that are noted and not carried up the share tree yet. A tab takes the next
 * free row: as a rule one is open at a time, and its row stays in the cache.
 */
export class Tabs {
  /** {@link width} amounts by name id for every tab. */
  amounts = new Float64Array(64);
  width = 4;
  /** By tab. */
  allocations = new Int32Array(16);
  /** By tab. */
  #nodes = new Int32Array(16);
  /** How many are open. */
  count = 0;
  /** By node, one more than its tab; 0: it has none. */
  #tabs = new Int32Array(64);

  /** @param names ids that occur are below it @returns the tab of the node, opened if need be */
  of(node: NodeId, names: number): number {
    if (node >= this.#tabs.length) this.#tabs = longer(this.#tabs, 2 * (node + 1));
    if (names > this.width) this.#reserve(this.allocations.length, names);
    const open = this.#tabs[node];
    if (open > 0) return open - 1;
    const tab = this.count++;
    if (tab === this.allocations.length) this.#reserve(2 * tab, names);
    this.#nodes[tab] = node;
    this.#tabs[node] = tab + 1;
    return tab;
  }

  nodeOf(tab: number): NodeId {
    return this.#nodes[tab];
  }

  /** What was noted has been carried up. */
  closeAll(): void {
    // As a rule there is one: a loop costs less than to call fill().
    for (let i = 0; i < this.count * this.width; i++) this.amounts[i] = 0;
    for (let tab = 0; tab < this.count; tab++) {
      this.allocations[tab] = 0;
      this.#tabs[this.#nodes[tab]] = 0;
    }
    this.count = 0;
  }

  #reserve(tabs: number, names: number): void {
    const width = Math.max(names, this.width);
    this.amounts = widerRows(this.amounts, this.width, tabs, width);
    this.width = width;
    if (tabs === this.allocations.length) return;
    this.allocations = longer(this.allocations, tabs);
    this.#nodes = longer(this.#nodes, tabs);
  }
}
