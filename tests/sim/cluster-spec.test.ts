import { describe, expect, it } from 'vitest';
import { agentCount, parseAgents, parseCluster } from '../../src/sim/cluster-spec.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { SimError } from '../../src/sim/sim-error.js';

describe('--agents', () => {
  it.each([
    ['100*cpus:16;mem:65536', 100, 'cpus:16;mem:65536'],
    ['cpus:0.5;mem:32', 1, 'cpus:0.5;mem:32'],
    [' 2 * mem:65536;cpus:16;gpus:2', 2, 'cpus:16;mem:65536;gpus:2'],
    ['10,000*cpus:1;mem:1', 10_000, 'cpus:1;mem:1'],
    ['cpus(*):4;mem:1', 1, 'cpus:4;mem:1'],
    ['3*cpus(eng):4;mem:1', 3, 'mem:1;cpus(eng):4'],
  ])('%s', (text, count, resources) => {
    const spec = parseAgents(text);
    expect([spec.count, formatResources(spec.resources)]).toEqual([count, resources]);
  });

  it.each([
    ['0*cpus:1', 'agents "0*cpus:1": the count before * is "0"; it is a whole number from 1'],
    ['many*cpus:1', 'the count before * is "many"'],
    ['*cpus:1', 'the count before * is ""'],
    ['1.5*cpus:1', 'the count before * is "1.5"'],
    ['5*', 'agents "5*": '],
    ['5*cpus', 'agents "5*cpus": '],
    ['5*cpus:x', 'agents "5*cpus:x": '],
    ['5*cpu:4;mem:1', 'there is no resource cpu; it is called cpus'],
    ['cpus:4;memory:1', 'there is no resource memory; it is called mem'],
    ['2*cpus:4;mem:1;cpus:3', 'cpus is given twice; write it once, with the sum if both are meant'],
    ['cpus(ci):4;cpus(ci):3', 'cpus(ci) is given twice'],
    ['5*cpus:0', 'an agent has resources, such as cpus:16;mem:65536'],
  ])('%s is refused in one line', (text, message) => {
    const parse = (): unknown => parseAgents(text);
    expect(parse).toThrow(SimError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/\n/);
  });

  it('takes one name in several kinds', () => {
    const { resources } = parseAgents('cpus:4;cpus(ci):3;ports:[1-2];ports:[5-6]');
    expect(formatResources(resources)).toBe('cpus:4;ports:[1-2,5-6];cpus(ci):3');
  });

  it('adds up to a cluster of at least one agent', () => {
    expect(agentCount(parseCluster(['2*cpus:1', 'cpus:8;mem:1']))).toBe(3);
    expect(() => parseCluster([])).toThrow('the cluster has no agents');
  });
});
