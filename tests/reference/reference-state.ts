/**
 * What the reference allocator knows, and every question about it, answered from scratch each time: no index, no cache,
 * no running sum. Rule ids are those of the allocation rules (R-x.y) and of the exact semantics (A-x, Q-x, I-x).
 */
import type { AllocatorOptions, Holding } from '../../src/cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, RoleId } from '../../src/cluster/ids.js';
import type { AgentInfo, Ask, FrameworkInfo, Quantities } from '../../src/cluster/protocol.js';
import { kindOf, type Kind } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { compareBytes, isStrictlyBelow, isWithin } from '../../src/cluster/roles.js';

export interface Filter {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  readonly refused: Resources;
  readonly ends: Micros;
  /** It lives for exactly one interval, so a batch run at its end still sees it. */
  readonly outlivesBatch: boolean;
}

/** An ask with its place in the order of arrival; `count` is what is left of it. */
export interface PlacedAsk extends Ask {
  readonly sequence: number;
}

export interface KnownFramework {
  info: FrameworkInfo;
  suppressed: readonly RoleId[];
  active: boolean;
  /** Has sent REQUEST, so it is not offered coarsely in demand mode. */
  asked: boolean;
}

/** All that a snapshot keeps. */
export interface Data {
  agents: Map<AgentId, { info: AgentInfo; active: boolean }>;
  frameworks: Map<FrameworkId, KnownFramework>;
  /** At most one entry per framework, role and agent; the framework may be unknown as yet. */
  held: Holding[];
  /** Allocations received, of each node of the role tree, each virtual leaf and each framework in a role. */
  counts: Map<string, number>;
  filters: Filter[];
  asks: { readonly framework: FrameworkId; readonly ask: PlacedAsk }[];
  nextSequence: number;
  /** Asks of a framework in a role that came before this number were cleared and never come back. */
  forgotten: Map<string, number>;
  quotas: Map<RoleId, { readonly guarantees: Quantities; readonly limits: Quantities }>;
  weights: Map<string, number>;
  whitelist: readonly string[] | null;
  /** When a framework was last offered an agent in a role, for the rule of `instant` (I-7). */
  offeredAt: Map<string, Micros>;
  candidates: Set<AgentId>;
  changed: boolean;
}

/** A node of the role tree; `own` marks the virtual leaf that stands for a parent's own frameworks. */
interface Node {
  readonly path: string;
  readonly name: string;
  readonly own: boolean;
}

export class ReferenceState {
  data: Data = {
    agents: new Map(),
    frameworks: new Map(),
    held: [],
    counts: new Map(),
    filters: [],
    asks: [],
    nextSequence: 0,
    forgotten: new Map(),
    quotas: new Map(),
    weights: new Map(),
    whitelist: null,
    offeredAt: new Map(),
    candidates: new Set(),
    changed: false,
  };

  constructor(readonly options: AllocatorOptions) {}

  path(role: RoleId): string {
    return this.options.roles.path(role);
  }

  // ------------------------------------------------------------------------------------------ what is held and free

  heldBy(framework: FrameworkId, role: RoleId, agent: AgentId): Resources {
    return sum(
      this.data.held.filter((h) => h.framework === framework && h.role === role && h.agent === agent),
    );
  }

  /** What nobody holds there; a shared item stays available however often it is held. */
  available(agent: AgentId): Resources {
    const held = sum(this.data.held.filter((h) => h.agent === agent));
    return this.data.agents.get(agent)!.info.total.minus(held.filter((kind) => !kind.shared));
  }

  /** Adds to what a framework holds; `count`: how many allocations that is for the ties. */
  charge(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources, count: number): void {
    this.#setHeld(framework, role, agent, this.heldBy(framework, role, agent).plus(resources));
    for (let i = 0; i < count; i++) this.countAllocation(framework, role);
  }

  uncharge(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources): void {
    this.#setHeld(framework, role, agent, this.heldBy(framework, role, agent).minus(resources));
  }

