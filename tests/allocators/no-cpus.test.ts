/** Clusters in which no agent has cpus or mem, or any scalar at all. */
import { describe, expect, it } from 'vitest';
import { allocatorNames } from '../../src/allocators/registry.js';
import { SECOND } from '../../src/cluster/ids.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { Cluster } from './explain-cluster.js';

const orders = ['agent', 'ask'] as const;
const variants = [...allocatorNames(), 'drf?ageing=1', 'static?by=framework', 'slots?cpus=0.5&mem=512'];

function cycle(cluster: Cluster, now: number): string[] {
  const made: string[] = [];
  cluster.allocator.allocate(now, 'all', (_, offers) => {
    made.push(...offers.map(({ agent, resources }) => `a${agent} ${formatResources(resources)}`));
  });
  return made;
}

describe.each(variants)('%s: an ask for cpus waits for the first agent that has some', (name) => {
  it.each(['ports:[1-2]', 'gpus:1', 'disk:100', 'cpus(other):4', 'mem:1024'])(
    'beside one of %s',
    (resources) => {
      for (const which of orders) {
        for (const count of [1, 2]) {
          const cluster = new Cluster('demand', name);
          if (which === 'agent') cluster.agent(resources);
          const framework = cluster.framework('r');
          cluster.ask(framework, 'r', 'cpus:1;mem:32', undefined, count);
          expect(cycle(cluster, 0)).toEqual([]);
          if (which === 'ask') cluster.agent(resources);
          expect(cycle(cluster, SECOND)).toEqual([]);
          expect(cluster.text(SECOND)[0]).toMatch(/gets nothing/);
          cluster.agent('cpus:4;mem:4096');
          expect(cycle(cluster, 2 * SECOND)).toEqual(Array.from({ length: count }, () => 'a1 cpus:1;mem:32'));
        }
      }
    },
  );
});
