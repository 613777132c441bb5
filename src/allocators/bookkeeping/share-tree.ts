import { CPUS, MEM } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { compareBytes } from '../../cluster/roles.js';
import { SpecialUse } from './special-use.js';
import { Tabs } from './tabs.js';

export type NodeId = number;

/** Which order a node stands in: those that may be offered whole agents, or those that wait with an ask. */
export type View = 0 | 1;
export const OFFERABLE: View = 0;
export const ASKING: View = 1;

/** Steps that a moved entry takes one by one before its place is searched for. */
const NEAR = 16;

/**
 * Hierarchical dominant shares with an order that is kept, not computed.
 *
 * Nodes are roles, one `.` leaf per role that has frameworks of its own, and below it a node per framework. A node's
 * share is max over names of used/total, divided by its weight; ties go to the lower count of allocations, then to the
 * name in byte order. Every parent keeps its listed children sorted in an array per view; a charge only marks the
 * nodes it changed, and {@link settle} moves them before the order is read next. What comes in thousands, the whole offers of
 * a framework, is noted on a tab of the framework, which is carried up the tree when something is asked for.
 */
export class ShareTree {
  static readonly ROOT: NodeId = 0;

  readonly parent: NodeId[] = [];
  readonly name: string[] = [];
  readonly weight: number[] = [];
  /** How what is not plain counts. */
  readonly special = new SpecialUse();
  /** The client of a framework node, -1 for others. */
  readonly client: number[] = [];

  readonly #share: number[] = [];
  readonly #count: number[] = [];
  /** Milli-units used in the subtree: a row of {@link #width} amounts by name for every node. */
  #used = new Float64Array(64);
  #width = 4;
  readonly #childCount: number[] = [];
  readonly #sortedShare: number[] = [];
  readonly #sortedCount: number[] = [];
  /** Sorted listed children per node, for each view. */
  readonly #lists: NodeId[][][] = [[], []];
  readonly #listed: boolean[][] = [[], []];
  readonly #tabs = new Tabs();
  readonly #touchedFlag: boolean[] = [];
  readonly #touched: NodeId[] = [];
  #touchedCount = 0;
  readonly #unused: NodeId[] = [];
  readonly #total: readonly number[];
  readonly #excluded: ReadonlySet<number>;
  #stale = false;

  /**
   * @param total amount of every name in the cluster; the caller changes it in place and calls {@link totalsChanged}
   * @param excluded name ids that do not count in shares
   */
  constructor(total: readonly number[], excluded: ReadonlySet<number>) {
    this.#total = total;
    this.#excluded = excluded;
    this.addNode(-1, '', -1);
  }