  #setHeld(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources): void {
    const others = this.data.held.filter(
      (h) => h.framework !== framework || h.role !== role || h.agent !== agent,
    );
    this.data.held = resources.isEmpty ? others : [...others, { framework, role, agent, resources }];
  }

  // ------------------------------------------------------------------------------------------ shares, counts, orders

  countAllocation(framework: FrameworkId, role: RoleId): void {
    const path = this.path(role);
    const nodes = path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'));
    const keys = [...nodes.map(nodeKey), ownKey(path), frameworkKey(path, framework)];
    for (const key of keys) this.data.counts.set(key, (this.data.counts.get(key) ?? 0) + 1);
  }

  /** Forgets the counts of nodes and clients that are no longer in the tree. */
  forgetGoneCounts(): void {
    const alive = new Set<string>();
    for (const client of this.clients()) {
      alive.add(ownKey(client));
      const parts = client.split('/');
      parts.forEach((_, i) => alive.add(nodeKey(parts.slice(0, i + 1).join('/'))));
      for (const id of this.data.frameworks.keys()) {
        if (this.isTracked(id, client)) alive.add(frameworkKey(client, id));
      }
    }
    for (const key of [...this.data.counts.keys()]) if (!alive.has(key)) this.data.counts.delete(key);
    // Where the sub-roles are gone, the role's own node takes the place of its virtual leaf, and keeps its count.
    for (const client of this.clients()) {
      const all = this.data.counts.get(nodeKey(client)) ?? 0;
      const isLeaf = !this.clients().some((other) => isStrictlyBelow(other, client));
      if (isLeaf) this.data.counts.set(ownKey(client), all);
    }
  }

  /** Known frameworks hold this; what an unknown one uses is only not available. */
  knownHeld(): Holding[] {
    return this.data.held.filter((h) => this.data.frameworks.has(h.framework));
  }

  /** Subscribed to the role, or holds something in it still. */
  isTracked(framework: FrameworkId, path: string): boolean {
    const roles = this.data.frameworks.get(framework)?.info.roles ?? [];
    return (
      roles.some((role) => this.path(role) === path) ||
      this.knownHeld().some((h) => h.framework === framework && this.path(h.role) === path)
    );
  }

  /** Paths of the roles in which a framework is subscribed or holds something. */
  clients(): string[] {
    const subscribed = [...this.data.frameworks.values()].flatMap((framework) => framework.info.roles);
    const holding = this.knownHeld().map((h) => h.role);
    return [...new Set([...subscribed, ...holding].map((role) => this.path(role)))].sort(compareBytes);
  }

  isInTree(path: string): boolean {
    return this.clients().some((client) => isWithin(client, path));
  }

  /** Share before weights: the largest held / total over scalars that count. */
  share(holdings: readonly Holding[]): number {
    const totals = new Map<string, number>();
    for (const { info } of this.data.agents.values()) addQuantities(totals, info.total);
    let share = 0;
    for (const [name, held] of quantitiesHeld(holdings)) {
      const total = totals.get(name) ?? 0;
      const counts = total > 0 && !this.options.fairnessExclude.includes(name);
      if (counts) share = Math.max(share, held / total);
    }
    return share;
  }

  roleShare(path: string): number {
    const inside = this.knownHeld().filter((h) => isWithin(this.path(h.role), path));
    return this.share(inside) / (this.data.weights.get(path) ?? 1);
  }

  frameworkShare(path: string, framework: FrameworkId): number {
    return this.share(
      this.knownHeld().filter((h) => h.framework === framework && this.path(h.role) === path),
    );
  }

  /** All roles with frameworks, in the order in which they are served. */
  roleOrder(): RoleId[] {
    const walk = (parent: string): string[] =>
      this.#childrenOf(parent)
        .map((node) => ({ node, share: this.#nodeShare(node), count: this.#nodeCount(node) }))
        .sort((a, b) => a.share - b.share || a.count - b.count || compareBytes(a.node.name, b.node.name))
        .flatMap(({ node }) => (this.#isLeaf(node) ? [node.path] : walk(node.path)));
    const paths = this.options.roleSorter === 'drf' ? walk('') : this.#randomRoleOrder();
    return paths.map((path) => this.options.roles.find(path)!);
  }

  /** Frameworks of the role that may get offers, in order. */
  frameworkOrder(role: RoleId): FrameworkId[] {
    const path = this.path(role);
    const willing = [...this.data.frameworks.keys()].filter((id) => this.isWilling(id, role));
    const byId = willing
      .map((id) => ({ id, name: this.data.frameworks.get(id)!.info.id }))
      .sort((a, b) => compareBytes(a.name, b.name));
    if (this.options.frameworkSorter === 'random')
      return this.#shuffleByWeight(byId, () => 1).map((f) => f.id);
    return byId
      .map(({ id, name }) => ({
        id,
        name,
        share: this.frameworkShare(path, id),
        count: this.data.counts.get(frameworkKey(path, id)) ?? 0,
      }))
      .sort((a, b) => a.share - b.share || a.count - b.count || compareBytes(a.name, b.name))
      .map(({ id }) => id);
  }

  isSubscribed(framework: FrameworkId, role: RoleId): boolean {
    return this.data.frameworks.get(framework)?.info.roles.includes(role) === true;
  }

  isWilling(framework: FrameworkId, role: RoleId): boolean {
    const known = this.data.frameworks.get(framework);
    return this.isSubscribed(framework, role) && known!.active && !known!.suppressed.includes(role);
  }

  #childrenOf(parent: string): Node[] {
    const clients = this.clients();
    const depth = parent === '' ? 0 : parent.split('/').length;
    const below = parent === '' ? clients : clients.filter((path) => isStrictlyBelow(path, parent));
    const names = new Set(below.map((path) => path.split('/')[depth]));
    const nodes = [...names].map((name) => ({
      path: parent === '' ? name : `${parent}/${name}`,
      name,
      own: false,
    }));
    const hasOwn = nodes.length > 0 && clients.includes(parent);
    return hasOwn ? [...nodes, { path: parent, name: '.', own: true }] : nodes;
  }

  #isLeaf(node: Node): boolean {
    return node.own || this.#childrenOf(node.path).length === 0;
  }

  #nodeShare(node: Node): number {
    if (!node.own) return this.roleShare(node.path);
    return this.share(this.knownHeld().filter((h) => this.path(h.role) === node.path));
  }

  #nodeCount(node: Node): number {
    return this.data.counts.get(node.own ? ownKey(node.path) : nodeKey(node.path)) ?? 0;
  }

  /** a leaf's weight is the product of its relative weights on the way from the root. */
  #randomRoleOrder(): string[] {
    const leaves: { path: string; weight: number }[] = [];
    const walk = (parent: string, above: number): void => {
      const nodes = this.#childrenOf(parent);
      const weightOf = (node: Node): number => (node.own ? 1 : (this.data.weights.get(node.path) ?? 1));
      const sumOfWeights = nodes.reduce((total, node) => total + weightOf(node), 0);
      for (const node of nodes) {
        const weight = (above * weightOf(node)) / sumOfWeights;
        if (this.#isLeaf(node)) leaves.push({ path: node.path, weight });
        else walk(node.path, weight);
      }
    };
    walk('', 1);
    leaves.sort((a, b) => compareBytes(a.path, b.path));
    return this.#shuffleByWeight(leaves, (leaf) => leaf.weight).map((leaf) => leaf.path);
  }

  #shuffleByWeight<T>(items: readonly T[], weightOf: (item: T) => number): T[] {
    const random = this.options.random('sorter');
    return items
      .map((item) => ({ item, key: random() ** (1 / weightOf(item)) }))
      .sort((a, b) => b.key - a.key)
      .map(({ item }) => item);
  }

  // ------------------------------------------------------------------------------------------ quota

  /** Reservations for the subtree, held or not, and unreserved non-revocable scalars held in it (section 5). */
  consumed(role: RoleId): Map<string, number> {
    const path = this.path(role);
    const consumed = new Map<string, number>();
    for (const { info } of this.data.agents.values()) {
      const reserved = info.total.filter((kind) => kind.owner !== undefined && isWithin(kind.owner, path));
      addQuantities(consumed, reserved);
    }
    for (const holding of this.knownHeld()) {
      if (isWithin(this.path(holding.role), path)) {
        addQuantities(consumed, holding.resources.filter(isQuotaKind));
      }
    }
    return consumed;
  }

  /** What is missing to the role's guarantee, by name; only names with something missing. */
  unmet(role: RoleId): Map<string, number> {
    const guarantees = this.data.quotas.get(role)?.guarantees ?? {};
    return subtract(new Map(Object.entries(guarantees)), this.consumed(role));
  }

  /** Unmet guarantees of all roles, with or without frameworks. */
  requiredHeadroom(): Map<string, number> {
    const required = new Map<string, number>();
    for (const role of this.data.quotas.keys()) {
      for (const [name, milli] of this.unmet(role)) required.set(name, (required.get(name) ?? 0) + milli);
    }
    return required;
  }

  /** All agents' unreserved non-revocable scalars without what is charged to somebody (section 5 of the rules). */
  availableHeadroom(): Map<string, number> {
    const [total, charged] = [new Map<string, number>(), new Map<string, number>()];
    for (const { info } of this.data.agents.values()) addQuantities(total, info.total.filter(isQuotaKind));
    for (const { resources } of this.knownHeld()) addQuantities(charged, resources.filter(isQuotaKind));
    return subtract(total, charged);
  }
}

