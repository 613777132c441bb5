import fc from 'fast-check';
import { expect, it } from 'vitest';
import { drf } from '../../src/allocators/mechanisms/filling.js';
import { capacityOf, taskEconomies } from '../../src/verify/economies/tasks.js';
import { loadIdeal } from '../../src/verify/ideal.js';

it('is the DRF rule when there is one agent', async () => {
  const ideal = await loadIdeal();
  fc.assert(
    fc.property(taskEconomies({ agents: 'one' }), (economy) => {
      const capacity = capacityOf(economy);
      const { tasks } = drf({ capacity, users: economy.users });
      const shares = ideal(economy);
      economy.users.forEach(({ demand }, i) => {
        const task = Math.max(...demand.map((amount, r) => amount / capacity[r]));
        expect(shares[i]).toBeCloseTo(tasks[i] * task, 4);
      });
    }),
    { numRuns: 60 },
  );
});

it('knows that a pool holds more than its agents do', async () => {
  const ideal = await loadIdeal();
  // One agent has only cpus to spare, the other only memory: the pool would hold ten tasks of <1,1>, the agents two.
  const users = [{ demand: [1, 1], weight: 1 }];
  const economy = {
    agents: [
      [9, 1],
      [1, 9],
    ],
    users,
    oneRole: false,
    formerRoles: 0,
  };
  expect(ideal(economy)[0]).toBeCloseTo(0.2, 6);
});