  addNode(parent: NodeId, name: string, client: number): NodeId {
    const node = this.#unused.pop() ?? this.parent.length;
    this.parent[node] = parent;
    this.name[node] = name;
    this.weight[node] = 1;
    this.client[node] = client;
    this.special.rolePath[node] = undefined;
    this.#share[node] = 0;
    this.#count[node] = 0;
    if ((node + 1) * this.#width > this.#used.length) {
      const longer = new Float64Array(2 * (node + 1) * this.#width);
      longer.set(this.#used);
      this.#used = longer;
    }
    this.#used.fill(0, node * this.#width, (node + 1) * this.#width);
    this.#childCount[node] = 0;
    if (parent >= 0) this.#childCount[parent]++;
    this.#sortedShare[node] = 0;
    this.#sortedCount[node] = 0;
    this.#touchedFlag[node] = false;
    for (const view of [OFFERABLE, ASKING]) {
      this.#lists[view][node] = [];
      this.#listed[view][node] = false;
    }
    return node;
  }

  /** Removes an unlisted node without children; what it used must have been credited. */
  removeNode(node: NodeId): void {
    this.settle();
    this.#childCount[this.parent[node]]--;
    this.parent[node] = -1;
    this.client[node] = -1;
    this.#unused.push(node);
  }

  /** Nodes right below this one, listed or not. */
  childCount(node: NodeId): number {
    return this.#childCount[node];
  }

  setWeight(node: NodeId, weight: number): void {
    this.#carry();
    this.weight[node] = weight;
    this.#share[node] = this.#computeShare(node);
    this.#touch(node);
  }

  setCount(node: NodeId, count: number): void {
    this.#carry();
    this.#count[node] = count;
    this.#touch(node);
  }

  /** Weighted dominant share. */
  shareOf(node: NodeId): number {
    if (this.#stale) this.#resort();
    else this.#carry();
    return this.#share[node];
  }

  /** By node. */
  shares(): readonly number[] {
    this.settle();
    return [...this.#share];
  }

  /** Number of allocations so far. */
  countOf(node: NodeId): number {
    this.#carry();
    return this.#count[node];
  }

  /** Amount of a name used in the node's subtree. */
  used(node: NodeId, nameId: number): number {
    this.#carry();
    return nameId < this.#width ? this.#used[node * this.#width + nameId] : 0;
  }

  /** The cluster's totals changed: all shares are computed anew before the order is read next. */
  totalsChanged(): void {
    this.#stale = true;
  }

  /**
   * Charges (sign 1) or credits (-1) a framework node and all above it.
   * @param allocations added to the count of allocations
   */
  charge(leaf: NodeId, agent: number, resources: Resources, sign: 1 | -1, allocations: number): void {
    for (let node = leaf; node !== ShareTree.ROOT; node = this.parent[node]) {
      if (resources.isCpusMem) {
        const row = node * this.#width;
        this.#used[row + CPUS] += sign * resources.cpus;
        this.#used[row + MEM] += sign * resources.mem;
      } else {
        this.#chargeListed(node, agent, resources, sign);
      }
      this.#count[node] += allocations;
      this.#share[node] = this.#computeShare(node);
      this.#touch(node);
    }
  }

  /**
   * Where charges of plain resources to a framework node are noted: amounts by name id, for the caller to change until the
   * next call of any method.
   */
  tab(leaf: NodeId): Float64Array {
    return this.#tabs.of(leaf, this.#total.length);
  }

  /** And an allocation of it. */
  countAllocation(leaf: NodeId): void {
    this.#tabs.countAllocation(leaf);
  }

  /** Reserved scalars of an agent come (sign 1) or go (-1): they count for their owner's node and all above it. */
  chargeReserved(owner: NodeId, nameId: number, amount: number): void {
    this.#carry();
    for (let node = owner; node !== ShareTree.ROOT; node = this.parent[node]) {
      this.#use(node, nameId, amount);
      this.#share[node] = this.#computeShare(node);
      this.#touch(node);
    }
  }

  /** Something counts for the node. */
  isCharged(node: NodeId): boolean {
    for (let name = 0; name < this.#width; name++)
      if (this.#used[node * this.#width + name] !== 0) return true;
    return false;
  }

  /** Puts a framework node into a view's order, or takes it out; roles follow their frameworks. */
  list(leaf: NodeId, view: View, listed: boolean): void {
    if (this.#listed[view][leaf] === listed) return;
    this.settle();
    let node = leaf;
    while (node !== ShareTree.ROOT) {
      const parent = this.parent[node];
      const siblings = this.#lists[view][parent];
      if (listed) siblings.splice(this.#position(siblings, node), 0, node);
      else siblings.splice(this.#position(siblings, node), 1);
      this.#listed[view][node] = listed;
      // The parent changes sides only with its first or last child.
      if (parent === ShareTree.ROOT || siblings.length !== (listed ? 1 : 0)) return;
      node = parent;
    }
  }

  isListed(leaf: NodeId, view: View): boolean {
    return this.#listed[view][leaf];
  }

  /** Listed children in the order in which they are served. Valid until the next change. */
  children(node: NodeId, view: View): readonly NodeId[] {
    return this.#lists[view][node];
  }

  /** The framework node served next in the view, or -1. */
  first(view: View): NodeId {
    this.settle();
    const lists = this.#lists[view];
    let node: NodeId = ShareTree.ROOT;
    for (;;) {
      const children = lists[node];
      if (children.length === 0) return node === ShareTree.ROOT ? -1 : node;
      node = children[0];
    }
  }

  /** True when framework node `a` is served before `b`, by current shares: their branches compare where they part. */
  precedes(a: NodeId, b: NodeId): boolean {
    if (this.parent[a] === this.parent[b]) return this.compare(a, b) < 0;
    const [branchA, branchB] = this.parting(a, b);
    return this.compare(branchA, branchB) < 0;
  }

  /** The siblings at which the ways from the root to two different framework nodes part. */
  parting(a: NodeId, b: NodeId): [NodeId, NodeId] {
    let [depthA, depthB] = [this.#depth(a), this.#depth(b)];
    let [nodeA, nodeB] = [a, b];
    for (; depthA > depthB; depthA--) nodeA = this.parent[nodeA];
    for (; depthB > depthA; depthB--) nodeB = this.parent[nodeB];
    while (this.parent[nodeA] !== this.parent[nodeB]) {
      nodeA = this.parent[nodeA];
      nodeB = this.parent[nodeB];
    }
    return [nodeA, nodeB];
  }

  /** Order of siblings by their current shares. */
  compare(a: NodeId, b: NodeId): number {
    if (this.#stale) this.#resort();
    else this.#carry();
    return (
      this.#share[a] - this.#share[b] ||
      this.#count[a] - this.#count[b] ||
      compareBytes(this.name[a], this.name[b])
    );
  }

  /** Brings the order up to date with all charges so far. */
  settle(): void {
    if (this.#stale) {
      this.#resort();
      return;
    }
    this.#carry();
    for (let i = 0; i < this.#touchedCount; i++) this.#reposition(this.#touched[i]);
    this.#touchedCount = 0;
  }

  /** Adds what is noted on tabs to all nodes above them. */
  #carry(): void {
    const { open } = this.#tabs;
    while (open.length > 0) {
      const leaf = open.pop() as NodeId;
      const amounts = this.#tabs.of(leaf, 0);
      if (amounts.length > this.#width) this.#widen(amounts.length);
      for (let node = leaf; node !== ShareTree.ROOT; node = this.parent[node]) {
        const row = node * this.#width;
        for (let name = 0; name < amounts.length; name++) this.#used[row + name] += amounts[name];
        this.#count[node] += this.#tabs.allocations(leaf);
        this.#share[node] = this.#computeShare(node);
        this.#touch(node);
      }
      this.#tabs.close(leaf);
    }
  }

  #depth(node: NodeId): number {
    let depth = 0;
    for (let at = node; at !== ShareTree.ROOT; at = this.parent[at]) depth++;
    return depth;
  }

  #touch(node: NodeId): void {
    if (this.#touchedFlag[node]) return;
    this.#touchedFlag[node] = true;
    this.#touched[this.#touchedCount++] = node;
  }

  #reposition(node: NodeId): void {
    this.#touchedFlag[node] = false;
    const parent = this.parent[node];
    const offerable = this.#listed[OFFERABLE][node] ? this.#lists[OFFERABLE][parent] : undefined;
    const asking = this.#listed[ASKING][node] ? this.#lists[ASKING][parent] : undefined;
    const at = offerable === undefined || offerable.length === 1 ? -1 : this.#position(offerable, node);
    const atAsking = asking === undefined || asking.length === 1 ? -1 : this.#position(asking, node);
    this.#sortedShare[node] = this.#share[node];
    this.#sortedCount[node] = this.#count[node];
    if (offerable !== undefined && at >= 0) this.#move(offerable, at);
    if (asking !== undefined && atAsking >= 0) this.#move(asking, atAsking);
  }

  /** Moves the entry at a position to where its new keys belong; the others are in order. Most go a few places. */
  #move(list: NodeId[], at: number): void {
    const node = list[at];
    let to = at;
    const near = Math.min(list.length - 1, at + NEAR);
    while (to < near && this.#sortedCompare(list[to + 1], node) < 0) list[to] = list[++to];
    if (to === near && to < list.length - 1) {
      const last = this.#positionIn(list, node, to + 1, list.length) - 1;
      while (to < last) list[to] = list[++to];
    }
    if (to === at) {
      const low = Math.max(0, at - NEAR);
      while (to > low && this.#sortedCompare(node, list[to - 1]) < 0) list[to] = list[--to];
      if (to === low && to > 0) {
        const first = this.#positionIn(list, node, 0, to);
        while (to > first) list[to] = list[--to];
      }
    }
    list[to] = node;
  }

  /** Where a node stands in a sorted list, or would stand, by the keys the list is sorted by. */
  #position(list: readonly NodeId[], node: NodeId): number {
    return this.#positionIn(list, node, 0, list.length);
  }

  /** The same within a part of the list, from `low` to before `high`. */
  #positionIn(list: readonly NodeId[], node: NodeId, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sortedCompare(list[middle], node) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #sortedCompare(a: NodeId, b: NodeId): number {
    const share = this.#sortedShare[a] - this.#sortedShare[b];
    if (share !== 0) return share;
    const count = this.#sortedCount[a] - this.#sortedCount[b];
    return count !== 0 ? count : compareBytes(this.name[a], this.name[b]);
  }

  #resort(): void {
    this.#stale = false;
    this.#carry();
    this.#touchedCount = 0;
    this.#touchedFlag.fill(false);
    for (let node = 0; node < this.parent.length; node++) {
      this.#share[node] = this.#computeShare(node);
      this.#sortedShare[node] = this.#share[node];
      this.#sortedCount[node] = this.#count[node];
    }
    for (const lists of this.#lists) {
      for (const list of lists) if (list.length > 1) list.sort((a, b) => this.#sortedCompare(a, b));
    }
  }

  #computeShare(node: NodeId): number {
    const total = this.#total;
    const row = node * this.#width;
    let share = 0;
    for (let name = 0; name < this.#width; name++) {
      const used = this.#used[row + name];
      if (used === 0 || !(total[name] > 0)) continue;
      const part = used / total[name];
      if (part > share && (this.#excluded.size === 0 || !this.#excluded.has(name))) share = part;
    }
    return share / this.weight[node];
  }

  #chargeListed(node: NodeId, agent: number, resources: Resources, sign: 1 | -1): void {
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) this.#use(node, kinds[i], sign * amounts[i]);
    if (plainCount === kinds.length) return;
    this.special.forEach(node, agent, resources, sign, (name, amount) => this.#use(node, name, amount));
  }

  #use(node: NodeId, nameId: number, amount: number): void {
    if (nameId >= this.#width) this.#widen(nameId);
    this.#used[node * this.#width + nameId] += amount;
  }

  #widen(nameId: number): void {
    const width = nameId + 4;
    const wider = new Float64Array((this.#used.length / this.#width) * width);
    for (let node = 0; node < this.parent.length; node++) {
      wider.set(this.#used.subarray(node * this.#width, (node + 1) * this.#width), node * width);
    }
    this.#used = wider;
    this.#width = width;
  }
}
