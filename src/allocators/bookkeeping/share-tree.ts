import { CPUS, MEM } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { SortedChildren, type NodeId, type View } from './sorted-children.js';
import { SpecialUse } from './special-use.js';
import { Tabs } from './tabs.js';

/** Touched nodes from which on, if they are a good part of all, everything is sorted at once. */
const MANY = 32;

export { ASKING, OFFERABLE, type NodeId, type View } from './sorted-children.js';

/**
 * Hierarchical dominant shares with an order that is kept, not computed.
 *
 * Nodes are roles, one `.` leaf per role that has frameworks of its own, and below it a node per framework. A node's
 * share is max over names of used/total, divided by its weight; ties go to the lower count of allocations, then to the
 * name in byte order. Every parent keeps its listed children sorted ({@link SortedChildren}); a charge only marks the
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

  /** Not kept up to date for touched nodes. */
  readonly #share: number[] = [];
  readonly #count: number[] = [];
  /** Milli-units used in the subtree: a row of {@link #width} amounts by name for every node. */
  #used = new Float64Array(64);
  #width = 4;
  readonly #childCount: number[] = [];
  readonly #order = new SortedChildren(this.name);
  readonly #tabs = new Tabs();
  readonly #touchedFlag: boolean[] = [];
  readonly #touched: NodeId[] = [];
  #touchedCount = 0;
  readonly #unused: NodeId[] = [];
  readonly #total: readonly number[];
  readonly #excluded: ReadonlySet<number>;
  /** Names that count in shares: there is some of them in the cluster, and rows of {@link #used} have room for them. */
  #counted: number[] = [];
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
    this.#touchedFlag[node] = false;
    this.#order.add(node, parent);
    return node;
  }

  /** Removes an unlisted node without children; what it used must have been credited. */
  removeNode(node: NodeId): void {
    this.settle();
    this.#childCount[this.parent[node]]--;
    this.#order.remove(node, this.parent[node]);
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
    return this.#shareNow(node);
  }

  /** By node. */
  shares(): readonly number[] {
    this.settle();
    return [...this.#share];
  }

  /** Numbers of allocations so far, by node. */
  counts(): readonly number[] {
    this.#carry();
    return [...this.#count];
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
      this.#touch(node);
    }
  }

  /** Where charges of plain resources to framework nodes are noted. */
  get tabs(): Tabs {
    return this.#tabs;
  }

  /** Opens the tab of a framework node. @returns where its amounts by name id begin in those of {@link tabs} */
  tab(leaf: NodeId): number {
    return this.#tabs.of(leaf, this.#total.length);
  }

  /** Notes an allocation on the open tab of a framework node. */
  countAllocation(leaf: NodeId): void {
    this.#tabs.allocations[leaf]++;
  }

  /** Reserved scalars of an agent come (sign 1) or go (-1): they count for their owner's node and all above it. */
  chargeReserved(owner: NodeId, nameId: number, amount: number): void {
    this.#carry();
    for (let node = owner; node !== ShareTree.ROOT; node = this.parent[node]) {
      this.#use(node, nameId, amount);
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
    if (this.#order.isListed(leaf, view) === listed) return;
    this.settle();
    let node = leaf;
    while (node !== ShareTree.ROOT) {
      const parent = this.parent[node];
      const siblings = this.#order.list(node, parent, view, listed);
      // The parent changes sides only with its first or last child.
      if (parent === ShareTree.ROOT || siblings !== (listed ? 1 : 0)) return;
      node = parent;
    }
  }

  isListed(leaf: NodeId, view: View): boolean {
    return this.#order.isListed(leaf, view);
  }

  /** Listed children in the order in which they are served. Valid until the next change. */
  children(node: NodeId, view: View): readonly NodeId[] {
    return this.#order.of(node, view);
  }

  /** The framework node served next in the view, or -1. */
  first(view: View): NodeId {
    this.settle();
    let node: NodeId = ShareTree.ROOT;
    for (;;) {
      const children = this.#order.of(node, view);
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
      this.#shareNow(a) - this.#shareNow(b) || this.#count[a] - this.#count[b] || this.#order.byName(a, b)
    );
  }

  /** Brings the order up to date with all charges so far. */
  settle(): void {
    if (this.#stale) {
      this.#resort();
      return;
    }
    this.#carry();
    if (this.#touchedCount > MANY && this.#touchedCount * 8 > this.parent.length) {
      this.#resort();
      return;
    }
    for (let i = 0; i < this.#touchedCount; i++) {
      const node = this.#touched[i];
      this.#touchedFlag[node] = false;
      this.#share[node] = this.#computeShare(node);
      this.#order.move(node, this.parent[node], this.#share[node], this.#count[node]);
    }
    this.#touchedCount = 0;
  }

  /** Adds what is noted on tabs to all nodes above them. */
  #carry(): void {
    const tabs = this.#tabs;
    const { open } = tabs;
    while (open.length > 0) {
      const leaf = open.pop() as NodeId;
      if (tabs.width > this.#width) this.#widen(tabs.width);
      const { amounts } = tabs;
      const from = leaf * tabs.width;
      const width = Math.min(tabs.width, this.#total.length);
      for (let node = leaf; node !== ShareTree.ROOT; node = this.parent[node]) {
        const row = node * this.#width;
        for (let name = 0; name < width; name++) this.#used[row + name] += amounts[from + name];
        this.#count[node] += tabs.allocations[leaf];
        this.#touch(node);
      }
      tabs.close(leaf);
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

  #resort(): void {
    this.#stale = false;
    this.#carry();
    this.#countNames();
    this.#touchedCount = 0;
    this.#touchedFlag.fill(false);
    this.#computeShares();
    this.#order.sort(this.#share, this.#count);
  }

  #countNames(): void {
    this.#counted = [];
    for (let name = 0; name < Math.min(this.#width, this.#total.length); name++) {
      if (this.#total[name] > 0 && !this.#excluded.has(name)) this.#counted.push(name);
    }
  }

  #shareNow(node: NodeId): number {
    return this.#touchedFlag[node] ? this.#computeShare(node) : this.#share[node];
  }

  /** {@link #computeShare} of all: with a thousand frameworks, this is what a change of the totals costs. */
  #computeShares(): void {
    const [used, width, share, weight, counted] = [
      this.#used,
      this.#width,
      this.#share,
      this.weight,
      this.#counted,
    ];
    const totals = counted.map((name) => this.#total[name]);
    for (let node = 0; node < share.length; node++) {
      const row = node * width;
      let most = 0;
      for (let i = 0; i < counted.length; i++) {
        const amount = used[row + counted[i]];
        if (amount === 0) continue;
        const part = amount / totals[i];
        if (part > most) most = part;
      }
      share[node] = weight[node] === 1 ? most : most / weight[node];
    }
  }

  #computeShare(node: NodeId): number {
    const row = node * this.#width;
    const counted = this.#counted;
    let share = 0;
    for (let i = 0; i < counted.length; i++) {
      const name = counted[i];
      const used = this.#used[row + name];
      if (used === 0) continue;
      const part = used / this.#total[name];
      if (part > share) share = part;
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
    this.#countNames();
  }
}
