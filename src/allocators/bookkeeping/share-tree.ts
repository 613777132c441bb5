import type { Resources } from '../../cluster/resources/resources.js';
import { DominantShares } from './dominant-shares.js';
import { FirstServed } from './first-served.js';
import { longer } from './longer.js';
import { OFFERABLE, SortedChildren, VIEWS, type NodeId, type View } from './sorted-children.js';
import { SpecialUse } from './special-use.js';
import { Tabs } from './tabs.js';

/** Touched nodes from which on, if they are a good part of all, whole lists are sorted and not node by node. */
const MANY = 32;
/** Siblings that are sorted as soon as the first of them is asked for. */
const FEW = 64;
/** The totals are taken to stay as they are when the order was settled as often without a change. */
const CALM = 64;

export { ASKING, OFFERABLE, type NodeId, type View } from './sorted-children.js';

/**
 * Hierarchical dominant shares with an order that is kept, not computed.
 *
 * Nodes are roles, one `.` leaf per role that has frameworks of its own, and below it a node per framework. A node's
 * share is max over names of used/total, divided by its weight; ties go to the lower count of allocations, then to the
 * name in byte order. Every parent keeps its listed children sorted ({@link SortedChildren}); a charge only marks the
 * nodes it changed, and {@link settle} moves them before the order is read next. When the totals change, so do all shares:
 * children are sorted anew when somebody asks for more than the first of them. What comes in thousands, the whole offers of a
 * framework, is noted on a tab of the framework, which is carried up the tree when something is asked for.
 */
export class ShareTree {
  static readonly ROOT: NodeId = 0;

  readonly parent: NodeId[] = [];
  readonly name: string[] = [];
  readonly weight: number[] = [];
  /** Another one after every change of a weight or of who may be offered whole agents. */
  revision = 0;
  /** How what is not plain counts. */
  readonly special = new SpecialUse();
  /** The client of a framework node, -1 for others. */
  readonly client: number[] = [];

  readonly #count: number[] = [];
  readonly #shares: DominantShares;
  readonly #childCount: number[] = [];
  readonly #order = new SortedChildren(this.name);
  /** Goes up when all shares are other ones, or many. */
  #epoch = 0;
  /** The epoch of the keys by which each node stands in the order, and that in which its children were sorted by theirs. */
  #keyedAt = new Float64Array(64);
  #sortedAt = new Float64Array(64);
  /** The totals changed last: it may be that they go on to. By view and parent who finds the first child then. */
  #isMoving = false;
  #firsts: (FirstServed | undefined)[][] = [[], []];
  /** How often the order was settled since the totals changed. */
  #settled = 0;
  readonly #tabs = new Tabs();
  #isTouched = new Uint8Array(64);
  readonly #touched: NodeId[] = [];
  #touchedCount = 0;
  readonly #unused: NodeId[] = [];
  readonly #total: readonly number[];
  #stale = false;

  /**
   * @param total amount of every name in the cluster; the caller changes it in place and calls {@link totalsChanged}
   * @param excluded name ids that do not count in shares
   */
  constructor(total: readonly number[], excluded: ReadonlySet<number>) {
    this.#total = total;
    this.#shares = new DominantShares(total, excluded);
    this.addNode(-1, '', -1);
  }

  addNode(parent: NodeId, name: string, client: number): NodeId {
    const node = this.#unused.pop() ?? this.parent.length;
    this.parent[node] = parent;
    this.name[node] = name;
    this.weight[node] = 1;
    this.client[node] = client;
    this.special.rolePath[node] = undefined;
    this.#count[node] = 0;
    if (node >= this.#keyedAt.length) {
      this.#keyedAt = longer(this.#keyedAt, 2 * node);
      this.#sortedAt = longer(this.#sortedAt, 2 * node);
      this.#isTouched = longer(this.#isTouched, 2 * node);
    }
    this.#keyedAt[node] = -1;
    this.#sortedAt[node] = this.#epoch;
    this.#shares.add(node);
    this.#childCount[node] = 0;
    if (parent >= 0) this.#childCount[parent]++;
    this.#isTouched[node] = 0;
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
    for (const view of VIEWS) this.#firsts[view][this.parent[node]] = undefined;
    this.revision++;
    this.#touch(node);
  }

