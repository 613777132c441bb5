/** What is left of an agent and of use to nobody costs no look at each of them, and goes to who comes to have a use for it. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Books } from '../../src/allocators/bookkeeping/books.js';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario } from '../../src/scenario/runner.js';

type Step = Readonly<Record<string, unknown>>;

function holds(...steps: readonly Step[]): void {
  const file = { format: 'agora-scenario/2', name: 'takers', steps };
  expect(runScenario(JSON.stringify(file), { create: createAllocator }).failure?.message).toBeUndefined();
}

const FRAMEWORKS = 20;
const framework = (name: string, capabilities: readonly string[] = ['MULTI_ROLE']): Step => ({
  ...{ do: 'addFramework', framework: name, roles: ['dev'], capabilities },
});
const many = Array.from({ length: FRAMEWORKS }, (_, i) => framework(`f${String(i).padStart(2, '0')}`));
const offer = (name: string, resources: string): Step => ({
  ...{ expect: 'offers', offers: [{ framework: name, role: 'dev', agent: 'a1', resources }] },
});
const advance: Step = { do: 'advance', seconds: 1 };

describe('what nobody can use', () => {
  it.each([
    ['revocable resources where no framework takes these (R-9.6)', 'cpus:2;cpus[revocable]:1'],
    ['resources reserved for a role without frameworks (R-1.15)', 'cpus:2;cpus(ops):1'],
    ['ports reserved for a role without frameworks (R-1.15)', 'cpus:2;ports(ops):[1-2]'],
    ['a shared volume where no framework takes these (R-1.23)', 'cpus:2;disk(+dev)[volume=v,shared]:5'],
  ])('is offered to nobody without a look at each client: %s', (_, resources) => {
    const looked = vi.spyOn(Books.prototype, 'mayUse');
    onTestFinished(() => looked.mockRestore());
    holds(...many, { do: 'addAgent', agent: 'a1', resources }, offer('f00', 'cpus:2'), advance, {
      expect: 'noOffers',
    });
    expect(looked.mock.calls.length).toBeLessThan(FRAMEWORKS);
  });

  it('goes to a framework that comes with the capability, gets it, or leaves another role to it', () => {
    const agent = { do: 'addAgent', agent: 'a1', resources: 'cpus:2;cpus[revocable]:1;cpus(ops):1' };
    const withRevocable = ['MULTI_ROLE', 'REVOCABLE_RESOURCES'];
    const start = [...many, agent, offer('f00', 'cpus:2')];
    holds(...start, framework('z', withRevocable), offer('z', 'cpus[revocable]:1'));
    const told = { do: 'updateFramework', framework: 'f07', roles: ['dev'], capabilities: withRevocable };
    holds(...start, told, advance, offer('f07', 'cpus[revocable]:1'));
    holds(
      ...start,
      { do: 'addFramework', framework: 'o', roles: ['ops'], capabilities: ['MULTI_ROLE'] },
      { expect: 'offers', offers: [{ framework: 'o', role: 'ops', agent: 'a1', resources: 'cpus(ops):1' }] },
    );
  });

  it('is not looked for any more when who could use it loses the capability or leaves', () => {
    const withRevocable = ['MULTI_ROLE', 'REVOCABLE_RESOURCES'];
    const lost = { do: 'updateFramework', framework: 'z', roles: ['dev'], capabilities: ['MULTI_ROLE'] };
    for (const gone of [lost, { do: 'removeFramework', framework: 'z' }]) {
      const looked = vi.spyOn(Books.prototype, 'mayUse');
      onTestFinished(() => looked.mockRestore());
      holds(
        ...many,
        framework('z', withRevocable),
        gone,
        {
          ...{ do: 'addAgent', agent: 'a1', resources: 'cpus:2;cpus[revocable]:1' },
        },
        offer('f00', 'cpus:2'),
      );
      expect(looked.mock.calls.length).toBeLessThan(FRAMEWORKS);
      looked.mockRestore();
    }
  });
});

describe('what the first of many in the order does not want', () => {
  it.each([
    ['constraints keep it from the agent (R-9.14)', { constraints: { dev: ['rack=r1'] } }],
    ['less than a minimum of its own is left (R-5.4)', { minAllocatable: { dev: ['cpus:4'] } }],
  ])('goes to the next: %s', (_, more) => {
    holds(
      { ...framework('a'), ...more },
      ...many,
      { do: 'addAgent', agent: 'a1', resources: 'cpus:2' },
      offer('f00', 'cpus:2'),
    );
  });

  it('nobody is offered less than the minimum, however many they are (R-5.4)', () => {
    holds(...many, { do: 'addAgent', agent: 'a1', resources: 'cpus:0.001;mem:31' }, advance, {
      expect: 'noOffers',
    });
  });
});
