import type { AgentId, Micros } from '../cluster/ids.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from '../allocators/bookkeeping/books.js';
import {
  ASKING,
  OFFERABLE,
  ShareTree,
  type NodeId,
  type View,
} from '../allocators/bookkeeping/share-tree.js';
import type { ServingOrder, Visit } from '../allocators/serving-order.js';
import { CandidateView, MarketView, Read } from './candidate.js';
import type { Guard } from './guard.js';
import type { OptionValue } from './policy-options.js';
import type { Policy } from './policy.js';

/** A rank, and up to when it holds: see {@link Read}. */
interface Known {
  client: Client;
  view: CandidateView;
  rank: number;
  read: number;
  /** Counts of changes at the time; -1: never ranked. */
  own: number;
  role: number;
  cycle: number;
  cluster: number;
}

/** Framework, role and since when it got nothing: what the books do not know. */
type IdleRow = readonly [framework: number, role: number, sinceUs: Micros];

/**
 * Serves by the rank function of a policy; equal ranks as DRF. A rank is asked for again only when something that the policy
 * looked at has changed.
 */
export class PolicyOrder implements ServingOrder {
  readonly barrier: boolean;
  readonly #books: Books;
  readonly #policy: Policy;
  readonly #options: Readonly<Record<string, OptionValue>>;
  readonly #guard: Guard;
  readonly #market: MarketView;
  readonly #known: (Known | undefined)[] = [];
  readonly #roleChanges: number[] = [];
  #cycle = 0;
  #clusterChanges = 0;
  /** Clients that became willing since the last cycle. */
  #fresh: Client[] = [];

  constructor(books: Books, policy: Policy, options: Readonly<Record<string, OptionValue>>, guard: Guard) {
    this.#books = books;
    this.#policy = policy;
    this.#options = options;
    this.#guard = guard;
    this.#market = new MarketView(books);
    this.barrier = policy.barrier === true;
    books.hooks.held = (client, _agent, _resources, sign) => this.#held(client, sign);
    books.hooks.relisted = (client) => this.#relisted(client);
    books.hooks.clusterChanged = () => this.#clusterChanges++;
    if (policy.allows !== undefined) {
      books.hooks.allows = (client, agent, wanted) => this.#allows(client, agent, wanted);
    }
  }

  walk(visit: Visit, agent: AgentId): void {
    this.#market.agent = agent;
    const { misses } = this.#books;
    // Visits known to be vain are not worth a rank.
    const clients = this.#inDrfOrder(OFFERABLE).filter((client) => !misses.has(agent, client.id));
    const ranks = clients.map((client) => this.#rank(client));
    const order = [...clients.keys()].sort((a, b) => compareRanks(ranks[a], ranks[b]) || a - b);
    this.#market.agent = -1;
    for (const at of order) if (!visit(clients[at])) return;
  }

  firstAsking(): Client | undefined {
    let first: Client | undefined;
    let least = 0;
    for (const client of this.#inDrfOrder(ASKING)) {
      const rank = this.#rank(client);
      if (first !== undefined && rank >= least) continue;
      first = client;
      least = rank;
    }
    return first;
  }

  precedes(a: Client, b: Client): boolean {
    this.#books.tree.settle();
    const order = compareRanks(this.#rank(a), this.#rank(b));
    return order === 0 ? this.#books.tree.precedes(a.node, b.node) : order < 0;
  }

  begin(now: Micros): void {
    this.#cycle++;
    this.#market.nowUs = now;
    this.#guard.begin(now);
    for (const client of this.#fresh) {
      if (this.#market.idleSinceUs[client.id] === Infinity) this.#market.idleSinceUs[client.id] = now;
    }
    this.#fresh = [];
  }

  snapshot(): { cycleUs: Micros; idle: IdleRow[] } {
    const idle = this.#books.clients.flatMap((client): IdleRow[] => {
      const since = client === undefined ? Number.NaN : this.#market.idleSinceUs[client.id];
      return client === undefined || !(since < Infinity) ? [] : [[client.framework.id, client.role, since]];
    });
    return { cycleUs: this.#market.nowUs, idle };
  }

  restore(state: unknown): void {
    const { cycleUs, idle } = state as { cycleUs: Micros; idle: readonly IdleRow[] };
    this.#market.nowUs = cycleUs;
    for (const [framework, role, since] of idle) {
      const client = this.#books.client(framework, role);
      if (client !== undefined) this.#market.idleSinceUs[client.id] = since;
    }
  }

  #held(client: Client, sign: 1 | -1): void {
    this.#changed(client);
    const { tree } = this.#books;
    for (let node = tree.parent[client.node]; node > ShareTree.ROOT; node = tree.parent[node]) {
      this.#roleChanges[node] = (this.#roleChanges[node] ?? 0) + 1;
    }
    const { idleSinceUs, nowUs } = this.#market;
    if (sign > 0 && this.#books.isWilling(client)) idleSinceUs[client.id] = nowUs;
  }

  #relisted(client: Client): void {
    this.#changed(client);
    const { idleSinceUs } = this.#market;
    if (!this.#books.isWilling(client)) {
      idleSinceUs[client.id] = Number.NaN;
    } else if (!(idleSinceUs[client.id] <= Infinity)) {
      idleSinceUs[client.id] = Infinity;
      this.#fresh.push(client);
    }
  }

  #changed(client: Client): void {
    const known = this.#known[client.id];
    if (known !== undefined) known.own = -1;
  }

