import process from 'node:process';
import { createAllocator } from '../dist/allocators/registry.js';
import { resourcesFromJson } from '../dist/cluster/resources/json.js';
import { parseResources } from '../dist/cluster/resources/text.js';
import { Roles } from '../dist/cluster/roles.js';
import { randomStream } from '../dist/workloads/random-streams.js';

/** The allocator alone through the bodies of Mesos's own benchmarks (hierarchical_allocator_*). One case a process. */

const SECOND = 1_000_000;
const YEAR = 365 * 24 * 3600 * SECOND;

/** CPU milliseconds of this process so far. */
function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The median of some cycles, and the fastest, which other work on the machine and the collection of garbage touch least. */
function timesOf(cycles) {
  const sorted = cycles.toSorted((a, b) => a - b);
  return { cpuMs: sorted[sorted.length >> 1], fastestMs: sorted[0] };
}

/** Of what can be measured only once. */
function once(ms) {
  return timesOf([ms]);
}

/** An allocator with what it is told and what it offers. */
class Bench {
  constructor(options = {}) {
    this.roles = new Roles();
    this.now = 0;
    this.offers = [];
    this.allocator = createAllocator(options.allocator ?? 'drf', {
      roles: this.roles,
      random: (stream) => randomStream('1', `allocator/${stream}`),
      offers: options.offers ?? 'coarse',
      agentOrder: options.offers === 'demand' ? 'first-fit' : 'random',
      intervalUs: SECOND,
      instant: false,
      minAllocatable: [{ cpus: 10 }, { mem: 32_000 }],
      fairnessExclude: [],
      roleSorter: options.sorter ?? 'drf',
      frameworkSorter: options.sorter ?? 'drf',
    });
  }

  agent(id, total, used = []) {
    const info = { id: `S${id}`, hostname: `h${id}`, total, attributes: [] };
    const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'];
    this.allocator.addAgent(id, { ...info, capabilities }, used, this.now);
  }

  framework(id, role, active = true) {
    const name = `fw-${String(id).padStart(5, '0')}`;
    const capabilities = ['MULTI_ROLE', 'RESERVATION_REFINEMENT'];
    const info = { name, id: name, roles: [this.roles.intern(role)], capabilities };
    this.allocator.addFramework(id, info, [], active, this.now);
  }

  allocate(scope = 'all') {
    this.allocator.allocate(this.now, scope, (_framework, offers) => {
      for (const offer of offers) this.offers.push(offer);
    });
  }

  /** One batch cycle, a second later. @returns {number} CPU milliseconds */
  cycle() {
    this.now += SECOND;
    const start = cpuMs();
    this.allocate();
    return cpuMs() - start;
  }

  /** Cycles with nothing left to give. */
  idleCycles(count = 5) {
    return Array.from({ length: count }, () => this.cycle());
  }

  /** Gives all offers back. @param refuseUs 0: no filter */
  giveBack(refuseUs) {
    const { offers } = this;
    this.offers = [];
    for (const { framework, role, agent, resources } of offers) {
      this.allocator.decline(framework, role, agent, resources, refuseUs, this.now);
    }
    return offers.length;
  }
}

const fragments = Array.from({ length: 16 }, (_, i) => `${31_000 + i * 62}-${31_030 + i * 62}`).join(',');
const agentTotal = parseResources('cpus:24;mem:4096;disk:4096;ports:[31000-32000]');
const agentUsed = parseResources(`cpus:6;mem:512;disk:512;ports:[${fragments}]`);

/** Frameworks in one role, then agents one by one, each with something that runs there. */
function filled(agents, frameworks, options = {}) {
  const bench = new Bench(options);
  for (let id = 0; id < frameworks; id++) bench.framework(id, '*');
  const start = cpuMs();
  for (let id = 0; id < agents; id++) {
    bench.agent(id, agentTotal, [{ framework: id % frameworks, role: 0, resources: agentUsed }]);
    bench.allocate('triggered');
  }
  return { bench, addMs: cpuMs() - start };
}

/** The first four or five rounds run code that is not compiled yet. */
function declineCycles(bench, rounds = 15) {
  const cycles = [];
  let offers = 0;
  for (let round = 0; round < rounds; round++) {
    bench.giveBack(YEAR);
    cycles.push(bench.cycle());
    offers = bench.offers.length;
  }
  return { ...timesOf(cycles), offers };
}

