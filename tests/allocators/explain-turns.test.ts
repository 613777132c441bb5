import { expect, it } from 'vitest';
import { canExplain } from '../../src/allocators/explain/explaining.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { SECOND } from '../../src/cluster/ids.js';
import { toEnd } from '../../src/cluster/to-end.js';
import { Cluster } from './explain-cluster.js';

it.each(['drf', 'fifo', 'easy'])(
  'an explanation of %s that is made in turns is of the instant at which it began',
  (name) => {
    const cluster = new Cluster('coarse', name);
    for (let index = 0; index < 300; index++) cluster.agent('cpus:4;mem:4096');
    const frameworks = ['dev', 'ops', 'dev'].map((role) => cluster.framework(role));
    const { allocator } = cluster;
    if (!canExplain(allocator)) throw new Error(`${name} cannot explain`);
    allocator.allocate(0, 'all', (framework, offers) => {
      for (const { agent, role, resources } of offers.slice(0, 150)) {
        // Some agents are given back as a whole, some in part, with and without a filter.
        const part = framework === 0 ? resources : parseResources('cpus:1');
        allocator.decline(framework, role, agent, part, framework === 1 ? 0 : 5 * SECOND, 0);
      }
    });
    const before = allocator.explain(SECOND);
    const work = allocator.explaining(SECOND);
    work.next();
    allocator.removeFramework(frameworks[1]);
    allocator.deactivateAgent(7);
    const after = toEnd(work);
    expect(after).toEqual(before);
    expect(allocator.explain(SECOND)).not.toEqual(before);
  },
);
