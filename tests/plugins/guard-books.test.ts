/** The guard of an allocator of one's own knows what is there: Agora's own allocators pass it, whatever happens. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GuardBooks } from '../../src/plugins/guard-books.js';
import { GuardedAllocator } from '../../src/plugins/guarded-allocator.js';
import { createAllocator } from '../../src/allocators/registry.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { runScenario } from '../../src/scenario/runner.js';

type Step = Readonly<Record<string, unknown>>;

const rules = new URL('../../examples/scenarios/mesos-rules/', import.meta.url);

function failureOf(text: string): string | undefined {
  const { failure } = runScenario(text, {
    create: (name, options) =>
      new GuardedAllocator((given) => createAllocator(name, given), options, {
        label: './mine.ts',
        thorough: true,
      }),
  });
  return failure?.message;
}

const offer = (framework: string, resources: string): Step => ({
  ...{ expect: 'offers', offers: [{ framework, role: 'r', agent: 'a1', resources }] },
});
const add = (framework: string): Step => ({ do: 'addFramework', framework, roles: ['r'] });

describe('R-10.3: what a framework held is free when it leaves', () => {
  it.each(['cpus:4;mem:4096', 'cpus:4;ports:[31000-31009]', 'cpus(r):2;cpus:2'])('%s', (resources) => {
    const agent = { do: 'addAgent', agent: 'a1', resources };
    const leave = { do: 'removeFramework', framework: 'f1' };
    const steps = [agent, add('f1'), offer('f1', resources), leave, add('f2'), offer('f2', resources)];
    const file = { format: 'agora-scenario/1', name: 'guarded', steps };
    expect(failureOf(JSON.stringify(file))).toBeUndefined();
  });

  it('but not what it gave back before, and nothing of an agent that is gone', () => {
    const roles = new Roles();
    const books = new GuardBooks(roles);
    const role = roles.intern('r');
    const total = parseResources('cpus:4');
    const [one, all] = [parseResources('cpus:1'), total];
    const describe = (name: string) => ({ name, id: name, roles: [role], capabilities: [] });
    const agent = (id: number) => ({
      id: `S${id}`,
      hostname: `h${id}`,
      total,
      attributes: [],
      capabilities: [],
    });
    const take = (framework: number, on: number, resources = one): string | undefined =>
      books.charge({ id: -1, framework, role, agent: on, resources, ask: undefined });
    for (const id of [0, 1]) books.setFramework(id, describe(`f${id}`), true);
    books.addAgent(0, agent(0), [{ framework: 1, role, resources: one }]);
    books.addAgent(1, agent(1), []);
    expect([take(0, 0), take(0, 0), take(0, 1)]).toEqual([undefined, undefined, undefined]);
    books.giveBack(0, 0, one);
    books.removeAgent(1);
    books.removeFramework(0);
    expect(take(1, 0, all)).toContain('which has cpus:3 free');
    books.removeFramework(1);
    books.setFramework(1, describe('f1'), true);
    expect(take(1, 0, all)).toBeUndefined();
    books.addAgent(1, agent(1), []);
    expect([take(1, 1, all), take(1, 1)]).toEqual([
      undefined,
      expect.stringContaining('which has nothing free'),
    ]);
  });
});

describe("drf as an allocator of one's own", () => {
  it.each(readdirSync(rules))('passes %s', (file) => {
    expect(failureOf(readFileSync(new URL(file, rules), 'utf8'))).toBeUndefined();
  });
});
