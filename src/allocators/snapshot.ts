/** The books as plain data, and back: what a snapshot holds is all that a later answer can depend on. */
import type { AgentId, FrameworkId, Micros, RoleId } from '../cluster/ids.js';
import type { ConstraintGroup } from '../cluster/offer-constraints.js';
import type { AgentInfo, Ask, FrameworkInfo, Quantities } from '../cluster/protocol.js';
import { resourcesFromJson, resourcesToJson, type ResourceJson } from '../cluster/resources/json.js';
import { Resources } from '../cluster/resources/resources.js';
import { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client, FrameworkEntry } from './bookkeeping/books.js';
import type { ClientId } from './bookkeeping/holdings.js';
import { quotaOf } from './bookkeeping/quota-book.js';
import { described } from './changes/framework-changes.js';
import type { WorkSnapshot } from './bookkeeping/work-list.js';

/** Bags themselves in a copy that is used at once: they do not change, and to write a hundred thousand takes long. */
type ResourcesPlain = readonly ResourceJson[] | Resources;
type Write = (resources: Resources) => ResourcesPlain;
type AskPlain = Omit<Ask, 'resources'> & {
  readonly resources: ResourcesPlain;
  readonly sequence: number;
  readonly arrivedUs: Micros;
  readonly left: number;
};

interface AgentPlain {
  readonly id: AgentId;
  readonly info: Omit<AgentInfo, 'total'> & { readonly total: ResourcesPlain };
  readonly activated: boolean;
  readonly unclaimed: readonly {
    readonly framework: FrameworkId;
    readonly role: RoleId;
    readonly resources: ResourcesPlain;
  }[];
}

interface FrameworkPlain {
  readonly id: FrameworkId;
  readonly info: Omit<FrameworkInfo, 'minAllocatable' | 'constraints'>;
  readonly minAllocatable: readonly (readonly [RoleId, readonly Quantities[]])[] | undefined;
  readonly constraints: readonly (readonly [RoleId, readonly ConstraintGroup[]])[] | undefined;
  readonly active: boolean;
  readonly hasAsked: boolean;
  readonly suppressed: readonly RoleId[];
  readonly clients: readonly ClientPlain[];
}

interface ClientPlain {
  readonly role: RoleId;
  readonly subscribed: boolean;
  readonly count: number;
  readonly asks: readonly AskPlain[];
  readonly clearedBelow: number;
  readonly holds: readonly { readonly agent: AgentId; readonly resources: ResourcesPlain }[];
  readonly filters: readonly {
    readonly agent: AgentId;
    readonly refused: ResourcesPlain;
    readonly endsUs: Micros;
  }[];
}

export interface BooksSnapshot {
  readonly agents: readonly AgentPlain[];
  readonly frameworks: readonly FrameworkPlain[];
  readonly whitelist: readonly string[] | null;
  readonly weights: readonly (readonly [string, number])[];
  readonly quotas: readonly {
    readonly role: string;
    readonly guarantees: Quantities;
    readonly limits: Quantities;
  }[];
  /** Allocations counted per role node and per `.` leaf: they outlive the frameworks that caused them. */
  readonly roleCounts: readonly (readonly [string, number, number | null])[];
  readonly nextAsk: number;
  readonly work: WorkSnapshot;
}

/** @param write makes plain data of resources, unless the snapshot is but for a copy in this program */
export function snapshotBooks(books: Books, write: Write = toPlain): BooksSnapshot {
  const { tree, quota } = books;
  const filters = groupedByClient(books.filters.records());
  const holds = groupedByClient(books.holdings.rows());
  return {
    agents: books.pool.info.flatMap((info, id) =>
      info === undefined ? [] : [agentPlain(books, id, info, write)],
    ),
    frameworks: books.frameworks.flatMap((entry) =>
      entry === undefined ? [] : [frameworkPlain(books, entry, { holds, filters, write })],
    ),
    whitelist: books.whitelist === undefined ? null : [...books.whitelist].sort(),
    weights: [...books.roles.weights].sort(byKey),
    quotas: quota.roles.map((role) => ({ role: role.path, ...quotaOf(role) })),
    roleCounts: [...books.roles.paths()].sort().map((path) => {
      const home = books.roles.knownHome(path);
      const homeCount = home === undefined ? null : tree.countOf(home);
      return [path, tree.countOf(books.roles.node(path)), homeCount] as const;
    }),
    nextAsk: books.nextAsk,
    work: books.work.snapshot(),
  };
}

/** Yields wherever a pause is possible. @param books new and empty */
export function* restoreBooks(books: Books, snapshot: BooksSnapshot): Generator<undefined, void> {
  books.whitelist = snapshot.whitelist === null ? undefined : new Set(snapshot.whitelist);
  for (const [path, weight] of snapshot.weights) books.roles.setWeight(path, weight);
  for (const { role, guarantees, limits } of snapshot.quotas) books.quota.set(role, guarantees, limits);
  for (const agent of snapshot.agents) {
    yield undefined;
    restoreAgent(books, agent);
  }
  for (const framework of snapshot.frameworks) yield* restoreFramework(books, framework);
  for (const [path, count, homeCount] of snapshot.roleCounts) {
    books.tree.setCount(books.roles.node(path), count);
    if (homeCount !== null) books.tree.setCount(books.roles.home(path), homeCount);
  }
  books.nextAsk = snapshot.nextAsk;
  books.tree.totalsChanged();
  books.work.restore(snapshot.work);
}

