/** Each reason for getting nothing, with its numbers, as a cycle gives it. */
import { describe, expect, it } from 'vitest';
import { isCandidate } from '../../src/allocators/explain/explaining.js';
import { explanationJson } from '../../src/allocators/explain/text.js';
import { SECOND } from '../../src/cluster/ids.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Cluster } from './explain-cluster.js';

describe('a coarse cycle says of who gets nothing', () => {
  it('what decided where shares and allocations are equal: the name of the role (R-3.4)', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096');
    cluster.framework('ops');
    cluster.framework('dev');
    expect(cluster.text()).toEqual([
      'f0 in role ops gets nothing:',
      '  a0: lost to f1 in role dev: shares (0.0000) and allocations (0) equal, its name comes first',
    ]);
  });

  it('that fewer allocations decided where shares are equal, and the id last among frameworks (R-3.4)', () => {
    const cluster = new Cluster().agent('cpus:4');
    const take = (role: string, framework: number): void => {
      let taken = 0;
      cluster.allocator.allocate(0, 'all', (id) => (taken += id === framework ? 1 : 100));
      expect(taken).toBe(1);
      cluster.allocator.decline(framework, cluster.roles.intern(role), 0, parseResources('cpus:4'), 0, 0);
    };
    cluster.framework('dev');
    take('dev', 0);
    cluster.framework('ops');
    take('ops', 1);
    take('dev', 0);
    cluster.framework('dev');
    expect(cluster.text()).toEqual([
      'f0, f2 in role dev get nothing:',
      '  a0: lost to f1 in role ops: shares equal (0.0000), 1 allocation against 2',
    ]);
    const [{ reasons }] = cluster.explanation().unserved;
    expect(reasons).toMatchObject([
      { reason: { by: 'allocations', theirAllocations: 1, ownAllocations: 2 } },
    ]);
    cluster.allocator.suppress(1, []);
    expect(cluster.text()).toContain(
      '  a0: lost to f2 in role dev: shares equal (0.0000), 0 allocations against 2',
    );
    cluster.allocator.suppress(0, []);
    cluster.framework('dev');
    expect(cluster.text()).toContain(
      '  a0: lost to f2 in role dev: shares (0.0000) and allocations (0) equal, its id comes first',
    );
  });

  it('in one line what holds for frameworks of a role that received other numbers of allocations', () => {
    const cluster = new Cluster().agent('cpus:4');
    for (const times of [2, 1]) {
      const id = cluster.framework('dev');
      for (let i = 0; i < times; i++) {
        cluster.allocator.allocate(0, 'all', () => undefined);
        cluster.allocator.decline(id, cluster.roles.intern('dev'), 0, parseResources('cpus:4'), 0, 0);
      }
    }
    cluster.framework('dev');
    expect(cluster.text()).toEqual([
      'f0, f1 in role dev get nothing:',
      '  a0: lost to f2 in role dev: shares equal (0.0000), 0 allocations against more',
    ]);
  });

  it('that it came first, but by then the cycle had served others of its role', () => {
    const cluster = new Cluster().agent('cpus:4').agent('cpus:4');
    cluster.framework('dev');
    cluster.framework('ops');
    cluster.framework('dev');
    expect(cluster.text()).toEqual([
      'f2 in role dev gets nothing:',
      '  a0: lost to f0 in role dev: shares (0.0000) and allocations (0) equal, its id comes first',
      '  a1: lost to f1 in role ops: shares equal (0.0000) before the cycle, which served role dev first',
    ]);
  });

  it('that it refused what there is, and until when', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096');
    cluster.framework('dev');
    const all = parseResources('cpus:4;mem:4096');
    cluster.allocator.allocate(0, 'triggered', () => undefined);
    cluster.allocator.decline(0, cluster.roles.intern('dev'), 0, all, 60 * SECOND, 0);
    expect(cluster.text(SECOND)).toEqual([
      'f0 in role dev gets nothing:',
      '  a0: filtered until 60 s: it refused cpus:4;mem:4096',
    ]);
    expect(cluster.text(60 * SECOND)).toEqual(['everybody who may be offered something gets something']);
  });

  it('that its offer constraints do not want the agent (R-9.14), whatever is free there', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096', 'r1').agent('cpus(ops):1', 'r1');
    cluster.framework('dev', ['MULTI_ROLE'], ['rack=r2', 'rack~x.*;@hostname!=a9']);
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  a0, a1: constraint rack=r2 or rack~x.*;@hostname!=a9 not met',
    ]);
    cluster.framework('all');
    cluster.framework('ops');
    cluster.allocator.allocate(0, 'all', () => undefined);
    expect(cluster.text().slice(0, 2)).toEqual([
      'f0 in role dev gets nothing:',
      '  a0, a1: constraint rack=r2 or rack~x.*;@hostname!=a9 not met',
    ]);
  });

  it('that the agent is in another region (R-9.7)', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096', '', 'us');
    cluster.framework('dev');
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  a0: the framework lacks REGION_AWARE',
    ]);
  });

  it('that quota left too little over, but not where it could have nothing anyway', () => {
    const cluster = new Cluster().agent('cpus:4;mem:16').agent('cpus:4;mem:16;gpus:1');
    cluster.quota('dev', '', 'cpus:0').framework('dev');
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  a0: mem:16 is below the least offer, cpus:0.01 or mem:32',
      '  a0: quota limit: cpus 0 of 0',
      '  a1: the framework lacks GPU_RESOURCES',
    ]);
  });

  it('whose limit it is under strict quota, and what of it is kept', () => {
    const cluster = new Cluster('coarse', 'drf?quota=strict').agent('cpus:4');
    cluster.quota('team', 'cpus:3', 'cpus:3').quota('team/b', 'cpus:3', '').framework('team/a');
    expect(cluster.text()).toEqual([
      'f0 in role team/a gets nothing:',
      '  a0: quota limit of team: cpus 0 of 3, 3 kept for guarantees of other sub-roles',
    ]);
  });

  it('every limit that stops it: under strict quota of all roles above, too', () => {
    const cluster = new Cluster('coarse', 'drf?quota=strict').agent('cpus:4;mem:64');
    cluster.quota('team', '', 'cpus:0;mem:0').quota('team/a', '', 'cpus:0').framework('team/a');
    expect(cluster.text()).toEqual([
      'f0 in role team/a gets nothing:',
      '  a0: quota limit: cpus 0 of 0',
      '  a0: quota limit of team: cpus 0 of 0',
      '  a0: quota limit of team: mem 0 of 0',
    ]);
  });

  it('also the used-up limit of a resource of the agent that somebody holds, but of none that it has not', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096');
    cluster.framework('ops');
    cluster.allocator.allocate(0, 'all', () => undefined);
    const ops = cluster.roles.intern('ops');
    expect(cluster.allocator.decline(0, ops, 0, parseResources('mem:4096'), 60 * SECOND, 0)).toBeUndefined();
    cluster.quota('dev', '', 'cpus:0;mem:0;gpus:0').framework('dev');
    const { reasons } = cluster.explanation().unserved[1];
    expect(reasons).toEqual([
      { reason: { rule: 'limit', resource: 'mem', consumed: '0', limit: '0' }, agents: [0] },
      { reason: { rule: 'limit', resource: 'cpus', consumed: '0', limit: '0' }, agents: [0] },
    ]);
  });

  it('R-1.8: a limit that has room left, but not for a whole disk', () => {
    const cluster = new Cluster().agent('disk[mount=/a]:50;disk[mount=/b]:70').quota('a', '', 'disk:10');
    cluster.framework('a');
    expect(cluster.text()).toEqual(['f0 in role a gets nothing:', '  a0: quota limit: disk 0 of 10']);
  });

  it('that quota cuts it off: its limit, or the headroom of others', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096').quota('dev', '', 'cpus:0;mem:0');
    cluster.framework('dev');
    cluster.quota('prod', 'cpus:6;mem:8192', '');
    cluster.framework('test');
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  a0: quota limit: cpus 0 of 0',
      '  a0: quota limit: mem 0 of 0',
      'f1 in role test gets nothing:',
      '  a0: headroom: 4 cpus free in the cluster, 6 kept for the guarantee of prod',
      '  a0: headroom: 4096 mem free in the cluster, 8192 kept for the guarantee of prod',
    ]);
  });

  it('that the agent has too little, lacks something, or is held or closed', () => {
    const cluster = new Cluster()
      .agent('cpus:0.005;mem:16')
      .agent('cpus:2;gpus:1')
      .agent('cpus(ops):2')
      .agent('cpus:1');
    cluster.framework('dev');
    cluster.allocator.deactivateAgent(3);
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  a0: cpus:0.005;mem:16 is below the least offer, cpus:0.01 or mem:32',
      '  a1: the framework lacks GPU_RESOURCES',
      '  a2: cpus(ops):2 is reserved for ops',
      '  a3: deactivated',
    ]);
  });

  it('who holds an agent of which nothing is free', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096');
    cluster.framework('ops');
    cluster.allocator.allocate(0, 'all', () => undefined);
    expect(cluster.text()).toEqual([
      'f0 in role ops gets nothing:',
      '  a0: nothing is free',
      '  held by itself alone (share 1.0000)',
    ]);
    cluster.framework('dev/web');
    expect(cluster.text().slice(-3)).toEqual([
      'f1 in role dev/web gets nothing:',
      '  a0: nothing is free',
      '  held by role ops (share 1.0000), against 0.0000 of its own',
    ]);
  });

  it('that what is free is reserved for others, or of a sort that it does not take (R-1.15, R-1.23)', () => {
    const cluster = new Cluster().agent(
      'cpus(ops):1;cpus(dev/web):1;cpus[revocable]:2;disk(+dev)[volume=v,shared]:5',
    );
    cluster.framework('dev');
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  a0: cpus(dev/web):1;cpus(ops):1 is reserved for dev/web, ops',
      '  a0: the framework lacks REVOCABLE_RESOURCES for cpus[revocable]:2',
      '  a0: the framework lacks SHARED_RESOURCES for disk(+dev)[volume=v,shared]:5',
    ]);
  });

  it('that it does not take refined reservations (R-1.12)', () => {
    const cluster = new Cluster().agent('cpus(dev>+dev/web):2');
    cluster.framework('dev/web');
    expect(cluster.text()).toEqual([
      'f0 in role dev/web gets nothing:',
      '  a0: the framework lacks RESERVATION_REFINEMENT for cpus(dev>+dev/web):2',
    ]);
  });

  it('to whom it lost what it might have used, though something reserved for others is left (R-1.15)', () => {
    const cluster = new Cluster().agent('cpus:4;cpus(ops):2');
    cluster.framework('dev');
    cluster.framework('test');
    const lost =
      '  a0: lost to f0 in role dev: shares (0.0000) and allocations (0) equal, its name comes first';
    expect(cluster.text()).toEqual(['f1 in role test gets nothing:', lost]);
    cluster.framework('ops');
    expect(cluster.explanation().offers).toMatchObject([{ name: 'f0' }, { name: 'f2' }]);
    expect(cluster.text()).toEqual(['f1 in role test gets nothing:', lost]);
  });

  it('who holds what it might have used, beside what is reserved for others (R-1.15)', () => {
    const cluster = new Cluster().agent('cpus:4;cpus(ops):2');
    cluster.framework('dev');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.allocator.suppress(0, []);
    cluster.framework('test');
    expect(cluster.text().slice(-4)).toEqual([
      'f1 in role test gets nothing:',
      '  a0: nothing that it may use is free',
      '  a0: cpus(ops):2 is reserved for ops',
      '  held by role dev (share 0.6667), against 0.0000 of its own',
    ]);
    cluster.framework('ops');
    expect(cluster.text().slice(-3)).toEqual([
      'f1 in role test gets nothing:',
      '  a0: nothing is free',
      '  held by role dev (share 0.6667), role ops (share 0.3333), against 0.0000 of its own',
    ]);
  });

  it('that all there is was reserved for others, also where these have just got it (R-1.15)', () => {
    const cluster = new Cluster().agent('cpus(ops):2');
    cluster.framework('ops');
    cluster.framework('test');
    expect(cluster.text()).toEqual([
      'f1 in role test gets nothing:',
      '  a0: cpus(ops):2 is reserved for ops',
    ]);
  });

  it('who holds the very agents of which nothing is free, and nobody else', () => {
    const cluster = new Cluster().agent('cpus:4');
    cluster.framework('ops');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.allocator.suppress(0, []);
    cluster.agent('cpus:4', 'r2').framework('dev');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.framework('late', ['MULTI_ROLE'], ['rack=r2']);
    expect(cluster.text().slice(-4)).toEqual([
      'f2 in role late gets nothing:',
      '  a0: constraint rack=r2 not met',
      '  a1: nothing is free',
      '  held by role dev (share 0.5000), against 0.0000 of its own',
    ]);
  });

  it('that a larger share was first for its guarantee', () => {
    const cluster = new Cluster().agent('cpus:4;mem:4096').quota('prod', 'cpus:8', '');
    cluster.framework('prod');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.agent('cpus:4;mem:4096').framework('dev');
    expect(cluster.text()).toContain(
      '  a1: lost to f0 in role prod: share 0.5000 against 0.0000, whose guarantee goes first',
    );
  });

  it('that it does not want any, and such a one is no candidate', () => {
    const cluster = new Cluster().agent('cpus:1');
    cluster.framework('dev');
    cluster.framework('ops');
    cluster.allocator.suppress(0, []);
    cluster.allocator.deactivateFramework(1);
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing:',
      '  suppressed: no offers are wanted for this role, as when nothing is queued',
      'f1 in role ops gets nothing:',
      '  the framework is disconnected',
    ]);
    expect(cluster.explanation().unserved.map(isCandidate)).toEqual([false, false]);
  });
});

