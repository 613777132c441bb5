import { ShareTree, type NodeId } from './share-tree.js';

/** Where the roles stand in the share tree: a node per role and ancestor, a `.` leaf for a role's own frameworks. */
export class RoleNodes {
  /** By path, also of roles that nobody has yet. */
  readonly weights = new Map<string, number>();
  readonly #tree: ShareTree;
  readonly #nodes = new Map<string, NodeId>();
  readonly #homes = new Map<string, NodeId>();

  constructor(tree: ShareTree) {
    this.#tree = tree;
  }

  /** The tree node of a role; made with its ancestors if need be. */
  node(path: string): NodeId {
    let node = this.#nodes.get(path);
    if (node === undefined) {
      const slash = path.lastIndexOf('/');
      const parent = slash < 0 ? ShareTree.ROOT : this.node(path.slice(0, slash));
      node = this.#tree.addNode(parent, path.slice(slash + 1), -1);
      this.#tree.setWeight(node, this.weights.get(path) ?? 1);
      this.#tree.special.rolePath[node] = path;
      this.#nodes.set(path, node);
    }
    return node;
  }

  /** The virtual leaf `.` of a role, below which its own frameworks stand. */
  home(path: string): NodeId {
    let node = this.#homes.get(path);
    if (node === undefined) {
      node = this.#tree.addNode(this.node(path), '.', -1);
      this.#homes.set(path, node);
    }
    return node;
  }

  knownHome(path: string): NodeId | undefined {
    return this.#homes.get(path);
  }

  knownNode(path: string): NodeId | undefined {
    return this.#nodes.get(path);
  }

  /** Paths of all roles that have a node, in no particular order. */
  paths(): Iterable<string> {
    return this.#nodes.keys();
  }

  setWeight(path: string, weight: number): void {
    this.weights.set(path, weight);
    const node = this.#nodes.get(path);
    if (node !== undefined) this.#tree.setWeight(node, weight);
  }

  /** A role that everybody left goes out of the tree, and its count of allocations with it. */
  prune(path: string): void {
    const tree = this.#tree;
    const home = this.#homes.get(path);
    if (home !== undefined && tree.childCount(home) === 0) {
      tree.removeNode(home);
      this.#homes.delete(path);
    }
    const node = this.#nodes.get(path);
    if (node === undefined || tree.childCount(node) > 0) return;
    if (tree.special.chargesReservations && tree.isCharged(node)) return;
    tree.removeNode(node);
    this.#nodes.delete(path);
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.prune(path.slice(0, slash));
    if (slash > 0) this.#foldCount(path.slice(0, slash));
  }

  /**
   * A role that lost its last sub-role is a plain client again. Mesos makes the inner node the client then, so that the
   * allocations of the sub-roles that left go on to count.
   */
  #foldCount(path: string): void {
    const node = this.#nodes.get(path);
    const home = this.#homes.get(path);
    if (node === undefined || home === undefined || this.#tree.childCount(node) > 1) return;
    this.#tree.setCount(home, this.#tree.countOf(node));
  }
}