function agentPlain(books: Books, id: AgentId, info: AgentInfo, write: Write): AgentPlain {
  const unclaimed = (books.unclaimed.get(id) ?? []).map((each) => ({
    ...each,
    resources: write(each.resources),
  }));
  const activated = books.pool.activated[id];
  return { id, info: { ...info, total: write(info.total) }, activated, unclaimed };
}

function restoreAgent(books: Books, agent: AgentPlain): void {
  const { pool } = books;
  const info: AgentInfo = { ...agent.info, total: fromPlain(agent.info.total) };
  pool.add(agent.id, info);
  pool.activated[agent.id] = agent.activated;
  pool.open[agent.id] = agent.activated && books.isWhitelisted(info.hostname);
  books.accountReservations(info.total, 1);
  for (const { framework, role, resources } of agent.unclaimed) {
    pool.take(agent.id, fromPlain(resources));
    books.claim(framework, role, agent.id, fromPlain(resources));
  }
}

type Rows<Row> = ReadonlyMap<ClientId, readonly Row[]>;
type Holds = Rows<ReturnType<Books['holdings']['rows']>[number]>;
type Filters = Rows<ReturnType<Books['filters']['records']>[number]>;

/** In their order: to search all of them for each client takes long where there are many of both. */
function groupedByClient<Row extends { readonly client: ClientId }>(rows: readonly Row[]): Rows<Row> {
  const groups = new Map<ClientId, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.client);
    if (group === undefined) groups.set(row.client, [row]);
    else group.push(row);
  }
  return groups;
}

interface Gathered {
  readonly holds: Holds;
  readonly filters: Filters;
  readonly write: Write;
}

function frameworkPlain(books: Books, entry: FrameworkEntry, gathered: Gathered): FrameworkPlain {
  const { minAllocatable, constraints, ...info } = entry.info;
  const clients = books.clientsOf(entry).sort((a, b) => a.role - b.role);
  return {
    id: entry.id,
    info,
    minAllocatable: minAllocatable && [...minAllocatable],
    constraints: constraints && [...constraints],
    active: entry.active,
    hasAsked: entry.hasAsked,
    suppressed: [...entry.suppressed].sort((a, b) => a - b),
    clients: clients.map((client) => clientPlain(books, client, gathered)),
  };
}

function clientPlain(books: Books, client: Client, { write, ...gathered }: Gathered): ClientPlain {
  const [holds, filters] = [gathered.holds.get(client.id) ?? [], gathered.filters.get(client.id) ?? []];
  return {
    role: client.role,
    subscribed: client.subscribed,
    count: books.tree.countOf(client.node),
    asks: client.asks.toArray().map((ask) => Object.assign({}, ask, { resources: write(ask.resources) })),
    clearedBelow: client.asks.clearedBelow,
    holds: holds.map(({ agent, resources }) => ({ agent, resources: write(resources) })),
    filters: filters
      .map(({ agent, refused, endsUs }) => ({ agent, refused: write(refused), endsUs }))
      .sort((a, b) => a.endsUs - b.endsUs || a.agent - b.agent || compareJson(a.refused, b.refused)),
  };
}

function* restoreFramework(books: Books, plain: FrameworkPlain): Generator<undefined, void> {
  const info: FrameworkInfo = {
    ...plain.info,
    ...(plain.minAllocatable && { minAllocatable: new Map(plain.minAllocatable) }),
    ...(plain.constraints && { constraints: new Map(plain.constraints) }),
  };
  const entry: FrameworkEntry = {
    id: plain.id,
    active: plain.active,
    hasAsked: plain.hasAsked,
    suppressed: new Set(plain.suppressed),
    clients: new Map(),
    lastClient: undefined,
    ...described(info),
  };
  books.frameworks[plain.id] = entry;
  for (const each of plain.clients) {
    const client = books.clientFor(entry, each.role);
    client.subscribed = each.subscribed;
    for (const { agent, resources } of each.holds) {
      yield undefined;
      books.charge(client, agent, fromPlain(resources), 0);
    }
    books.tree.setCount(client.node, each.count);
    for (const ask of each.asks) {
      const queued = new QueuedAsk(
        { ...ask, resources: fromPlain(ask.resources) },
        ask.sequence,
        ask.arrivedUs,
      );
      queued.left = ask.left;
      client.asks.append(queued);
    }
    client.asks.clearedBelow = each.clearedBelow;
    for (const { agent, refused, endsUs } of each.filters) {
      books.filters.add(client.id, agent, fromPlain(refused), endsUs);
    }
    books.relist(client);
  }
}

function compareJson(a: unknown, b: unknown): number {
  const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)];
  return textA < textB ? -1 : textA > textB ? 1 : 0;
}

function toPlain(resources: Resources): ResourcesPlain {
  return resourcesToJson(resources, { legacy: false });
}

function fromPlain(plain: ResourcesPlain): Resources {
  return plain instanceof Resources ? plain : resourcesFromJson(plain).resources;
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
