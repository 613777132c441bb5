import { expect, it } from 'vitest';
import { Filters } from '../../src/allocators/bookkeeping/filters.js';
import { Resources } from '../../src/cluster/resources/resources.js';

const bag = Resources.plain(1000, 64);

it('filters on an agent that is gone count no more, also where others of the client still do (R-6.4)', () => {
  const filters = new Filters();
  for (const agent of [3, 3, 4]) filters.add(0, agent, bag, 100);
  filters.dropAgent(3);
  expect([3, 4].map((agent) => filters.hides(0, agent, bag))).toEqual([false, true]);
  expect(filters.mayHave(0)).toBe(true);
  filters.dropAgent(4);
  expect(filters.mayHave(0)).toBe(false);

  // The page of the dropped ones is filled up, and ends once.
  filters.add(0, 3, bag, 100);
  expect(filters.records()).toEqual([{ client: 0, agent: 3, refused: bag, endsUs: 100 }]);
  const ended: number[] = [];
  filters.expire(100, (_client, agent) => ended.push(agent));
  expect(ended).toEqual([3]);
  expect(filters.mayHave(0)).toBe(false);
});
