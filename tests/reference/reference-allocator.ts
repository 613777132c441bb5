/**
 * A slow and obviously correct allocator, written from the rules alone, for the fast ones to be compared with: a few facts,
 * and every answer worked out from them anew. `drf` with coarse and demand offers, and `fifo` (P-2). It judges no
 * calls: a history knows which are mistakes. What it takes from the core has tests of its own, such as how resources are cut.
 */
import { isDeepStrictEqual } from 'node:util';
import { sort } from 'd3-array';
import type * as api from '../../src/cluster/allocator.js';
import { parseConstraint, satisfies } from '../../src/cluster/attributes.js';
import type { AgentId, FrameworkId, Micros, RoleId } from '../../src/cluster/ids.js';
import { compileOfferConstraints } from '../../src/cluster/offer-constraints.js';
import type { AgentInfo, Ask, FrameworkInfo, Offer, Quantities } from '../../src/cluster/protocol.js';
import { GPUS, isLimited, kindOf, nameOf, type Kind } from '../../src/cluster/resources/kinds.js';
import * as queries from '../../src/cluster/resources/queries.js';
import { compareReserved } from '../../src/cluster/resources/reserved-order.js';
import { ResourceBag, Resources } from '../../src/cluster/resources/resources.js';
import { compareBytes, isWithin, lineageOf } from '../../src/cluster/roles.js';
import { parentOf, randomSorter } from './random-sorter.js';

type Hints = 'dirty' | 'triggered' | 'nextExpiry' | 'declineOffers' | 'nestedQuota';
type Told = Exclude<keyof api.Allocator, Hints | 'digest' | 'snapshot' | 'restore'>;
type Done<Call> = Call extends (...args: infer Args) => api.Refusal ? (...args: Args) => void : Call;
/** An allocator that refuses nothing, does not show its state and gives no hints when to run it. */
export type Reference = { [Name in Told]: Done<api.Allocator[Name]> };
type Holder = Pick<api.Holding, 'framework' | 'role'>;
type Place = Omit<api.Holding, 'resources'>;
/** What is left of an ask. It keeps its place when that is nothing, for what may come back. */
type QueuedAsk = Ask & { readonly arrival: number; count: number };
/** A framework in a role that it is subscribed to. */
interface Client extends Holder {
  suppressed: boolean;
  asks: QueuedAsk[];
  filters: { agent: AgentId; refused: Resources; ends: Micros; isShortest: boolean }[];
}
const NOTHING = Resources.EMPTY;
const sum = (bags: readonly Resources[]) => bags.reduce((all, bag) => all.plus(bag), NOTHING);
/** As plain resources of the same names, which add and saturate as quantities do. */
const quantitiesOf = (bag: Resources) => {
  const sums = new ResourceBag();
  bag.forEachScalar((name, milli) => sums.add(name, milli));
  return sums.toResources();
};
const unordered = (info: AgentInfo) => {
  return { ...info, attributes: new Set(info.attributes), capabilities: new Set(info.capabilities) };
};
/** What may serve an ask that names no reservation. */
const isDivisible = (k: Kind) => k.type === 'SCALAR' && k.unitMilli === 0 && !k.revocable;
/** The largest part of any quantity. */
const largestPart = (some: Resources, all: Resources) => {
  const [part, whole] = [quantitiesOf(some), quantitiesOf(all)];
  return Math.max(0, ...whole.kinds.map((name) => part.amountOf(name) / whole.amountOf(name)));
};

