import type { AgentId, Micros } from '../cluster/ids.js';
import type { Attribute } from '../cluster/protocol.js';
import { nameOf } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from '../allocators/bookkeeping/books.js';

/** Amounts by resource name: cpus, mem and disk in MB, gpus; other names as the cluster has them. Absent is 0. */
export interface Amounts {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
  readonly gpus: number;
  readonly [name: string]: number;
}

/** A framework in one role, as a policy sees it. All times are in seconds on the clock of the run. */
export interface Candidate {
  /** Path of the role: `prod/web`; `*` is the default role. */
  readonly role: string;
  /** Name of the framework. */
  readonly framework: string;
  /** Its full id, unique in the cluster. */
  readonly frameworkId: string;
  /** Weight of the role, above 0; 1 unless set. */
  readonly weight: number;
  /** Dominant share of the framework in this role, offered or in use: 0 to 1. */
  readonly share: number;
  /** Dominant share of the role and the roles below it, divided by the role's weight. */
  readonly roleShare: number;
  /** Times it got something; DRF breaks ties by it. */
  readonly allocations: number;
  /** What it holds in this role, offered or in use. */
  readonly held: Amounts;
  /** Pieces asked for and not granted. 0 under coarse offers: nobody asks there. */
  readonly asks: number;
  /** The oldest ask, the only one that counts; undefined under coarse offers. */
  readonly ask: CandidateAsk | undefined;
  /** Priority of the oldest ask; 0 when it has none. */
  readonly priority: number;
  /** When the oldest ask came; without asks: when it was offered something last, or became willing to be. */
  readonly waitingSince: number;
  /** `now - waitingSince`. */
  readonly waiting: number;
  /** Time of this allocation cycle. */
  readonly now: number;
  /** The agent that is handed out (coarse offers); undefined where agents are looked for afterwards (demand). */
  readonly agent: CandidateAgent | undefined;
  /** What all agents have together. */
  readonly cluster: Amounts;
}

export interface CandidateAsk {
  /** Of one piece. */
  readonly resources: Amounts;
  /** Pieces that are left of it. */
  readonly count: number;
  /** All pieces start together or none does. */
  readonly gang: boolean;
  /** How long a piece is said to run, in seconds; undefined: nobody said. */
  readonly estimate: number | undefined;
  /** Attribute it must run on, such as `rack=r1`. */
  readonly constraint: string | undefined;
}

export interface CandidateAgent {
  readonly hostname: string;
  /** Text and numbers by name; a list of ranges as text: `[1-3, 5-9]`. */
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly region: string | undefined;
  readonly zone: string | undefined;
  readonly total: Amounts;
  readonly free: Amounts;
}

/** Which changeable things a policy looked at: what it answered holds until they change. */
export const Read = { role: 1, time: 2, agent: 4, cluster: 8 } as const;

/** What candidates share. */
export class MarketView {
  readonly books: Books;
  nowUs: Micros = 0;
  agent: AgentId = -1;
  /** Sum of {@link Read} since it was last set to 0. */
  read = 0;
  /** Per client: since when it has got nothing; NaN: it is not willing, Infinity: not seen yet by a cycle. */
  readonly idleSinceUs: number[] = [];

  constructor(books: Books) {
    this.books = books;
  }

  amounts(milliOf: (nameId: number) => number): Amounts {
    const amounts: Record<string, number> & { -readonly [K in keyof Amounts]: number } = {
      cpus: 0,
      mem: 0,
      disk: 0,
      gpus: 0,
    };
    for (let name = 0; name < this.books.pool.total.length; name++) {
      const milli = milliOf(name);
      if (milli > 0) amounts[nameOf(name)] = milli / 1000;
    }
    return amounts;
  }

  amountsOf(resources: Resources): Amounts {
    const sums = new Map<number, number>();
    resources.forEachScalar((name, milli) => sums.set(name, (sums.get(name) ?? 0) + milli));
    return this.amounts((name) => sums.get(name) ?? 0);
  }

  agentView(agent: AgentId): CandidateAgent | undefined {
    const info = this.books.pool.info[agent];
    if (info === undefined) return undefined;
    return {
      hostname: info.hostname,
      attributes: Object.fromEntries(info.attributes.map((each) => [each.name, attributeValue(each)])),
      region: info.domain?.region,
      zone: info.domain?.zone,
      total: this.amountsOf(info.total),
      free: this.amountsOf(this.books.pool.available(agent)),
    };
  }
}

function attributeValue(attribute: Attribute): string | number {
  if (attribute.type === 'TEXT') return attribute.text;
  if (attribute.type === 'SCALAR') return attribute.milli / 1000;
  return `[${attribute.ranges.map(([from, to]) => `${from}-${to}`).join(', ')}]`;
}

/** Looks things up when they are asked for; a policy can change nothing through it. */
export class CandidateView implements Candidate {
  readonly #client: Client;
  readonly #market: MarketView;

  constructor(client: Client, market: MarketView) {
    this.#client = client;
    this.#market = market;
  }

  get role(): string {
    return this.#client.rolePath;
  }

  get framework(): string {
    return this.#client.framework.info.name;
  }

  get frameworkId(): string {
    return this.#client.framework.info.id;
  }

  get weight(): number {
    return this.#market.books.roles.weights.get(this.#client.rolePath) ?? 1;
  }

  get share(): number {
    return this.#market.books.tree.shareOf(this.#client.node);
  }

  get roleShare(): number {
    this.#market.read |= Read.role;
    const { books } = this.#market;
    return books.tree.shareOf(books.roles.node(this.#client.rolePath));
  }

  get allocations(): number {
    return this.#market.books.tree.countOf(this.#client.node);
  }

  get held(): Amounts {
    const { tree } = this.#market.books;
    return this.#market.amounts((name) => tree.used(this.#client.node, name));
  }

  get asks(): number {
    return this.#client.asks.toArray().reduce((sum, ask) => sum + ask.left, 0);
  }

  get ask(): CandidateAsk | undefined {
    const ask = this.#client.asks.oldest;
    if (ask === undefined) return undefined;
    return {
      resources: this.#market.amountsOf(ask.resources),
      count: ask.left,
      gang: ask.allOrNothing,
      estimate: ask.estimateUs === undefined ? undefined : ask.estimateUs / 1e6,
      constraint: ask.constraint,
    };
  }

  get priority(): number {
    return this.#client.asks.oldest?.priority ?? 0;
  }

  get waitingSince(): number {
    return this.#waitingSinceUs() / 1e6;
  }

  get waiting(): number {
    this.#market.read |= Read.time;
    return (this.#market.nowUs - this.#waitingSinceUs()) / 1e6;
  }

  get now(): number {
    this.#market.read |= Read.time;
    return this.#market.nowUs / 1e6;
  }

  get agent(): CandidateAgent | undefined {
    this.#market.read |= Read.agent;
    return this.#market.agentView(this.#market.agent);
  }

  get cluster(): Amounts {
    this.#market.read |= Read.cluster;
    const { total } = this.#market.books.pool;
    return this.#market.amounts((name) => total[name] ?? 0);
  }

  #waitingSinceUs(): Micros {
    const oldest = this.#client.asks.oldest;
    if (oldest !== undefined) return oldest.arrivedUs;
    const since = this.#market.idleSinceUs[this.#client.id] ?? Infinity;
    if (since < Infinity) return since;
    this.#market.read |= Read.time;
    return this.#market.nowUs;
  }
}