  #rank(client: Client): number {
    const known = this.#entry(client);
    const { read } = known;
    const holds =
      known.own === 0 &&
      known.cluster === this.#clusterChanges &&
      (read & Read.agent) === 0 &&
      ((read & Read.time) === 0 || known.cycle === this.#cycle) &&
      ((read & Read.role) === 0 || known.role === this.#roleChange(client));
    if (holds) return known.rank;
    // Demand offers: an agent is found after the order, so the oldest ask and its place come first.
    this.#market.read = 0;
    known.rank = this.#guard.rank(
      () => this.#policy.rank(known.view, this.#options as never),
      () => nameOf(client),
    );
    known.read = this.#market.read;
    known.own = 0;
    known.role = this.#roleChange(client);
    known.cycle = this.#cycle;
    known.cluster = this.#clusterChanges;
    return known.rank;
  }

  #allows(client: Client, agent: AgentId, wanted: Resources): boolean {
    const { allows } = this.#policy;
    const agentView = this.#market.agentView(agent);
    if (allows === undefined || agentView === undefined) return true;
    const { view } = this.#entry(client);
    const amounts = this.#market.amountsOf(wanted);
    return this.#guard.allows(
      () => allows(view, agentView, amounts, this.#options as never),
      () => nameOf(client),
    );
  }

  #entry(client: Client): Known {
    const known = this.#known[client.id];
    if (known?.client === client) return known;
    const view = new CandidateView(client, this.#market);
    const entry = { client, view, rank: 0, read: 0, own: -1, role: 0, cycle: 0, cluster: 0 };
    this.#known[client.id] = entry;
    return entry;
  }

  #roleChange(client: Client): number {
    const { tree } = this.#books;
    return this.#roleChanges[tree.parent[tree.parent[client.node]]] ?? 0;
  }

  #inDrfOrder(view: View): Client[] {
    const { tree, clients } = this.#books;
    tree.settle();
    const found: Client[] = [];
    const walk = (node: NodeId): void => {
      for (const child of tree.children(node, view)) {
        const client = tree.client[child];
        if (client >= 0) found.push(clients[client] as Client);
        else walk(child);
      }
    };
    walk(ShareTree.ROOT);
    return found;
  }
}

/** Also for infinities, whose difference is no number. */
function compareRanks(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf({ framework, rolePath }: Client): string {
  return `framework ${framework.info.name} in role ${rolePath}`;
}