export function referenceAllocator(options: api.AllocatorOptions, policy: 'drf' | 'fifo' = 'drf'): Reference {
  const agents = new Map<AgentId, { info: AgentInfo; active: boolean }>();
  const frameworks = new Map<FrameworkId, { info: FrameworkInfo; active: boolean; hasAsked: boolean }>();
  let clients: Client[] = [];
  /** At most one entry per framework, role and agent; the framework may be unknown as yet. */
  let held: readonly api.Holding[] = [];
  /** Allocations received, of every node of the tree. */
  const counts = new Map<string, number>();
  const quotas = new Map<RoleId, { owed: Resources; limits: Quantities }>();
  const { weights, ...sorter } = randomSorter(options);
  let whitelist: readonly string[] | null = null;
  /** Agents of which something asked for a run since the last one. */
  const candidates = new Set<AgentId>();
  let arrivals = 0;
  let run: { now: Micros; scope: api.AllocationScope; agents: readonly AgentId[]; sink: api.OfferSink };
  const pathOf = (role: RoleId) => options.roles.path(role);
  const totalOf = (agent: AgentId) => agents.get(agent)!.info.total;
  const infoOf = ({ framework }: Holder) => frameworks.get(framework)!.info;
  const clientsOf = (framework: FrameworkId, roles: readonly RoleId[] = []) =>
    clients.filter((c) => c.framework === framework && (roles.length === 0 || roles.includes(c.role)));

  // ---- held and free
  const heldOn = (agent: AgentId, belongs = (_: Holder) => true) =>
    sum(held.filter((h) => h.agent === agent && belongs(h)).map((h) => h.resources));
  /** What nobody holds; a shared item stays available however often it is held. */
  const available = (agent: AgentId) => totalOf(agent).minus(heldOn(agent).filter((kind) => !kind.shared));
  /** In this place `to` is held instead of `from`. */
  const convert = ({ framework, role, agent }: Place, from: Resources, to: Resources) => {
    const isHere = (h: Place) => h.framework === framework && h.role === role && h.agent === agent;
    const before = held.find(isHere)?.resources ?? NOTHING;
    const after = { framework, role, agent, resources: before.minus(from).plus(to) };
    held = [...held.filter((h) => !isHere(h)), after].filter((h) => !h.resources.isEmpty);
    forgetGone();
  };
  /** Quantities of all agents; what is shared counts once on its agent, however many hold it. */
  const inAll = (bagOn: (agent: AgentId) => Resources) =>
    sum([...agents.keys()].map((agent) => quantitiesOf(bagOn(agent))));
  const isKnown = (h: Holder) => frameworks.has(h.framework);

  // ---- shares and orders
  // A tree: roles, part by part of their paths; in each its virtual leaf `.`; in that its frameworks, by number.
  const leafOf = (h: Holder) => `${pathOf(h.role)}/./${h.framework}`;
  /** A framework is in the roles it has, and where it holds something still; so is all above it. */
  const nodes = () => [...new Set([...clients, ...held.filter(isKnown)].map(leafOf).flatMap(lineageOf))];
  /** The largest part of all agents, on or off, that is held in the node, over its weight. */
  const shareOf = (node: string) => {
    const all = inAll((a) => totalOf(a).filter(({ name }) => !options.fairnessExclude.includes(name)));
    const inside = inAll((agent) => heldOn(agent, (h) => isKnown(h) && isWithin(leafOf(h), node)));
    return largestPart(inside, all) / (weights.get(node) ?? 1);
  };
  /** One more allocation for the framework and all nodes above it. */
  const count = (holder: Holder) =>
    lineageOf(leafOf(holder)).forEach((node) => counts.set(node, (counts.get(node) ?? 0) + 1));
  /** Gone nodes lose their counts; a role without sub-roles is its own virtual leaf. */
  const forgetGone = () => {
    const there = nodes();
    for (const node of counts.keys()) if (!there.includes(node)) counts.delete(node);
    for (const leaf of there.filter((node) => node.endsWith('/.'))) {
      const siblings = there.filter((node) => parentOf(node) === parentOf(leaf));
      if (siblings.length === 1) counts.set(leaf, counts.get(parentOf(leaf)) ?? 0);
    }
  };
  /** Frameworks in a node. Siblings by share, allocations and bytes, in place of each what is in it. */
  const leavesIn = (parent: string): string[] => {
    const areLeaves = parent.endsWith('/.');
    const idOf = (leaf: string) => frameworks.get(Number(leaf.slice(parent.length + 1)))!.info.id;
    const nameIn = (node: string) => (areLeaves ? idOf(node) : node);
    const children = nodes().filter((node) => parentOf(node) === parent);
    const byBytes = children.sort((a, b) => compareBytes(nameIn(a), nameIn(b)));
    const siblings = sort(byBytes, shareOf, (node) => counts.get(node) ?? 0);
    return areLeaves ? siblings : siblings.flatMap(leavesIn);
  };
  /** Those that want offers; the others weigh on shares alone. */
  const clientsIn = (node: string) => {
    const willing = clients.filter((c) => frameworks.get(c.framework)!.active && !c.suppressed);
    return leavesIn(node).flatMap((leaf) => willing.filter((client) => leafOf(client) === leaf));
  };

  /** The same in the order in which an agent comes to them in a stage: a random sorter's is drawn anew. */
  const clientsOn = (agent: AgentId, stage: 1 | 2) => {
    const known = clientsIn('').filter((c) => isCoarse || !frameworks.get(c.framework)!.hasAsked);
    const runners = known.map((client) => ({ client, role: pathOf(client.role), id: infoOf(client).id }));
    return sorter.inOrder(runners, agent, stage).map(({ client }) => client);
  };

  // ---- quota
  const limitedHeld = (belongs: (h: Holder) => boolean) =>
    inAll((agent) => heldOn(agent, (h) => isKnown(h) && belongs(h)).filter(isLimited));
  /** Reserved for the role and below, held or not, and what is held there unreserved (section 5, R-2.5). */
  const consumed = (role: RoleId) => {
    const isInside = (path: string) => isWithin(path, pathOf(role));
    const isReserved = ({ owner }: Kind) => owner !== undefined && isInside(owner);
    return inAll((a) => totalOf(a).filter(isReserved)).plus(limitedHeld((h) => isInside(pathOf(h.role))));
  };
  const unmet = (role: RoleId) => (quotas.get(role)?.owed ?? NOTHING).minus(consumed(role));
  const requiredHeadroom = () => sum([...quotas.keys()].map(unmet));
  const availableHeadroom = () => inAll((a) => totalOf(a).filter(isLimited)).minus(limitedHeld(() => true));

  // ---- what may be offered to whom
  /** Of a bag, what the client may use and is able to. */
  const usable = (client: Client, bag: Resources) => {
    const can = infoOf(client).capabilities;
    const [shared, revocable] = [can.includes('SHARED_RESOURCES'), can.includes('REVOCABLE_RESOURCES')];
    const able = { shared, revocable, refined: can.includes('RESERVATION_REFINEMENT') };
    return queries.receivablePart(queries.allocatableTo(bag, pathOf(client.role)), able);
  };
  /** What framework and agent are able to do with each other. */
  const mayReceive = (client: Client, agent: AgentId) => {
    const { capabilities: can, constraints = new Map() } = infoOf(client);
    const { info } = agents.get(agent)!;
    const isRemote = info.domain !== undefined && info.domain.region !== options.domain?.region;
    return (
      compileOfferConstraints(constraints).get(client.role)?.(info) !== false &&
      (can.includes('GPU_RESOURCES') || quantitiesOf(info.total).amountOf(GPUS) === 0) &&
      (can.includes('REGION_AWARE') || !isRemote) &&
      (info.capabilities.includes('MULTI_ROLE') || !can.includes('MULTI_ROLE')) &&
      (info.capabilities.includes('HIERARCHICAL_ROLE') || !pathOf(client.role).includes('/'))
    );
  };
  const cut = (bag: Resources, room: (name: number) => number) =>
    queries.shrinkScalars(bag, room, options.random('shrink'));
  /** Headroom to be left, as the cycle goes on; what of the last candidate is for a guarantee and lowers that (step 6). */
  let [required, guaranteed] = [NOTHING, NOTHING];
  /** The most that a cycle offers (section 5) of `wanted`. Stage 1: some of a guarantee and what goes with it, or nothing. */
  const candidate = (client: Client, agent: AgentId, isFirst: boolean, wanted = available(agent)) => {
    if (!mayReceive(client, agent) || !available(agent).contains(wanted)) return NOTHING;
    const bag = usable(client, wanted);
    const limited = bag.filter(isLimited);
    guaranteed = isFirst ? cut(limited, (name) => unmet(client.role).amountOf(name)) : NOTHING;
    if (isFirst && guaranteed.isEmpty) return NOTHING;
    const isOwn = (kind: Kind) => !isFirst || kind.owner === pathOf(client.role);
    const always = bag.filter((k) => !isLimited(k) && (k.type !== 'SCALAR' || k.revocable || isOwn(k)));
    const limits = quotas.get(client.role)?.limits ?? {}; // not those of roles above it
    const used = consumed(client.role).plus(quantitiesOf(guaranteed));
    const room = (name: number) => (limits[nameOf(name)] ?? Infinity) - used.amountOf(name);
    const burst = cut(limited.minus(guaranteed), room);
    const surplus = availableHeadroom().minus(required);
    const rest = required.isEmpty ? burst : cut(burst, (name) => surplus.amountOf(name));
    return guaranteed.plus(always).plus(rest);
  };
  /** Contains one of the quantities in full. */
  const isAllocatable = (client: Client, bag: Resources) => {
    const least = infoOf(client).minAllocatable?.get(client.role) ?? options.minAllocatable;
    const isEnough = least.length === 0 || least.some((each) => queries.containsQuantities(bag, each));
    return isEnough && !bag.isEmpty;
  };
  /** Refused ⊇ offered. The batch run at the very end of the shortest filters still sees them. */
  const isFiltered = (client: Client, agent: AgentId, bag: Resources) =>
    client.filters.some((filter) => {
      const isLast = run.now === filter.ends && filter.isShortest && run.scope === 'all';
      return filter.agent === agent && (run.now < filter.ends || isLast) && filter.refused.contains(bag);
    });
  /** Agents by --agent-order, of equals the lower id. `left`: the part of an agent that will be free. Nothing is drawn. */
  const byAgentOrder = (which: readonly AgentId[], left: (agent: AgentId) => number) => {
    if (options.agentOrder === 'best-fit') return sort(which, left);
    return options.agentOrder === 'least-loaded' ? sort(which, (agent) => -left(agent)) : which;
  };

  // ---- cycles
  const isCoarse = options.offers === 'coarse';
  /** Agents outside, roles and frameworks inside, whole agents offered. */
  const coarseCycle = () => {
    const offers = new Map<string, Offer>();
    const visit = (agent: AgentId, isFirst: boolean) => {
      for (const client of clientsOn(agent, isFirst ? 1 : 2)) {
        const bag = candidate(client, agent, isFirst);
        if (!isAllocatable(client, bag) || isFiltered(client, agent, bag)) continue;
        const place = { framework: client.framework, role: client.role, agent };
        const key = Object.values(place).join();
        const resources = bag.plus(offers.get(key)?.resources ?? NOTHING); // of both stages
        offers.set(key, { id: -1, ...place, resources, ask: undefined });
        convert(place, NOTHING, bag);
        count(client);
        required = required.minus(quantitiesOf(guaranteed));
      }
    };
    const left = (agent: AgentId) => largestPart(available(agent).plainPart(), totalOf(agent).plainPart());
    const order = byAgentOrder(run.agents, left);
    required = requiredHeadroom();
    if (!required.isEmpty) for (const agent of order) visit(agent, true);
    for (const agent of order) visit(agent, false);
    for (const offer of offers.values()) run.sink(offer.framework, [offer]);
  };
  /** Asks outside, agents inside, one offer per granted task, until nothing is granted any more. */
  const demandCycle = (): void => {
    const head = (client: Client) => client.asks.find((ask) => ask.count > 0); // the oldest alone
    const waiting = clientsIn('').filter(head);
    const oldest = sort(waiting, (client) => head(client)!.arrival).slice(0, 1); // P-2
    if ((policy === 'fifo' ? oldest : waiting).some((client) => grant(client, head(client)!))) demandCycle();
  };
  /** Grants a piece, or a gang whole; false: that is not feasible. */
  const grant = (client: Client, ask: QueuedAsk) => {
    const { framework } = client;
    const [before, offers]: [typeof held, Offer[]] = [held, []];
    while (offers.length < (ask.allOrNothing ? ask.count : 1)) {
      const [agent] = placesFor(client, ask);
      if (agent === undefined) {
        held = before;
        return false;
      }
      const offer = { id: -1, framework, role: ask.role, agent, resources: pieceOn(client, agent, ask), ask };
      offers.push(offer);
      convert(offer, NOTHING, offer.resources);
    }
    offers.forEach(count);
    ask.count -= offers.length;
    run.sink(framework, offers);
    return true;
  };
  /** Agents where the coarse cycle could have included it in an offer, min-allocatable aside; the best one first. */
  const placesFor = (client: Client, ask: Ask) => {
    const feasible = run.agents.filter((agent) => {
      const { attributes, hostname } = agents.get(agent)!.info;
      const piece = pieceOn(client, agent, ask);
      required = requiredHeadroom();
      const isOffered = [true, false].some((first) => candidate(client, agent, first, piece).contains(piece));
      const isAllowed = satisfies(parseConstraint(ask.constraint ?? ''), attributes, hostname);
      return isOffered && isAllowed && !isFiltered(client, agent, piece);
    });
    const servable = (bag: Resources) => usable(client, bag).filter(isDivisible);
    const left = (a: AgentId) =>
      largestPart(servable(available(a).minus(pieceOn(client, a, ask))), servable(totalOf(a)));
    return byAgentOrder(feasible, left);
  };
  /** What serves an ask on an agent: what is reserved most narrowly first, what is not reserved last. */
  const pieceOn = (client: Client, agent: AgentId, { resources }: Ask) => {
    let [piece, missing] = [resources.specialPart(), resources.plainPart()];
    const reserved = usable(client, available(agent).minus(piece)).filter(isDivisible).specialPart();
    for (const kind of reserved.kinds.map(kindOf).sort(compareReserved)) {
      const there = reserved.filter(({ id }) => id === kind.id);
      const part = cut(there, (name) => missing.amountOf(name));
      piece = piece.plus(part);
      missing = missing.minus(quantitiesOf(part));
    }
    return piece.plus(missing);
  };

  // ---- calls
  const nameAllAgents = () => [...agents.keys()].forEach((agent) => candidates.add(agent));
  const silence = (client: Client) => Object.assign(client, { suppressed: true, asks: [] });
  const wake = (client: Client) => Object.assign(client, { suppressed: false, filters: [] });

  return {
    name: `reference-${policy}`,
    addAgent(agent, info, used) {
      agents.set(agent, { info, active: true });
      for (const holding of used) convert({ ...holding, agent }, NOTHING, holding.resources);
      used.filter(isKnown).forEach(count);
      candidates.add(agent);
    },
    updateAgent(agent, info) {
      const [before, after] = [unordered(agents.get(agent)!.info), unordered(info)];
      agents.get(agent)!.info = info;
      if (isDeepStrictEqual(before, after)) return;
      candidates.add(agent);
      if (isDeepStrictEqual(before.attributes, after.attributes)) return;
      for (const client of clients) client.filters = client.filters.filter((f) => f.agent !== agent);
    },
    removeAgent(agent) {
      agents.delete(agent);
      held = held.filter((h) => h.agent !== agent);
      forgetGone();
    },
    activateAgent: (agent) => void Object.assign(agents.get(agent)!, { active: true }),
    deactivateAgent: (agent) => void Object.assign(agents.get(agent)!, { active: false }),
    setWhitelist: (hostnames) => (whitelist = hostnames),
    addFramework(framework, info, suppressed, active) {
      frameworks.set(framework, { info, active, hasAsked: false });
      this.updateFramework(framework, info, suppressed);
      held.filter((h) => h.framework === framework).forEach(count);
      if (active) nameAllAgents();
    },
    updateFramework(framework, info, suppressed) {
      frameworks.get(framework)!.info = info;
      const known = clientsOf(framework);
      clients = clients.filter((client) => client.framework !== framework);
      for (const role of info.roles) {
        const anew = { framework, role, suppressed: false, asks: [], filters: [] };
        const client = known.find((c) => c.role === role) ?? anew;
        if (suppressed.includes(role) !== client.suppressed) (client.suppressed ? wake : silence)(client);
        clients.push(client);
      }
      forgetGone();
    },
    removeFramework(framework) {
      frameworks.delete(framework);
      clients = clients.filter((client) => client.framework !== framework);
      held = held.filter((h) => h.framework !== framework);
      forgetGone();
    },
    activateFramework(framework) {
      frameworks.get(framework)!.active = true;
      nameAllAgents();
    },
    deactivateFramework(framework) {
      frameworks.get(framework)!.active = false;
      for (const client of clientsOf(framework)) client.filters = [];
    },
    request(framework, asks) {
      frameworks.get(framework)!.hasAsked = true;
      if (asks.length === 0) for (const client of clientsOf(framework)) client.asks = [];
      for (const ask of asks) clientsOf(framework, [ask.role])[0].asks.push({ ...ask, arrival: arrivals++ });
    },
    suppress: (framework, roles) => clientsOf(framework, roles).forEach(silence),
    revive(framework, roles) {
      clientsOf(framework, roles).forEach(wake);
      nameAllAgents();
    },
    recover(framework, role, agent, resources, ask) {
      convert({ framework, role, agent }, resources, NOTHING);
      if (ask !== undefined) (ask as QueuedAsk).count++;
    },
    decline(framework, role, agent, refused, refuseUs, now) {
      convert({ framework, role, agent }, refused, NOTHING);
      const life = Math.max(refuseUs, options.intervalUs);
      const filter = { agent, refused, ends: now + life, isShortest: life === options.intervalUs };
      if (refuseUs > 0) for (const client of clientsOf(framework, [role])) client.filters.push(filter);
    },
    updateAllocation(framework, role, agent, from, to) {
      convert({ framework, role, agent }, from, to);
      this.updateAvailable(agent, from, to);
    },
    updateAvailable(agent, from, to) {
      const known = agents.get(agent)!;
      known.info = { ...known.info, total: known.info.total.minus(from).plus(to) };
    },
    setQuota: (role, owed, limits) => void quotas.set(role, { owed: Resources.fromMilli(owed), limits }),
    updateWeights: (changed) => changed.forEach((each) => weights.set(pathOf(each.role), each.weight)),
    allocate(now, scope, sink) {
      const isListed = (agent: AgentId) => whitelist?.includes(agents.get(agent)!.info.hostname) ?? true;
      const named = [...agents.keys()].filter((agent) => scope === 'all' || candidates.has(agent));
      const on = named.filter((agent) => agents.get(agent)!.active && isListed(agent));
      sorter.begin();
      run = { now, scope, sink, agents: on.filter((agent) => !available(agent).isEmpty) };
      candidates.clear();
      if (!isCoarse) demandCycle();
      coarseCycle();
    },
    available,
    holdings: (agent) => held.filter((h) => h.agent === agent),
    roleShare: (role) => shareOf(pathOf(role)),
    frameworkShare: (role, framework) => shareOf(leafOf({ role, framework })),
    roleOrder: () => [...new Set(leavesIn('').map((leaf) => options.roles.find(leaf.split('/./')[0])!))],
    frameworkOrder: (role) => clientsIn(`${pathOf(role)}/.`).map((client) => client.framework),
  };
}