/** What quota speaks of. */
export function isQuotaKind(kind: Kind): boolean {
  return kind.type === 'SCALAR' && kind.reservations.length === 0 && !kind.revocable;
}

/** Saturating; entries that come to nothing vanish. */
export function subtract(
  from: ReadonlyMap<string, number>,
  what: ReadonlyMap<string, number>,
): Map<string, number> {
  const left = [...from].map(([name, milli]): [string, number] => [name, milli - (what.get(name) ?? 0)]);
  return new Map(left.filter(([, milli]) => milli > 0));
}

export function addQuantities(sums: Map<string, number>, resources: Resources): void {
  resources.forEachScalar((_, milli, { name }) => sums.set(name, (sums.get(name) ?? 0) + milli));
}

/** A shared item counts once per agent, however many copies are held there. */
export function quantitiesHeld(holdings: readonly Holding[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const agent of new Set(holdings.map((h) => h.agent))) {
    addQuantities(sums, sum(holdings.filter((h) => h.agent === agent)));
  }
  return sums;
}

/** The entries of a bag, one Resources each. */
export function entriesOf(resources: Resources): { kind: Kind; amount: number; bag: Resources }[] {
  return [...resources.kinds].map((id, i) => ({
    kind: kindOf(id),
    amount: resources.amounts[i],
    bag: resources.filter((kind) => kind.id === id),
  }));
}

function sum(holdings: readonly Pick<Holding, 'resources'>[]): Resources {
  return holdings.reduce((total, { resources }) => total.plus(resources), Resources.EMPTY);
}

function nodeKey(path: string): string {
  return `node ${path}`;
}

function ownKey(path: string): string {
  return `own ${path}`;
}

function frameworkKey(path: string, framework: FrameworkId): string {
  return `framework ${path} ${framework}`;
}