  setCount(node: NodeId, count: number): void {
    this.#carry();
    this.#count[node] = count;
    this.#touch(node);
  }

  /** Weighted dominant share. */
  shareOf(node: NodeId): number {
    this.#bringUp();
    return this.#shareNow(node);
  }

  /** By node. */
  shares(): readonly number[] {
    this.#bringUp();
    return this.parent.map((_, node) => this.#shareNow(node));
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
    return this.#shares.used(node, nameId);
  }

  /** The cluster's totals changed: every share is computed anew before it is read next. */
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
        this.#shares.useCpusMem(node, sign * resources.cpus, sign * resources.mem);
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

  /** The tab of a framework node, opened if need be. */
  tab(leaf: NodeId): number {
    return this.#tabs.of(leaf, this.#total.length);
  }

  /** Reserved scalars of an agent come (sign 1) or go (-1): they count for their owner's node and all above it. */
  chargeReserved(owner: NodeId, nameId: number, amount: number): void {
    this.#carry();
    for (let node = owner; node !== ShareTree.ROOT; node = this.parent[node]) {
      this.#shares.use(node, nameId, amount);
      this.#touch(node);
    }
  }

  /** Something counts for the node. */
  isCharged(node: NodeId): boolean {
    return this.#shares.isUsed(node);
  }

  /** Puts a framework node into a view's order, or takes it out; roles follow their frameworks. */
  list(leaf: NodeId, view: View, listed: boolean): void {
    if (this.#order.isListed(leaf, view) === listed) return;
    this.settle();
    if (view === OFFERABLE) this.revision++;
    let node = leaf;
    while (node !== ShareTree.ROOT) {
      const parent = this.parent[node];
      if (listed) this.#readyKeys(node, parent);
      this.#firsts[view][parent] = undefined;
      const siblings = this.#order.list(node, parent, view, listed);
      // The parent changes sides only with its first or last child.
      if (parent === ShareTree.ROOT || siblings !== (listed ? 1 : 0)) return;
      node = parent;
    }
  }

  isListed(leaf: NodeId, view: View): boolean {
    return this.#order.isListed(leaf, view);
  }

  /** Somebody is listed. */
  isAnyListed(view: View): boolean {
    return this.#order.length(ShareTree.ROOT, view) > 0;
  }

  /** Listed children in the order in which they are served, after {@link settle}. Valid until the next change. */
  children(node: NodeId, view: View): readonly NodeId[] {
    if (this.#sortedAt[node] !== this.#epoch) this.#sortBelow(node);
    return this.#order.of(node, view);
  }

  /** The child at a place of {@link children}, or -1: where only the first are of interest this costs less. */
  childAt(node: NodeId, view: View, place: number): NodeId {
    if (this.#sortedAt[node] !== this.#epoch) this.#sortBelow(node);
    return this.#order.at(node, view, place);
  }

  /** The same in no particular order, which takes no time. */
  listed(node: NodeId, view: View): readonly NodeId[] {
    return this.#order.of(node, view);
  }

  /** The first of {@link children}, or -1. */
  firstChild(node: NodeId, view: View): NodeId {
    const isSorted = this.#sortedAt[node] === this.#epoch;
    if (!isSorted && this.#isMoving && this.#order.length(node, view) >= FEW) {
      return this.#firstOfMany(node, view);
    }
    return this.childAt(node, view, 0);
  }

  /** {@link firstChild} while all shares change again and again. */
  #firstOfMany(node: NodeId, view: View): NodeId {
    const known = this.#firsts[view][node];
    if (known?.isOfUse === true) return known.find();
    this.#sortBelow(node);
    const list = this.#order.of(node, view);
    const isPlain = list.every((child) => this.weight[child] === 1);
    this.#firsts[view][node] = isPlain
      ? new FirstServed(list, this.#shares, this.#byCountAndName)
      : undefined;
    return list[0];
  }

  /** The framework node served next in the view, or -1. */
  first(view: View): NodeId {
    this.settle();
    let node: NodeId = ShareTree.ROOT;
    for (;;) {
      const child = this.firstChild(node, view);
      if (child < 0) return node === ShareTree.ROOT ? -1 : node;
      node = child;
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
    this.#bringUp();
    return this.#shareNow(a) - this.#shareNow(b) || this.#byCountAndName(a, b);
  }

  readonly #byCountAndName = (a: NodeId, b: NodeId): number =>
    this.#count[a] - this.#count[b] || this.#order.byName(a, b);

  /** Order of siblings by their names, in bytes. */
  byName(a: NodeId, b: NodeId): number {
    return this.#order.byName(a, b);
  }

  /** Brings the order up to date with all charges so far. */
  settle(): void {
    this.#bringUp();
    const isMany = this.#touchedCount > MANY && this.#touchedCount * 8 > this.parent.length;
    if (isMany) this.#epoch++;
    if (this.#isMoving && (isMany || ++this.#settled > CALM)) {
      this.#isMoving = false;
      this.#firsts = [[], []];
    }
    for (let i = 0; i < this.#touchedCount; i++) {
      const node = this.#touched[i];
      this.#isTouched[node] = 0;
      if (this.#isMoving) this.#loosen(node);
      if (isMany) {
        this.#keyedAt[node] = -1;
        continue;
      }
      // Also among siblings whose keys are old: it will not be far from its place when they get theirs.
      this.#order.move(node, this.parent[node], this.#key);
    }
    this.#touchedCount = 0;
  }

  #loosen(node: NodeId): void {
    for (const view of VIEWS) {
      if (this.#order.isListed(node, view)) this.#firsts[view][this.parent[node]]?.loosen(node);
    }
  }

  /** Brings what shares are computed from up to date. */
  #bringUp(): void {
    this.#carry();
    if (!this.#stale) return;
    this.#stale = false;
    this.#isMoving = true;
    this.#settled = 0;
    this.#epoch++;
    this.#shares.totalsChanged();
  }

  /** Adds what is noted on tabs to all nodes above them. */
  #carry(): void {
    const tabs = this.#tabs;
    if (tabs.count === 0) return;
    const width = Math.min(tabs.width, this.#total.length);
    for (let tab = 0; tab < tabs.count; tab++) {
      for (let node = tabs.nodeOf(tab); node !== ShareTree.ROOT; node = this.parent[node]) {
        this.#shares.useRow(node, tabs.amounts, tab * tabs.width, width);
        this.#count[node] += tabs.allocations[tab];
        this.#touch(node);
      }
    }
    tabs.closeAll();
  }

  #depth(node: NodeId): number {
    let depth = 0;
    for (let at = node; at !== ShareTree.ROOT; at = this.parent[at]) depth++;
    return depth;
  }

  #touch(node: NodeId): void {
    if (this.#isTouched[node] === 1) return;
    this.#isTouched[node] = 1;
    this.#touched[this.#touchedCount++] = node;
  }

  #shareNow(node: NodeId): number {
    const isKeyed = this.#keyedAt[node] === this.#epoch && this.#isTouched[node] === 0;
    return isKeyed ? this.#order.share[node] : this.#computeShare(node);
  }

  #computeShare(node: NodeId): number {
    return this.#shares.of(node) / this.weight[node];
  }

  /** Sorts the listed children of a node by the keys they have now. */
  #sortBelow(node: NodeId): void {
    this.#sortedAt[node] = this.#epoch;
    this.#order.sort(node, this.#key);
  }

  /** Gives a node its keys before it is listed; one that is in the other view's list must not be changed alone. */
  #readyKeys(node: NodeId, parent: NodeId): void {
    if (this.#keyedAt[node] === this.#epoch) return;
    if (VIEWS.some((view) => this.#order.isListed(node, view))) this.#sortBelow(parent);
    else this.#key(node);
  }

  readonly #key = (node: NodeId): void => {
    this.#keyedAt[node] = this.#epoch;
    this.#order.share[node] = this.#computeShare(node);
    this.#order.count[node] = this.#count[node];
  };

  #chargeListed(node: NodeId, agent: number, resources: Resources, sign: 1 | -1): void {
    const { kinds, amounts, plainCount } = resources;
    const shares = this.#shares;
    for (let i = 0; i < plainCount; i++) shares.use(node, kinds[i], sign * amounts[i]);
    if (plainCount === kinds.length) return;
    this.special.forEach(node, agent, resources, sign, (name, amount) => shares.use(node, name, amount));
  }
}
