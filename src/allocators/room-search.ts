import type { AgentOrderName } from '../cluster/allocator.js';
import { parseConstraint, satisfies } from '../cluster/attributes.js';
import type { AgentId } from '../cluster/ids.js';
import { isLimited, type Kind } from '../cluster/resources/kinds.js';
import { quantities } from '../cluster/resources/queries.js';
import type { Resources } from '../cluster/resources/resources.js';
import { chooseAgent, chooseOf } from './agent-orders.js';
import { pieceOn } from './ask-pieces.js';
import type { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client } from './bookkeeping/books.js';
import type { QuotaRole } from './bookkeeping/quota-book.js';
import { Obstacle } from './explain/obstacle.js';

/** How many gains a remembered search looks through before it starts anew. */
const LOG = 16;

/** What an ask needs beside plain resources. */
interface BesidePlain {
  readonly conditions: ReturnType<typeof parseConstraint>;
  readonly special: Resources;
  /** The framework may be offered such resources at all. */
  readonly usable: boolean;
}

const NONE: readonly AgentId[] = [];

type Accepts = ((agent: AgentId) => boolean) | undefined;

/** Where the last first-fit search of a client ended: agents below `from` had no room for `shape` at log position `at`. */
interface Memory {
  shape: Resources | undefined;
  from: AgentId;
  at: number;
}

/**
 * Finds the agent for an ask (semantics-notes A-2). A first-fit search for the same shape goes on where the last one ended:
 * agents before that had no room, except those that gained some since, which a short log remembers.
 */
