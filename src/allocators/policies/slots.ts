import type { AgentId, OfferId } from '../../cluster/ids.js';
import type { Offer } from '../../cluster/protocol.js';
import { CPUS, MEM } from '../../cluster/resources/kinds.js';
import { quantities } from '../../cluster/resources/queries.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { compareBytes } from '../../cluster/roles.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { ShareTree, type NodeId } from '../bookkeeping/share-tree.js';
import { GrantLedger, type Grant, type LedgerState } from '../grant-ledger.js';
import { policy } from '../policy.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';
import { firstAskingBy, precedesBy } from '../tree-walks.js';

/**
 * Slot fairness: every agent is cut into slots of one size, a task takes as many whole slots of its agent as its largest
 * resource needs, and whoever has fewest slots for its weight is next. What multi-resource fairness is compared with (Ghodsi
 * et al., NSDI 2011, sections 1 and 7; the Hadoop fair scheduler of the time). Needs asks.
 */
export const slots = policy({
  name: 'slots',
  summary: 'fair shares of fixed-size slots, as early Hadoop had (?cpus=1&mem=0)',
  needs: 'asks',
  settings: {
    cpus: { about: 'cpus of a slot', standard: 1, min: 0.001, max: 1_000_000 },
    mem: { about: "MB of a slot; 0: the agent's memory divided by its slots", standard: 0, min: 0, max: 1e9 },
  },
  order: (books, random, { cpus, mem }) =>
    new SlotsOrder(books, random, Math.round(cpus * 1000), Math.round(mem * 1000)),
});

/** What an agent is cut into: slots, and milli-units of each. */
interface Cut {
  readonly slots: number;
  readonly cpus: number;
  readonly mem: number;
}

class SlotsOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  readonly #rest: DrfOrder;
  readonly #cpus: number;
  readonly #mem: number;
  readonly #ledger: GrantLedger;
  readonly #cuts: (Cut | undefined)[] = [];
  /** Slots in use, per agent and per node of the share tree. */
  #usedOf: number[] = [];
  #held: number[] = [];
  /** Agents were changed: all is counted anew. */
  #stale = false;

  constructor(books: Books, random: () => number, cpus: number, mem: number) {
    this.#books = books;
    this.#rest = new DrfOrder(books, random);
    this.#cpus = cpus;
    this.#mem = mem;
    this.#ledger = new GrantLedger({
      changes: (grant, after) => {
        if (!this.#stale)
          this.#count(grant, this.#slotsOf(grant.agent, after) - this.#slotsOf(grant.agent, grant.resources));
      },
    });
    books.hooks.held = (client, agent, resources, sign, offer?: OfferId) =>
      this.#ledger.held(client, agent, resources, sign, offer);
    books.hooks.clusterChanged = () => {
      this.#stale = true;
    };
    books.hooks.allows = (_client, agent, wanted) =>
      this.#slotsOf(agent, wanted) <= this.#cutOf(agent).slots - (this.#usedOf[agent] ?? 0);
    books.hooks.keeps = (_client, agent, wanted) => {
      const [needs, { slots: all }] = [this.#slotsOf(agent, wanted), this.#cutOf(agent)];
      return { why: `slots: it takes ${needs}, ${all - (this.#usedOf[agent] ?? 0)} of ${all} are free` };
    };
  }

  walk(visit: Visit): void {
    this.#rest.walk(visit);
  }

  firstAsking(): Client | undefined {
    return firstAskingBy(this.#books, this.#compare);
  }

  precedes(a: Client, b: Client): boolean {
    return precedesBy(this.#books, this.#compare, a, b);
  }

  begin(): void {
    if (this.#stale) this.#countAnew();
  }

  granted(client: Client, _ask: unknown, offers: readonly Offer[]): void {
    this.#ledger.granted(client, offers, Infinity);
  }

  snapshot(): LedgerState {
    return this.#ledger.snapshot();
  }

  restore(state: LedgerState): void {
    this.#ledger.restore(this.#books, state);
    this.#countAnew();
  }

  readonly #compare = (a: NodeId, b: NodeId): number => {
    const { tree } = this.#books;
    const { weight, name } = tree;
    const difference = (this.#held[a] ?? 0) / weight[a] - (this.#held[b] ?? 0) / weight[b];
    return difference || tree.countOf(a) - tree.countOf(b) || compareBytes(name[a], name[b]);
  };

  /** Slots that resources take on an agent: all of them, where it would be more than there are. */
  #slotsOf(agent: AgentId, resources: Resources): number {
    if (resources.isEmpty) return 0;
    const sums = quantities(resources);
    const { slots: most, cpus, mem } = this.#cutOf(agent);
    const byCpus = Math.ceil((sums.get(CPUS) ?? 0) / cpus);
    const byMem = mem === 0 ? 0 : Math.ceil((sums.get(MEM) ?? 0) / mem);
    return Math.min(Math.max(byCpus, byMem), Math.max(most, 1));
  }

  #cutOf(agent: AgentId): Cut {
    return (this.#cuts[agent] ??= this.#cut(agent));
  }

  #cut(agent: AgentId): Cut {
    const total = this.#books.pool.info[agent]?.total;
    const sums = total === undefined ? new Map<number, number>() : quantities(total);
    const [cpus, mem] = [sums.get(CPUS) ?? 0, sums.get(MEM) ?? 0];
    const byCpus = Math.floor(cpus / this.#cpus);
    if (this.#mem > 0) {
      return { slots: Math.min(byCpus, Math.floor(mem / this.#mem)), cpus: this.#cpus, mem: this.#mem };
    }
    return { slots: byCpus, cpus: this.#cpus, mem: byCpus === 0 ? 0 : Math.floor(mem / byCpus) };
  }

  #count({ client, agent }: Grant, slotCount: number): void {
    if (slotCount === 0) return;
    this.#usedOf[agent] = (this.#usedOf[agent] ?? 0) + slotCount;
    const { parent } = this.#books.tree;
    for (let node = client.node; node !== ShareTree.ROOT; node = parent[node]) {
      this.#held[node] = (this.#held[node] ?? 0) + slotCount;
    }
  }

  #countAnew(): void {
    this.#stale = false;
    this.#cuts.length = 0;
    this.#usedOf = [];
    this.#held = [];
    for (const grant of this.#ledger.grants())
      this.#count(grant, this.#slotsOf(grant.agent, grant.resources));
  }
}