/** Two reservations of one role whose labels no other agent has, and of their labels only the last differs. */
function labelledReservations(id, cpus) {
  const reservation = (which) => {
    const labels = [1, 2, 3, 4].map((key) => ({ key: `key${key}`, value: 'value' }));
    labels.push({ key: 'key5', value: `agent ${id}, ${which}` });
    return { type: 'DYNAMIC', role: 'role', principal: 'principal', labels: { labels } };
  };
  const resource = { name: 'cpus', type: 'SCALAR', scalar: { value: cpus } };
  const entries = [1, 2].map((which) => ({ ...resource, reservations: [reservation(which)] }));
  return resourcesFromJson(entries).resources;
}

export const cases = {
  DeclineOffers: (agents, frameworks, _roles, how) => declineCycles(filled(agents, frameworks, how).bench),

  SuppressOffers(agents, frameworks) {
    const { bench } = filled(agents, frameworks);
    const cycles = [];
    let offers = 0;
    for (let id = 0; id < Math.min(frameworks - 1, 7); id++) {
      bench.giveBack(0);
      bench.allocator.suppress(id, []);
      cycles.push(bench.cycle());
      offers = bench.offers.length;
    }
    return { ...timesOf(cycles), offers };
  },

  /** 99 of 100 frameworks want nothing; all is given back and offered to the others. */
  ExtremeSuppressOffers(agents, frameworks, _roles, how) {
    const { bench } = filled(agents, frameworks, how);
    for (let id = 0; id < Math.floor(0.99 * frameworks); id++) bench.allocator.suppress(id, []);
    const cycles = [];
    for (let round = 0; round < 7; round++) {
      bench.giveBack(0);
      cycles.push(bench.cycle());
    }
    return { ...timesOf(cycles), offers: bench.offers.length };
  },

  AddAgents(agents, frameworks) {
    const { bench, addMs } = filled(agents, frameworks);
    return { ...once(addMs), offers: bench.offers.length };
  },

  UpdateAgents(agents, frameworks) {
    const { bench } = filled(agents, frameworks);
    bench.giveBack(0);
    const total = parseResources('cpus:24;cpus[revocable]:1;mem:4096;disk:4096;ports:[31000-32000]');
    const start = cpuMs();
    for (let id = 0; id < agents; id++) {
      const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'];
      const info = { id: `S${id}`, hostname: `h${id}`, total, attributes: [], capabilities };
      bench.allocator.updateAgent(id, info, bench.now);
      bench.allocate('triggered');
    }
    return { ...once(cpuMs() - start), offers: bench.offers.length };
  },

  /** Two labelled reservations an agent, half of each held by a framework, the other half offered. */
  ResourceLabels(agents, frameworks) {
    const bench = new Bench();
    const role = bench.roles.intern('role');
    for (let id = 0; id < frameworks; id++) bench.framework(id, 'role');
    const rest = parseResources(`mem:512;disk:512;ports:[${fragments}]`);
    const plain = parseResources('cpus:20;mem:4096;disk:4096;ports:[31000-32000]');
    for (let id = 0; id < agents; id++) {
      const resources = rest.plus(labelledReservations(id, 1));
      const used = [{ framework: id % frameworks, role, resources }];
      bench.agent(id, plain.plus(labelledReservations(id, 2)), used);
      bench.allocate('triggered');
    }
    return declineCycles(bench, 5);
  },

  /** A cycle in which nothing changed, after all offers were declined and made anew. */
  IdleCycle(agents, frameworks) {
    const { bench } = filled(agents, frameworks);
    declineCycles(bench, 2);
    return { ...timesOf(bench.idleCycles()), offers: 0 };
  },

  OneRelease(agents, frameworks) {
    const { bench } = filled(agents, frameworks);
    declineCycles(bench, 2);
    const times = [0, 1, 2, 3, 4, 5, 6].map((at) => {
      const { framework, role, agent, resources } = bench.offers[at];
      bench.allocator.recover(framework, role, agent, resources);
      return bench.cycle();
    });
    return { ...timesOf(times), offers: 1 };
  },

  /** @param roles five of six have a small quota, the rest a large one */
  LargeAndSmallQuota(agents, frameworks, roles, how = {}) {
    const small = (roles * 5) / 6;
    const bench = new Bench(how);
    const shape = (cpus) => ({ cpus: cpus * 1000, mem: cpus * 1_024_000, disk: cpus * 1_024_000 });
    const total = parseResources('cpus:2;mem:2048;disk:2048');
    for (let id = 0; id < agents; id++) bench.agent(id, total);
    bench.allocate('triggered');
    for (let id = 0; id < roles; id++) {
      const quota = shape(id < small ? 1 : 4);
      bench.allocator.setQuota(bench.roles.intern(`role${id}`), quota, quota);
      bench.framework(id, `role${id}`, false);
    }
    return firstOrIdle(bench, frameworks, how);
  },

  NonQuotaVsQuota(agents, frameworks, roles, how = {}) {
    const bench = new Bench(how);
    for (let id = 0; id < agents; id++) bench.agent(id, parseResources('cpus:2;mem:2048;disk:2048'));
    bench.allocate('triggered');
    for (let id = 0; id < frameworks; id++) {
      const role = `role${id % roles}`;
      const quota = { cpus: 2000, mem: 2_048_000, disk: 2_048_000 };
      if (how.quota && id < roles) bench.allocator.setQuota(bench.roles.intern(role), quota, quota);
      bench.framework(id, role, false);
    }
    return firstOrIdle(bench, frameworks, how);
  },

  /** Every role is guaranteed something and has nobody, while frameworks without quota are offered what others leave. */
  UnmetGuarantees(agents, frameworks, roles, how = {}) {
    const bench = new Bench(how);
    for (let id = 0; id < agents; id++) bench.agent(id, agentTotal);
    for (let id = 0; id < roles; id++) {
      const quota = { cpus: 4000 + (id % 7) * 1000, mem: 512_000 + (id % 5) * 256_000 };
      bench.allocator.setQuota(bench.roles.intern(`role${id}`), quota, {});
    }
    for (let id = 0; id < frameworks; id++) bench.framework(id, '*');
    const first = bench.cycle();
    return { ...once(first), offers: bench.offers.length };
  },

  /** Thirty batches; `cpuMs` is of one cycle, `launched` of 19,500 tasks. */
  MultiFrameworkAllocations(agents, frameworks, roles, how = {}) {
    const bench = new Bench(how);
    const buyers = multiFrameworkBuyers();
    const isDemand = how.offers === 'demand';
    for (let id = 0; id < agents; id++) bench.agent(id, parseResources('cpus:64;mem:488000'));
    buyers.forEach((buyer, id) => {
      bench.framework(id, buyer.role);
      const ask = { role: bench.roles.intern(buyer.role), resources: buyer.task, count: buyer.left };
      if (isDemand) bench.allocator.request(id, [{ ...ask, allOrNothing: false }], 0);
    });
    const cycles = [];
    let launched = 0;
    let offers = 0;
    for (let second = 0; second < 30; second++) {
      cycles.push(bench.cycle());
      const made = bench.offers;
      offers += made.length;
      bench.offers = [];
      for (const offer of made) launched += accept(bench, buyers[offer.framework], offer, how);
    }
    return { ...timesOf(cycles), offers, launched };
  },
};

