import { describe, expect, it } from 'vitest';
import { Resources } from '../../src/cluster/resources/resources.js';
import { parseAgents, type AgentSpec } from '../../src/sim/cluster-spec.js';
import { findUnschedulable, type Unschedulable } from '../../src/sim/schedulability.js';
import { smallTrace, type SmallRow } from './small-trace.js';

const rack = (text: string, name: string): AgentSpec => ({
  ...parseAgents(text),
  attributes: [{ name: 'rack', type: 'TEXT', text: name }],
});

function find(rows: readonly SmallRow[], agents: readonly AgentSpec[], splitCpus?: number): Unschedulable {
  const trace = smallTrace(rows, splitCpus === undefined ? {} : { splitCpus });
  const shapes = trace.shapes.map((s) => Resources.plain(s.cpusMilli, s.memMilli, s.diskMilli, s.gpusMilli));
  return findUnschedulable(trace, agents, shapes);
}

describe('C-8: tasks that can never run', () => {
  const twoKinds = [parseAgents('cpus:8;mem:100'), parseAgents('3*cpus:2;mem:1000')];

  it('fit no empty agent', () => {
    const rows = [
      { cpus: 8, mem: 100 },
      { cpus: 9, mem: 1 },
      { cpus: 3, mem: 500, tasks: 2 },
      { cpus: 2, mem: 1000 },
      { cpus: 1, gpus: 1 },
    ];
    const { tasks, groups } = find(rows, twoKinds);
    expect(tasks).toEqual([1, 2, 3, 5]);
    expect(groups.map(({ count, reason }) => [count, reason])).toEqual([
      [1, 'needs cpus:9, and no agent it may use has more than 8'],
      [2, 'needs cpus:3;mem:500, and no agent it may use has all of that at once'],
      [1, 'needs gpus:1, and no agent it may use has more than 0'],
    ]);
  });

  it('meet no agent under their constraint', () => {
    const agents = [rack('cpus:4', 'r1'), rack('cpus:8', 'r2')];
    const { tasks, groups } = find(
      [
        { cpus: 4, constraint: 'rack=r1' },
        { cpus: 5, constraint: 'rack=r1' },
        { cpus: 5, constraint: 'rack=r2' },
        { cpus: 1, constraint: 'rack=r3' },
        { cpus: 5 },
      ],
      agents,
    );
    expect(tasks).toEqual([1, 3]);
    expect(groups.map(({ reason }) => reason)).toEqual([
      'needs cpus:5, and no agent it may use has more than 4',
      'no agent meets the constraint rack=r3',
    ]);
  });

  it('A-8: are a gang larger than the empty cluster, all of it', () => {
    const gang = (cpus: number, tasks: number): SmallRow => ({ cpus, tasks, gang: true });
    expect(find([gang(1, 14)], twoKinds).tasks).toEqual([]);
    const { tasks, groups } = find([gang(1, 15), { cpus: 1 }], twoKinds);
    expect(tasks).toHaveLength(15);
    expect(groups[0].reason).toBe('a gang of 15 * cpus:1 does not fit the empty cluster');
    expect(find([gang(3, 2)], twoKinds).tasks).toEqual([]);
    expect(find([gang(3, 3)], twoKinds).tasks).toHaveLength(3);
    expect(find([gang(3, 1), gang(3, 1), gang(3, 1)], twoKinds).tasks).toEqual([]);
  });

  it('A-8: are cut up by --split-cpus and do not fit piece by piece', () => {
    const agents = [parseAgents('2*cpus:5')];
    expect(find([{ cpus: 9 }], agents, 4).tasks).toEqual([]);
    expect(find([{ cpus: 10 }], agents, 4).tasks).toHaveLength(3);
    expect(find([{ cpus: 10 }], agents, 4).groups.map(({ reason, count }) => [reason, count])).toEqual([
      ['a gang of 2 * cpus:4 and 1 * cpus:2 does not fit the empty cluster', 2],
      ['a gang of 2 * cpus:4 and 1 * cpus:2 does not fit the empty cluster', 1],
    ]);
  });

  it('R-9.6: are kept off gpus unless their framework uses them or there is nothing else', () => {
    const mixed = [parseAgents('cpus:8;gpus:2'), parseAgents('cpus:2')];
    expect(find([{ cpus: 4 }], mixed).tasks).toEqual([0]);
    expect(find([{ cpus: 4 }, { cpus: 1, gpus: 1 }], mixed).tasks).toEqual([]);
    expect(find([{ cpus: 4 }], [parseAgents('cpus:8;gpus:2')]).tasks).toEqual([]);
  });

  it('may use what is reserved to their role and above it', () => {
    const agents = [parseAgents('cpus:2;cpus(eng):4')];
    const { tasks, groups } = find(
      [
        { cpus: 6, role: 'eng' },
        { cpus: 6, role: 'eng/ci' },
        { cpus: 3, role: 'ops' },
      ],
      agents,
    );
    expect(tasks).toEqual([2]);
    expect(groups[0].reason).toBe('needs cpus:3, and no agent it may use has more than 2');
  });
});
