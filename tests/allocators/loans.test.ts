/** Loans of whole agents: notes that nobody can tell from holdings, wherever free amounts are asked for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AgentPool } from '../../src/allocators/bookkeeping/agent-pool.js';
import { CPUS, MEM } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';

/** A block of the maxima that searches go by, and two more. */
const AGENTS = 34;
const CLIENT = 3;

const agent = fc.oneof(fc.nat(AGENTS - 1), fc.constantFrom(32, 33));
const amounts = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ lend: agent }) },
  { weight: 3, arbitrary: fc.record({ takeBack: agent }) },
  { weight: 1, arbitrary: fc.record({ hold: agent, amounts }) },
  { weight: 1, arbitrary: fc.record({ release: agent }) },
  { weight: 1, arbitrary: fc.record({ search: amounts, from: agent }) },
);
type Step = Partial<{
  lend: number;
  takeBack: number;
  hold: number;
  amounts: [number, number];
  release: number;
  search: [number, number];
  from: number;
}>;

class Model {
  readonly pool = new AgentPool();
  readonly tab = new Float64Array(8);
  readonly totals: Resources[] = [];
  readonly free: Resources[] = [];
  readonly lent = new Map<number, Resources>();
  readonly held: Resources[][] = [];
  /** Loans that became holdings: the tab keeps them. */
  readonly settled: Resources[] = [];

  constructor() {
    for (let id = 0; id < AGENTS; id++) {
      const total = Resources.plain(1 + (id % 3), 1 + (id % 2));
      const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const;
      this.pool.add(id, { id: `a${id}`, hostname: `a${id}`, total, attributes: [], capabilities });
      this.totals.push(total);
      this.free.push(total);
      this.held.push([]);
    }
    // What is settled is held as it was lent.
    this.pool.onLoanSettled = (id, client, resources) => {
      expect([client, resources]).toEqual([CLIENT, this.lent.get(id)]);
      this.lent.delete(id);
      this.held[id].push(resources);
      this.settled.push(resources);
    };
  }

  take(step: Step): void {
    const { pool, free, lent, held } = this;
    const { lend, takeBack, hold, release, search, from } = step;
    if (lend !== undefined && pool.isLendable(lend)) {
      lent.set(lend, pool.available(lend));
      pool.lend(lend, CLIENT, this.tab, 0);
      free[lend] = Resources.EMPTY;
    }
    const loan = takeBack === undefined ? undefined : lent.get(takeBack);
    if (takeBack !== undefined && loan !== undefined) {
      expect(pool.isLentTo(takeBack, CLIENT, loan)).toBe(true);
      pool.takeBack(takeBack, this.tab, 0);
      free[takeBack] = loan;
      lent.delete(takeBack);
    }
    const wanted = step.amounts && Resources.plain(...step.amounts);
    if (hold !== undefined && wanted !== undefined && free[hold].contains(wanted)) {
      pool.take(hold, wanted);
      free[hold] = free[hold].minus(wanted);
      held[hold].push(wanted);
    }
    if (release !== undefined) {
      pool.settleLoans(release);
      const back = held[release].pop();
      if (back !== undefined) {
        pool.put(release, back);
        free[release] = free[release].plus(back);
      }
    }
    if (search !== undefined && from !== undefined) {
      const room = Resources.plain(...search);
      const first = free.findIndex((each, id) => id >= from && each.contains(room));
      expect(pool.firstFit(room, from, undefined)).toBe(first);
    }
    this.check();
  }

  check(): void {
    const { pool, free, lent, settled, tab } = this;
    const sum = (name: number, bags: Iterable<Resources>): number =>
      [...bags].reduce((all, bag) => all + bag.amountOf(name), 0);
    for (const name of [CPUS, MEM]) {
      expect(pool.freeTotal[name]).toBe(sum(name, free));
      expect(tab[name]).toBe(sum(name, lent.values()) + sum(name, settled));
      expect(free.map((_, id) => pool.freeOf(id, name))).toEqual(free.map((bag) => bag.amountOf(name)));
    }
    free.forEach((bag, id) => {
      expect(pool.isEmpty(id)).toBe(bag.isEmpty);
      expect(pool.available(id).equals(bag)).toBe(true);
      expect(pool.hasMore(id, this.totals[id])).toBe(false);
    });
  }
}

test('a loan is out of what is free at once, and back whole, whatever is searched or held meanwhile', () => {
  const histories = fc.array(step, { maxLength: 80, size: 'max' });
  const check = fc.property(histories, (steps) => {
    const model = new Model();
    for (const each of steps) model.take(each);
  });
  fc.assert(check, { numRuns: 150 });
});
