import { describe, expect, it } from 'vitest';
import { reasonLines } from '../../src/allocators/explain/reason-lines.js';
import { seconds } from '../../src/allocators/explain/reason-text.js';
import type { CandidateReason, Reason } from '../../src/allocators/explain/reasons.js';
import { SECOND } from '../../src/cluster/ids.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Cluster } from './explain-cluster.js';

/** A reason for each agent, from the first on. */
function linesOf(reasons: readonly Reason[]): string[] {
  const each = reasons.map((reason, agent): CandidateReason => ({ reason, agents: [agent] }));
  return reasonLines(each, (agent) => `a${agent}`, seconds);
}

function lost(to: string, theirShare: number, more: Partial<Extract<Reason, { rule: 'lost' }>> = {}): Reason {
  return { rule: 'lost', to, role: 'ops', theirShare, ownShare: 0.5, ...more };
}

function filter(untilS: number, refused = 'cpus:1'): Reason {
  return { rule: 'filter', refused, untilUs: untilS * SECOND };
}

describe('many reasons of a sort are told in one line', () => {
  it('of agents lost, for each way to lose: to whom, and with which shares', () => {
    const names = ['f1', 'f2', 'f3', 'f1', 'f4', 'f5'];
    const ways = [
      lost('f6', 0.5, { by: 'allocations', role: 'dev' }),
      lost('f7', 0.5, { by: 'allocations', role: 'dev' }),
      lost('f8', 0.5, { by: 'id', ownAllocations: 3 }),
      lost('f9', 0.7, { first: 'guarantee' }),
      lost('f9', 0.7, { first: 'guarantee', role: 'sre' }),
    ];
    expect(linesOf([...names.map((name, at) => lost(name, 0.1 + at / 100)), ...ways])).toEqual([
      '  6 agents: lost to f1, f2, f3, f4 and 1 more in role ops: shares 0.1000 to 0.1500 against 0.5000',
      '  a6, a7: lost to f6, f7 in role dev: shares equal (0.5000), fewer allocations',
      '  a9, a10: lost to f9 in roles ops, sre: shares 0.7000 against 0.5000, whose guarantee goes first',
      '  a8: lost to f8 in role ops: shares (0.5000) and allocations (3) equal, its id comes first',
    ]);
  });

  it('of filters, with the first and the last that ends', () => {
    expect(linesOf([12, 11, 15, 13, 14].map((untilS) => filter(untilS)))).toEqual([
      '  5 agents: filtered, the first until 11 s, the last until 15 s: it refused cpus:1',
    ]);
    const refused = ['cpus:1', 'cpus:2', 'cpus:1', 'cpus:3', 'cpus:1'];
    expect(linesOf(refused.map((amount) => filter(11, amount)))).toEqual([
      '  5 agents: filtered until 11 s: it refused cpus:1 and 2 other amounts',
    ]);
  });

  it('of any other rule, with that of most agents', () => {
    const reserved = (free: string): Reason => ({ rule: 'reserved', free, roles: ['ops'] });
    const reasons = ['cpus:1', 'cpus:2', 'cpus:3', 'cpus:4'].map((free, agent) => ({
      reason: reserved(free),
      agents: [agent],
    }));
    reasons.push({ reason: reserved('cpus:8'), agents: [7, 8] });
    expect(reasonLines(reasons, (agent) => `a${agent}`, seconds)).toEqual([
      '  6 agents: cpus:8 is reserved for ops; the like on 4 of them',
    ]);
  });

  it('and few of a sort each for itself', () => {
    expect(linesOf([filter(12), filter(11), lost('f1', 0.1)])).toEqual([
      '  a0: filtered until 12 s: it refused cpus:1',
      '  a1: filtered until 11 s: it refused cpus:1',
      '  a2: lost to f1 in role ops: share 0.1000 against 0.5000',
    ]);
  });

  it('so that a cluster fits a screen, and frameworks alike but for times stay together', () => {
    const cluster = new Cluster();
    for (let agent = 0; agent < 300; agent++) cluster.agent('cpus:4;mem:4096');
    for (let at = 0; at < 50; at++) cluster.framework(at % 2 === 0 ? 'dev' : 'ops');
    const all = parseResources('cpus:4;mem:4096');
    // Each refuses what it is offered, until nobody is left.
    for (let offers = 1; offers > 0;) {
      const refusals: (() => void)[] = [];
      cluster.allocator.allocate(0, 'all', (framework, made) => {
        for (const { role, agent } of made) {
          const filterUs = (60 + (agent % 7)) * SECOND;
          refusals.push(() => cluster.allocator.decline(framework, role, agent, all, filterUs, 0));
        }
      });
      for (const refuse of refusals) refuse();
      offers = refusals.length;
    }
    expect(cluster.text(SECOND)).toEqual([
      'f0, f2, f4, f6 and 21 more in role dev get nothing:',
      '  300 agents: filtered, the first until 60 s, the last until 66 s: it refused cpus:4;mem:4096',
      'f1, f3, f5, f7 and 21 more in role ops get nothing:',
      '  300 agents: filtered, the first until 60 s, the last until 66 s: it refused cpus:4;mem:4096',
    ]);
  });
});