describe('a demand cycle says of an ask that is not granted', () => {
  it('that there is no room, with the most that is free', () => {
    const cluster = new Cluster('demand').agent('cpus:1;mem:512').agent('cpus:2;mem:512');
    cluster.ask(cluster.framework('dev'), 'dev', 'cpus:3;mem:64');
    expect(cluster.text()).toEqual([
      'f0 in role dev gets nothing, 1 task asked for, the next cpus:3;mem:64:',
      '  a0, a1: no room: needs 3 cpus, the most that is free is 2',
    ]);
  });

  it('who holds what is not free, role by role and with shares, or framework by framework within the role', () => {
    const cluster = new Cluster('demand').agent('cpus:8;mem:800');
    const [batch, test, prod] = ['batch', 'test', 'prod/web'].map((role) => cluster.framework(role));
    cluster.ask(batch, 'batch', 'cpus:5').ask(test, 'test', 'cpus:2').ask(prod, 'prod/web', 'cpus:1');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.ask(cluster.framework('dev'), 'dev', 'cpus:1').ask(cluster.framework('batch'), 'batch', 'cpus:1');
    expect(cluster.text().filter((line) => !line.includes('asks for nothing'))).toEqual([
      'f3 in role dev gets nothing, 1 task asked for, the next cpus:1:',
      '  a0: no room: needs 1 cpus, the most that is free is 0',
      '  held by role batch (share 0.6250), role test (share 0.2500), role prod (share 0.1250), against 0.0000 of its own',
      'f4 in role batch gets nothing, 1 task asked for, the next cpus:1:',
      '  a0: no room: needs 1 cpus, the most that is free is 0',
      '  held by framework f0 (share 0.6250), against 0.0000 of its own',
      'f0 in role batch gets nothing:',
      'f1 in role test gets nothing:',
      'f2 in role prod/web gets nothing:',
    ]);
    cluster.ask(cluster.framework('late'), 'late', 'cpus:1');
    cluster.ask(cluster.framework('later'), 'later', 'cpus:1').agent('cpus:1');
    expect(cluster.text().join('\n')).toContain('a1: lost to f3 in role dev: share 0.0000 against 0.5556');
  });

  it('that no agent meets its constraint, a gang has too few places, or a limit holds it', () => {
    const cluster = new Cluster('demand').agent('cpus:2;mem:512', 'r1').quota('ops', '', 'cpus:1');
    cluster.ask(cluster.framework('dev'), 'dev', 'cpus:1', 'rack=r2');
    cluster.ask(cluster.framework('gang'), 'gang', 'cpus:1', undefined, 3);
    cluster.ask(cluster.framework('ops'), 'ops', 'cpus:2');
    const words = cluster.text().join('\n');
    expect(words).toContain('a0: constraint rack=r2 not met');
    expect(words).toContain('quota limit: cpus 0 of 1');
    expect(cluster.explanation().offers).toEqual([]);
  });

  it('how many pieces of a gang have room, also where the whole cluster has too little', () => {
    const cluster = new Cluster('demand').agent('cpus:2;mem:512').agent('cpus:1;mem:512').agent('cpus:0.5');
    cluster.ask(cluster.framework('gang'), 'gang', 'cpus:1', undefined, 9);
    expect(cluster.text().slice(1)).toEqual([
      '  a2: no room: needs 1 cpus, the most that is free is 0.5',
      '  a gang of 9 has room for 3',
    ]);
  });

  it('that under fifo it waits behind the head of the queue', () => {
    const cluster = new Cluster('demand', 'fifo').agent('cpus:2;mem:512');
    cluster.ask(cluster.framework('dev'), 'dev', 'cpus:3');
    cluster.ask(cluster.framework('ops'), 'ops', 'cpus:1');
    expect(cluster.text().at(-1)).toBe('  waits behind f0 in dev in the one queue');
  });
});

it('changes nothing, and says the same as plain data', () => {
  const cluster = new Cluster().agent('cpus:4;mem:4096');
  cluster.framework('ops');
  cluster.framework('dev');
  const before = cluster.allocator.digest();
  const json = explanationJson(cluster.explanation(), (agent) => `a${agent}`);
  expect(cluster.allocator.digest()).toBe(before);
  expect(json).toEqual({
    at: 0,
    offers: [{ framework: 'f1', role: 'dev', agent: 'a0', resources: 'cpus:4;mem:4096' }],
    unserved: [
      {
        framework: 'f0',
        role: 'ops',
        share: 0,
        reasons: [
          {
            text: 'lost to f1 in role dev: shares (0.0000) and allocations (0) equal, its name comes first',
            rule: 'lost',
            to: 'f1',
            role: 'dev',
            theirShare: 0,
            ownShare: 0,
            by: 'name',
            theirAllocations: 0,
            ownAllocations: 0,
            agents: ['a0'],
          },
        ],
      },
    ],
  });
});