export class RoomSearch {
  readonly #books: Books;
  readonly #order: AgentOrderName;
  readonly #random: () => number;
  readonly #memories: (Memory | undefined)[] = [];
  readonly #log = new Int32Array(LOG);
  #logEnd = 0;

  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#order = books.options.agentOrder;
    this.#random = random;
  }

  /** The agent may have room for something it had none for. */
  gained(agent: AgentId): void {
    this.#log[this.#logEnd % LOG] = agent;
    this.#logEnd++;
  }

  /** Forgets what was remembered of a client's searches. */
  forget(client: Client): void {
    this.#memories[client.id] = undefined;
  }

  forgetAll(): void {
    this.#memories.length = 0;
  }

  /** The agent an ask goes to, or -1. Where something is reserved for the client, quota has a say in it. */
  find(client: Client, ask: QueuedAsk): AgentId {
    const { among } = this.#books.hooks;
    if (among !== undefined) return this.findAmong(client, ask, among(client));
    const preferred = this.#books.hooks.preferred?.(client) ?? [];
    if (preferred.length > 0) {
      const agent = this.findAmong(client, ask, preferred);
      if (agent >= 0) return agent;
    }
    const reserved = this.#reservedFor(client, ask);
    if (reserved.length > 0) return this.#findBeside(client, ask, reserved);
    const accepts = this.#acceptance(client, ask);
    if (this.#order !== 'first-fit') {
      return this.#chooseOpen(client, ask, accepts, this.#order);
    }
    return accepts === undefined
      ? this.#firstFit(client, ask.resources)
      : this.#books.pool.firstFit(ask.resources, 0, accepts);
  }

  /** The same among few agents, in ascending order of id. */
  findAmong(client: Client, ask: QueuedAsk, agents: readonly AgentId[]): AgentId {
    const reserved = this.#reservedFor(client, ask);
    if (reserved.length > 0) {
      const fits = this.#fitting(client, ask, reserved);
      return this.#choose(client, ask, agents.filter(fits));
    }
    const accepts = this.#acceptance(client, ask);
    if (this.#order === 'first-fit') {
      for (const agent of agents) if (this.#hasRoom(agent, ask.resources, accepts)) return agent;
      return -1;
    }
    const fitting = agents.filter((agent) => this.#hasRoom(agent, ask.resources, accepts));
    if (fitting.length < 2) return fitting[0] ?? -1;
    const allowed = new Set(fitting);
    const among: Accepts = (agent) => allowed.has(agent);
    return this.#chooseOpen(client, ask, among, this.#order);
  }

  /** Room, whatever quota says. */
  hasRoom(client: Client, ask: QueuedAsk, agent: AgentId): boolean {
    if (this.#reservedFor(client, ask).includes(agent)) {
      return this.obstacle(client, ask, agent) === Obstacle.none;
    }
    return this.#hasRoom(agent, ask.resources, this.#acceptance(client, ask));
  }

  /** On some agents a part of the ask could come from reservations, and there quota counts the rest of it alone. */
  mayTakeReserved(client: Client, ask: QueuedAsk): boolean {
    return this.#reservedFor(client, ask).length > 0;
  }

  /** What the agent, which was found for it, gives for a piece of the ask. */
  piece(client: Client, ask: QueuedAsk, agent: AgentId): Resources {
    if (this.#books.pool.reserved?.isEmpty !== false) return ask.resources;
    return pieceOn(this.#books, client, ask.resources, agent) ?? ask.resources;
  }

  /** Agents with something free and reserved that a piece of the ask would take, ascending. */
  #reservedFor(client: Client, { resources }: QueuedAsk): readonly AgentId[] {
    const { reserved } = this.#books.pool;
    if (reserved === undefined || reserved.isEmpty || resources.plainCount === 0) return NONE;
    return reserved.agentsFor(client.lineage);
  }

  /** Among agents some of which have something reserved for the client. */
  #findBeside(client: Client, ask: QueuedAsk, reserved: readonly AgentId[]): AgentId {
    const { pool } = this.#books;
    const fits = this.#fitting(client, ask, reserved);
    const own = reserved.filter(fits);
    if (!this.withinQuota(client, ask.resources, 1)) return this.#choose(client, ask, own);
    const others = new Set(reserved);
    const accepts: Accepts = (agent) => !others.has(agent) && fits(agent);
    let agent = pool.firstFit(ask.resources, 0, accepts);
    if (this.#order === 'first-fit') return agent < 0 ? (own[0] ?? -1) : Math.min(agent, own[0] ?? agent);
    const fitting = [...own];
    for (; agent >= 0; agent = pool.firstFit(ask.resources, agent + 1, accepts)) fitting.push(agent);
    return this.#choose(
      client,
      ask,
      fitting.sort((a, b) => a - b),
    );
  }

  /** Whether an agent can give a piece now, quota included. */
  #fitting(client: Client, ask: QueuedAsk, reserved: readonly AgentId[]): (agent: AgentId) => boolean {
    const isReserved = new Set(reserved);
    const allowed = this.withinQuota(client, ask.resources, 1);
    const accepts = this.#acceptance(client, ask);
    return (agent) => {
      if (!isReserved.has(agent)) return allowed && this.#hasRoom(agent, ask.resources, accepts);
      const piece = pieceOn(this.#books, client, ask.resources, agent);
      if (piece === undefined || this.obstacle(client, ask, agent) !== Obstacle.none) return false;
      return this.withinQuota(client, piece, 1);
    };
  }

  #choose(client: Client, ask: QueuedAsk, fitting: readonly AgentId[]): AgentId {
    const takes = (agent: AgentId): Resources => this.piece(client, ask, agent);
    const mayUse = (kind: Kind): boolean => this.#books.mayUse(client, kind);
    return chooseOf(fitting, takes, this.#order, this.#books.pool, this.#random, mayUse);
  }

  /** Where nothing that is free is reserved for the client. */
  #chooseOpen(
    client: Client,
    ask: QueuedAsk,
    accepts: Accepts,
    order: Exclude<AgentOrderName, 'first-fit'>,
  ): AgentId {
    const mayUse = (kind: Kind): boolean => this.#books.mayUse(client, kind);
    return chooseAgent(ask.resources, order, this.#books.pool, accepts, this.#random, mayUse);
  }

  /** Limits and headroom allow one piece, or so many of a gang one after another, wherever they would be. */
  withinQuota(client: Client, resources: Resources, pieces: number): boolean {
    if (!this.#books.quota.active) return true;
    const owing = pieces === 1 ? 1 : Math.min(pieces, this.#piecesOwing(client, resources));
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) {
      if (!this.#nameWithinQuota(client, kinds[i], amounts[i], pieces, owing)) return false;
    }
    if (resources.isPlain) return true;
    // Whole disks, with what is plain of the same name.
    const sums = new Map<number, number>();
    resources
      .filter((kind) => isLimited(kind) && !kind.plain)
      .forEachScalar((name, milli) => {
        sums.set(name, (sums.get(name) ?? resources.amountOf(name)) + milli);
      });
    return [...sums].every(([name, milli]) =>
      this.#nameWithinQuota(client, name, milli, pieces, owing, true),
    );
  }

  /** Pieces of a gang that headroom stops: with the last of them no guarantee is unmet any more, and nobody leaves any. */
  #piecesOwing({ quota: lowest }: Client, resources: Resources): number {
    const { quota } = this.#books;
    const limited = quantities(resources.filter(isLimited));
    let [roles, most] = [0, 0];
    for (let role: QuotaRole | undefined = lowest; role !== undefined; role = role.parent) {
      if (quota.unmetNames[role.row] > 0) roles++;
      for (const name of role.guarantees.keys()) {
        const unmet = quota.unmet(role, name);
        if (unmet > 0) most = Math.max(most, Math.ceil(unmet / (limited.get(name) ?? 0)));
      }
    }
    return roles === quota.unmetRoles ? most : Infinity;
  }

  /**
   * @param owing of the pieces, so many leave headroom
   * @param whole what goes whole comes from the guarantee or from the surplus, not in part from each
   */
  #nameWithinQuota(
    client: Client,
    name: number,
    amount: number,
    pieces: number,
    owing: number,
    whole = false,
  ): boolean {
    const { quota } = this.#books;
    const isUnder = this.#books.isUnderQuota(client);
    if (isUnder && amount * pieces > quota.room(client.quota, name)) return false;
    if (!quota.hasGuarantees || owing === 0) return true;
    const all = amount * owing;
    const unmet = quota.owedTo(client.quota, name);
    // A sub-role gets none of the guarantee, but the pieces before the last count towards it.
    if (whole && isUnder) return all <= Math.max(unmet, quota.surplus(name));
    return isUnder
      ? all <= unmet + quota.surplus(name)
      : amount + Math.max(0, all - amount - unmet) <= quota.surplus(name);
  }

  #firstFit(client: Client, wanted: Resources): AgentId {
    const { pool } = this.#books;
    let memory = this.#memories[client.id];
    if (memory === undefined) {
      memory = { shape: undefined, from: 0, at: 0 };
      this.#memories[client.id] = memory;
    }
    let from = 0;
    if (memory.shape === wanted && this.#logEnd - memory.at <= LOG) {
      from = memory.from;
      const again = this.#firstGained(wanted, memory);
      if (again >= 0) return again;
    }
    const found = pool.firstFit(wanted, from, undefined);
    memory.shape = wanted;
    memory.from = found < 0 ? pool.info.length : found;
    memory.at = this.#logEnd;
    return found;
  }

  #firstGained(wanted: Resources, memory: Memory): AgentId {
    const { pool } = this.#books;
    let best = -1;
    for (let at = memory.at; at < this.#logEnd; at++) {
      const agent = this.#log[at % LOG];
      if (agent >= memory.from || (best >= 0 && agent >= best)) continue;
      if (pool.open[agent] && pool.fits(agent, wanted)) best = agent;
    }
    return best;
  }

  #hasRoom(agent: AgentId, wanted: Resources, accepts: Accepts): boolean {
    const { pool } = this.#books;
    return pool.open[agent] && pool.fits(agent, wanted) && (accepts === undefined || accepts(agent));
  }

  /** What an agent must meet beside room for plain resources; undefined: nothing. */
  #acceptance(client: Client, ask: QueuedAsk): Accepts {
    const { pool, filters, hooks } = this.#books;
    const filtered = filters.mayHave(client.id);
    const open = client.framework.gpus || pool.traits.gpuAgents === 0;
    const capable = pool.traits.limitedAgents === 0;
    const free = hooks.allows === undefined && client.framework.wants === undefined;
    if (!filtered && open && capable && free && ask.constraint === undefined && ask.resources.isPlain) {
      return undefined;
    }
    const needs = this.#besidePlain(client, ask);
    return (agent) => this.#obstacleBeside(client, agent, needs, ask.resources) === Obstacle.none;
  }

  /** Why the ask cannot go to the agent, whatever quota says. */
  obstacle(client: Client, ask: QueuedAsk, agent: AgentId): Obstacle {
    const { pool } = this.#books;
    if (!pool.open[agent]) return Obstacle.closed;
    const piece = this.#reservedFor(client, ask).includes(agent)
      ? pieceOn(this.#books, client, ask.resources, agent)
      : ask.resources;
    const needs = this.#besidePlain(client, ask);
    const beside = this.#obstacleBeside(client, agent, needs, piece ?? ask.resources);
    const fits = piece !== undefined && pool.fits(agent, piece);
    // What a policy keeps from it is no matter where there is no room.
    if (beside !== Obstacle.none && (fits || beside !== Obstacle.policy)) return beside;
    return fits ? Obstacle.none : Obstacle.room;
  }

  #besidePlain(client: Client, ask: QueuedAsk): BesidePlain {
    const special = ask.resources.specialPart();
    return {
      conditions: ask.constraint === undefined ? [] : parseConstraint(ask.constraint),
      special,
      usable: special.filter((kind) => this.#books.mayUse(client, kind)) === special,
    };
  }

  /** @param piece all that the agent would give */
  #obstacleBeside(client: Client, agent: AgentId, needs: BesidePlain, piece: Resources): Obstacle {
    const { pool, filters, hooks } = this.#books;
    const { conditions, special, usable } = needs;
    const info = pool.info[agent];
    if (info === undefined || !usable) return Obstacle.empty;
    if (!this.#books.mayReceive(client, agent)) return Obstacle.incapable;
    if (conditions.length > 0 && !satisfies(conditions, info.attributes, info.hostname))
      return Obstacle.constraint;
    if (!special.isEmpty && !pool.special(agent).contains(special)) return Obstacle.room;
    if (hooks.allows?.(client, agent, piece) === false) return Obstacle.policy;
    return filters.mayHave(client.id) && filters.hides(client.id, agent, piece)
      ? Obstacle.filtered
      : Obstacle.none;
  }
}