/** The first cycle of these frameworks, or those after it, which have nothing to give. */
function firstOrIdle(bench, frameworks, { idle = false }) {
  for (let id = 0; id < frameworks; id++) bench.allocator.activateFramework(id);
  const first = bench.cycle();
  const { length } = bench.offers;
  if (!idle) return { ...once(first), offers: length };
  // The clock is of the whole process: the compiler may still be at work on what the first cycle ran.
  return { ...timesOf(bench.idleCycles()), offers: bench.offers.length - length };
}

function multiFrameworkBuyers() {
  const buyers = [];
  const add = (count, role, text, left, most) => {
    const task = parseResources(text);
    for (let i = 0; i < count; i++) buyers.push({ role: role(i), task, left, most });
  };
  add(4, (i) => `marathon${i}`, 'cpus:0.07;mem:400', 4000, 100);
  add(500, () => 'jenkins', 'cpus:0.1;mem:4000', 5, 1);
  add(50, (i) => `spark${i}`, 'cpus:1;mem:1000', 20, 5);
  return buyers;
}

/** Launches what fits of an offer and declines the rest for 5 s. @returns {number} tasks launched */
function accept(bench, buyer, { framework, role, agent, resources, ask }, { suppress = false }) {
  if (ask !== undefined) return 1;
  let launched = 0;
  let rest = resources;
  while (buyer.left > 0 && launched < buyer.most && rest.contains(buyer.task)) {
    rest = rest.minus(buyer.task);
    buyer.left--;
    launched++;
  }
  if (!rest.isEmpty) bench.allocator.decline(framework, role, agent, rest, 5 * SECOND, bench.now);
  if (suppress && buyer.left === 0) bench.allocator.suppress(framework, []);
  return launched;
}

if (process.argv[2] === '--case') {
  const [name, ...parameters] = JSON.parse(process.argv[3]);
  console.log(JSON.stringify(cases[name](...parameters)));
}
