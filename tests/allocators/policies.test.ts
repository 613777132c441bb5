/** What each policy does otherwise than drf, on clusters small enough to follow. */
import { describe, expect, it } from 'vitest';
import { dealt } from '../../src/allocators/parts.js';
import { allocatorMisfit, createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions, AllocatorSnapshot } from '../../src/cluster/allocator.js';
import type { RunFacts } from '../../src/allocators/policy.js';
import { parseAttributes } from '../../src/cluster/attributes.js';
import type { AgentInfo, FrameworkInfo, Quantities } from '../../src/cluster/protocol.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { smallRun } from '../sim/small-run.js';
import { smallTrace } from '../sim/small-trace.js';
import { plainOptions } from './plain-options.js';

/** One allocator with agents a0, a1, …, driven by hand. */
class Bench {
  readonly roles = new Roles();
  readonly allocator: Allocator;

  constructor(text: string, agents: readonly string[], options: Partial<AllocatorOptions> = {}) {
    this.allocator = createAllocator(text, plainOptions(this.roles, options));
    for (const [id, text] of agents.entries()) this.allocator.addAgent(id, this.#info(id, text), [], 0);
  }

  /** An agent says something else of itself. */
  agent(id: number, text: string): void {
    this.allocator.updateAgent(id, this.#info(id, text), 0);
  }

  /** @param text resources, and attributes after a blank */
  #info(id: number, text: string): AgentInfo {
    const [resources, attributes = ''] = text.split(' ');
    const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const;
    const info = {
      id: `S${id}`,
      hostname: `a${id}`,
      total: parseResources(resources),
      attributes: parseAttributes(attributes),
      capabilities,
    };
    return info;
  }

  framework(id: number, role: string, capabilities: FrameworkInfo['capabilities'] = []): void {
    const info = { name: `f${id}`, id: `f${id}`, roles: [this.roles.intern(role)], capabilities };
    this.allocator.addFramework(id, info, [], true, 0);
  }

  guarantee(role: string, guarantees: Quantities): void {
    this.allocator.setQuota(this.roles.intern(role), guarantees, {});
  }

  weights(weights: Readonly<Record<string, number>>): void {
    const list = Object.entries(weights).map(([role, weight]) => ({ role: this.roles.intern(role), weight }));
    this.allocator.updateWeights(list);
  }

  /** `f0 a0 cpus:4` per offer of a batch run. */
  run(): string[] {
    const made: string[] = [];
    this.allocator.allocate(0, 'all', (framework, offers) => {
      for (const { agent, resources } of offers)
        made.push(`f${framework} a${agent} ${formatResources(resources)}`);
    });
    return made.sort();
  }
}

describe('weighted-role', () => {
  const offered = (text: string): string[] => {
    const bench = new Bench(text, ['cpus:16']);
    bench.framework(0, 'ci');
    bench.framework(1, 'picky');
    return bench.run();
  };

  it('cuts an agent by slices where drf gives it to one framework (T-10)', () => {
    expect(offered('drf')).toEqual(['f0 a0 cpus:16']);
    expect(offered('weighted-role')).toEqual(['f0 a0 cpus:8', 'f1 a0 cpus:8']);
  });

  it('applies nested weights level by level, among roles that want more', () => {
    const bench = new Bench('weighted-role', ['cpus:24']);
    bench.weights({ 'eng/web': 2, ops: 1 });
    bench.framework(0, 'eng/web');
    bench.framework(1, 'eng/db');
    bench.framework(2, 'ops');
    bench.framework(3, 'quiet');
    bench.allocator.suppress(3, []);
    expect(bench.run()).toEqual(['f0 a0 cpus:8', 'f1 a0 cpus:4', 'f2 a0 cpus:12']);
  });

  it('takes off what a satisfied role holds, and hands on what nobody is entitled to', () => {
    const bench = new Bench('weighted-role', ['cpus:4', 'cpus:12']);
    bench.framework(0, 'full');
    bench.allocator.deactivateAgent(1);
    expect(bench.run()).toEqual(['f0 a0 cpus:4']);
    bench.allocator.suppress(0, []);
    bench.allocator.activateAgent(1);
    bench.framework(1, 'ci');
    bench.framework(2, 'web');
    expect(bench.run()).toEqual(['f1 a1 cpus:6', 'f2 a1 cpus:6']);
  });
});

describe('reservation', () => {
  it('holds a guarantee on one agent, best fit, before its role has a framework', () => {
    const bench = new Bench('reservation', ['cpus:16', 'cpus:5', 'cpus:4']);
    bench.guarantee('db', { cpus: 4000 });
    bench.framework(0, 'batch');
    expect(bench.run()).toEqual(['f0 a0 cpus:16', 'f0 a1 cpus:5']);
    bench.framework(1, 'db');
    expect(bench.run()).toEqual(['f1 a2 cpus:4']);
  });

  it('spreads a guarantee over few agents, in proportion', () => {
    const bench = new Bench('reservation', ['cpus:2;mem:9000', 'cpus:4;mem:9000', 'cpus:4;mem:9000']);
    bench.guarantee('db', { cpus: 6000, mem: 6_000_000 });
    bench.framework(0, 'batch');
    expect(bench.run()).toEqual(['f0 a0 mem:7000', 'f0 a1 mem:5000', 'f0 a2 cpus:4;mem:9000']);
  });

  it('gives up what the role got elsewhere', () => {
    const bench = new Bench('reservation', ['cpus:4', 'cpus:8']);
    bench.framework(1, 'db');
    expect(bench.run()).toEqual(['f1 a0 cpus:4', 'f1 a1 cpus:8']);
    bench.guarantee('db', { cpus: 6000 });
    const [db] = [bench.roles.intern('db')];
    bench.allocator.decline(1, db, 0, parseResources('cpus:4'), 60_000_000, 0);
    bench.framework(0, 'batch');
    expect(bench.run()).toEqual(['f0 a0 cpus:4']);
  });

  it('keeps a placeable guarantee where drf keeps a sum (T-12)', async () => {
    const trace = smallTrace([
      { role: 'batch', cpus: 2, mem: 2048, s: 100 },
      { role: 'batch', cpus: 2, mem: 2048, s: 100 },
      { role: 'db', at: 1, cpus: 4, s: 10 },
    ]);
    const quotas = new Map([['db', { guarantees: { cpus: 4000 }, limits: {} }]]);
    const cluster = ['2*cpus:4;mem:4096'];
    const starts = async (policy: string) =>
      (await smallRun(trace, { policy, quotas, cluster, agentOrder: 'least-loaded' })).starts;
    expect(await starts('drf')).toEqual([0, 0, 100]);
    expect(await starts('reservation')).toEqual([0, 0, 1]);
  });
});

describe('static', () => {
  it.each([
    [10, [1, 1, 1], [4, 3, 3]],
    [7, [3, 1], [5, 2]],
    [5, [1, 2, 2], [1, 2, 2]],
    [3, [1, 1], [2, 1]],
    [4, [1, 1, 1, 1], [1, 1, 1, 1]],
    [2, [100, 1], [2, 0]],
  ])(
    'deals %i agents to weights %j: largest remainder, first name first (P-4)',
    (agents, weights, counts) => {
      expect(dealt(agents, weights)).toEqual(counts);
    },
  );

  it('deals whole agents in order, to owners in order of name, and offers them to nobody else', () => {
    const tenants = { roles: ['web', 'ci'], frameworks: [] };
    const bench = new Bench('static', ['cpus:1', 'cpus:2', 'cpus:3', 'cpus:4', 'cpus:5'], { tenants });
    bench.weights({ web: 2 });
    bench.framework(0, 'web');
    expect(bench.run()).toEqual(['f0 a2 cpus:3', 'f0 a3 cpus:4', 'f0 a4 cpus:5']);
    bench.framework(1, 'ci');
    expect(bench.run()).toEqual(['f1 a0 cpus:1', 'f1 a1 cpus:2']);
  });

  it('by framework, every framework weighs the same', () => {
    const tenants = { roles: ['*'], frameworks: ['f1', 'f0'] };
    const bench = new Bench('static?by=framework', ['cpus:1', 'cpus:2', 'cpus:3'], { tenants });
    bench.framework(0, '*');
    bench.framework(1, '*');
    expect(bench.run()).toEqual(['f0 a0 cpus:1', 'f0 a1 cpus:2', 'f1 a2 cpus:3']);
  });

  describe('where agents name their owners (P-4: or as the cluster file says)', () => {
    const tenants = { roles: ['ci', 'db', 'web'], frameworks: [] };
    const agents = ['cpus:1', 'cpus:2 owner:db', 'cpus:3', 'cpus:4 owner:gone', 'cpus:5'];
    const offers = { ci: 'f0 a0 cpus:1', db: 'f1 a1 cpus:2', web: ['f2 a2 cpus:3', 'f2 a4 cpus:5'] };

    it('deals the others to the owners that no agent names, by weight', () => {
      const bench = new Bench('static', agents, { tenants });
      bench.weights({ web: 2, db: 100 });
      for (const [id, role] of tenants.roles.entries()) bench.framework(id, role);
      expect(bench.run()).toEqual([offers.ci, offers.db, ...offers.web]);
    });

    it('deals them to all where each owner is named', () => {
      const bench = new Bench('static', ['cpus:1 owner:db', 'cpus:2', 'cpus:3'], {
        tenants: { roles: ['db'], frameworks: [] },
      });
      bench.framework(0, 'db');
      expect(bench.run()).toEqual(['f0 a0 cpus:1', 'f0 a1 cpus:2', 'f0 a2 cpus:3']);
    });

    it('reads a name as text whatever it looks like, and frameworks as well as roles', () => {
      const bench = new Bench('static?by=framework', ['cpus:1 owner:12', 'cpus:2 owner:f0'], {
        tenants: { roles: ['*'], frameworks: ['f0', '12'] },
      });
      bench.framework(0, '*');
      expect(bench.run()).toEqual(['f0 a1 cpus:2']);
    });

    it('follows an agent that changes its attribute, and remembers those that left in a snapshot', () => {
      const bench = new Bench('static', agents, { tenants });
      for (const [id, role] of tenants.roles.entries()) bench.framework(id, role);
      bench.agent(3, 'cpus:4 owner:db');
      bench.allocator.removeAgent(1);
      const copy = new Bench('static', [], { tenants, roles: bench.roles });
      copy.allocator.restore(JSON.parse(JSON.stringify(bench.allocator.snapshot())) as AllocatorSnapshot);
      expect(copy.allocator.digest()).toBe(bench.allocator.digest());
      const expected = ['f0 a0 cpus:1', 'f0 a2 cpus:3', 'f1 a3 cpus:4', 'f2 a4 cpus:5'];
      expect([copy.run(), bench.run()]).toEqual([expected, expected]);
    });
  });

  it('says so when there are more owners than agents, or one gets none', () => {
    const group = (count: number, text = ''): RunFacts['agents'][number] => ({
      count,
      attributes: parseAttributes(text),
    });
    const facts = {
      agents: [group(2)],
      roles: ['a', 'b', 'c'],
      frameworks: ['x', 'y'],
      weights: new Map([['a', 9]]),
    };
    const misfit = (more: Partial<RunFacts>, text = 'static'): string | undefined =>
      allocatorMisfit(text, { ...facts, ...more });
    expect(misfit({})).toMatch(/^static\?by=role .* 3 roles and 2 agents/);
    expect(misfit({}, 'static?by=framework')).toBeUndefined();
    expect(misfit({ roles: ['a', 'b'] })).toMatch(/deals 2 agents by weight, and b gets none of them/);
    expect(misfit({ roles: ['a', 'b'], agents: [group(1), group(1, 'owner:b')] })).toBeUndefined();
    expect(misfit({ roles: ['a', 'b'], agents: [group(2, 'owner:b')] })).toMatch(
      /every agent names its owner, and none names a: .* owner:a\.$/,
    );
  });
});

describe('the queues', () => {
  const rows = [
    { framework: 'b', cpus: 3, s: 10 },
    { framework: 'a', cpus: 2, s: 1 },
    { framework: 'c', cpus: 1, s: 5 },
    { at: 10, framework: 'a', cpus: 4, s: 1 },
    { at: 10, framework: 'b', cpus: 1, s: 1 },
  ];

  it('fifo waits the same whoever the tenants are (P-2)', async () => {
    const merged = rows.map((row) => ({ ...row, framework: 'all' }));
    const split = rows.map((row, i) => ({ ...row, framework: `t${i}`, role: `r${i}` }));
    const starts = await Promise.all(
      [rows, merged, split].map(
        async (each) => (await smallRun(smallTrace(each), { policy: 'fifo' })).starts,
      ),
    );
    expect(starts).toEqual([starts[0], starts[0], starts[0]]);
    expect(starts[0]).toEqual([0, 10, 10, 15, 16]);
  });

  it('one framework under drf is fifo (P-5)', async () => {
    const merged = smallTrace(rows.map((row) => ({ ...row, framework: 'all' })));
    const hashes = await Promise.all(
      ['drf', 'fifo'].map(async (policy) => (await smallRun(merged, { policy })).recorder.decisionHash()),
    );
    expect(hashes[0]).toBe(hashes[1]);
  });

  it('priority goes by the oldest ask of a queue, and drf among equals (P-3)', async () => {
    const trace = smallTrace([
      { framework: 'low', cpus: 4, s: 10, priority: 1 },
      { framework: 'mixed', cpus: 4, s: 10, priority: 0 },
      { framework: 'mixed', cpus: 4, s: 10, priority: 9 },
      { framework: 'high', cpus: 4, s: 10, priority: 2 },
    ]);
    // The urgent ask of `mixed` is not its oldest: it counts once the one before it was granted.
    expect((await smallRun(trace, { policy: 'priority' })).starts).toEqual([10, 20, 30, 0]);
    expect((await smallRun(trace)).starts).toEqual([0, 10, 30, 20]);
  });

  it.each(['drf', 'weighted-role', 'slots', 'asset', 'ceei', 'max-min:cpus', 'priority'])(
    'A-6: %s serves who had fewer allocations where all else is equal',
    async (policy) => {
      const trace = smallTrace([
        { framework: 'a', cpus: 4, mem: 512, s: 10 },
        { framework: 'a', cpus: 4, mem: 512, s: 10, at: 5 },
        { framework: 'b', cpus: 4, mem: 512, s: 10, at: 5 },
      ]);
      expect((await smallRun(trace, { policy })).starts).toEqual([0, 20, 10]);
    },
  );

  it('slots count a half-empty slot like a full one, drf does not', async () => {
    const trace = smallTrace([
      { framework: 'thin', cpus: 0.5, mem: 128, s: 10, tasks: 8 },
      { framework: 'wide', cpus: 1, mem: 1024, s: 10, tasks: 4 },
    ]);
    const atOnce = async (policy: string): Promise<number[]> => {
      const { starts } = await smallRun(trace, { policy });
      return [starts.slice(0, 8), starts.slice(8)].map((each) => each.filter((at) => at === 0).length);
    };
    expect(await atOnce('slots')).toEqual([2, 2]);
    expect(await atOnce('drf')).toEqual([4, 2]);
  });

  it('slots of a given memory: an agent has as many as fit whole, by cpus and by memory', async () => {
    const trace = smallTrace([{ cpus: 1, mem: 512, s: 10, tasks: 4 }]);
    const startsOn = async (agent: string): Promise<unknown> =>
      (await smallRun(trace, { policy: 'slots?cpus=1&mem=1024', cluster: [agent] })).starts;
    expect(await startsOn('cpus:4;mem:3071')).toEqual([0, 0, 10, 10]);
    expect(await startsOn('cpus:3;mem:9999')).toEqual([0, 0, 0, 10]);
  });

  it('slots without a given memory: that of an agent is divided among its slots', async () => {
    const trace = smallTrace([{ cpus: 1, mem: 1100, s: 10, tasks: 2 }]);
    const startsOn = async (agent: string): Promise<unknown> =>
      (await smallRun(trace, { policy: 'slots', cluster: [agent] })).starts;
    expect(await startsOn('cpus:3;mem:3072')).toEqual([0, 10]);
    expect(await startsOn('cpus:3;mem:3300')).toEqual([0, 0]);
  });

  it('random starts others first under another seed, the same under the same', async () => {
    const trace = smallTrace([0, 1, 2, 3, 4, 5].map((i) => ({ framework: `f${i}`, cpus: 4, s: 1 + i })));
    const hash = async (seed: string): Promise<string> =>
      (await smallRun(trace, { policy: 'random', seed })).recorder.decisionHash();
    expect(await hash('1')).toBe(await hash('1'));
    expect(new Set(await Promise.all(['1', '2', '3', '4'].map(hash))).size).toBeGreaterThan(1);
  });

  it('random serves roles by weight', async () => {
    let first = 0;
    for (let seed = 0; seed < 200; seed++) {
      const trace = smallTrace([
        { role: 'light', framework: 'l', cpus: 4, s: 1 },
        { role: 'heavy', framework: 'h', cpus: 4, s: 1 },
      ]);
      const weights = new Map([['heavy', 3]]);
      const { starts } = await smallRun(trace, { policy: 'random', seed: String(seed), weights });
      if (starts[1] === 0) first++;
    }
    // 150 expected, standard deviation 6.1.
    expect(first).toBeGreaterThan(125);
    expect(first).toBeLessThan(175);
  });
});

describe('reservation?lendIdle=true', () => {
  const start = (): Bench => {
    const bench = new Bench('reservation?lendIdle=true', ['cpus:4', 'cpus:8']);
    bench.guarantee('db', { cpus: 4000 });
    bench.framework(0, 'batch');
    bench.framework(1, 'spot', ['REVOCABLE_RESOURCES']);
    return bench;
  };
  const role = (bench: Bench, name: string): number => bench.roles.intern(name);

  it('lends what is kept to frameworks that take revocable resources, to nobody else', () => {
    expect(start().run()).toEqual(['f0 a1 cpus:8', 'f1 a0 cpus[revocable]:4']);
  });

  it('takes back what is free as soon as the role wants it, and the rest when it is given back', () => {
    const bench = start();
    bench.run();
    bench.allocator.recover(1, role(bench, 'spot'), 0, parseResources('cpus[revocable]:3'));
    bench.framework(2, 'db');
    expect(bench.run()).toEqual(['f2 a0 cpus:3']);
    // Said anew by the agent, plain as it knows it: what is lent is revocable still.
    const info = { id: 'S0', hostname: 'a0', total: parseResources('cpus:4'), attributes: [] };
    bench.allocator.updateAgent(0, { ...info, capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] }, 0);
    expect(formatResources(bench.allocator.available(0))).toBe('');
    bench.allocator.recover(1, role(bench, 'spot'), 0, parseResources('cpus[revocable]:1'));
    expect(bench.run()).toEqual(['f2 a0 cpus:1']);
  });

  it('goes on from a snapshot', () => {
    const [one, other] = [start(), start()];
    one.run();
    other.allocator.restore(JSON.parse(JSON.stringify(one.allocator.snapshot())) as AllocatorSnapshot);
    expect(other.allocator.digest()).toBe(one.allocator.digest());
    for (const bench of [one, other]) {
      bench.allocator.recover(1, role(bench, 'spot'), 0, parseResources('cpus[revocable]:2'));
      bench.framework(2, 'db');
    }
    expect(other.run()).toEqual(one.run());
    expect(other.allocator.digest()).toBe(one.allocator.digest());
  });

  it('without it nothing is lent', () => {
    const bench = new Bench('reservation', ['cpus:4']);
    bench.guarantee('db', { cpus: 4000 });
    bench.framework(1, 'spot', ['REVOCABLE_RESOURCES']);
    expect(bench.run()).toEqual([]);
  });
});
