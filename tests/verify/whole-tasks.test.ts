import { describe, expect, it } from 'vitest';
import { findCheck } from '../../src/verify/catalogue.js';
import type { TaskCase } from '../../src/verify/properties/tasks.js';
import { place, totals } from '../../src/verify/economies/tasks.js';
import { own, subject } from './subjects.js';

/** d = (1,1), (6,2), c = (18,21) of semantics-notes section 8. */
const pinned: TaskCase = {
  agents: [[18, 21]],
  users: [
    { demand: [1, 1], weight: 1 },
    { demand: [6, 2], weight: 1 },
  ],
  oneRole: false,
  formerRoles: 0,
};

describe('drf with whole tasks', () => {
  it('gives the first 6 tasks where a slice of its own would hold 9', () => {
    expect(totals(place(pinned, subject('drf')))[0]).toBe(6);
    const check = findCheck({ property: 'sharing-incentive', economy: 'E1' });
    expect(check.judge(pinned, subject('drf'))).toEqual({
      gain: 0.5,
      sentence: 'a would run 9 tasks in slices of its own against 6',
    });
  });

  it('rewards the report (4,5) there', () => {
    const check = findCheck({ property: 'strategy-proofness', economy: 'E1' });
    const finding = check.judge({ ...pinned, lie: { user: 0, report: [4, 5] } }, subject('drf'));
    expect(finding?.gain).toBeGreaterThan(0);
    expect(finding?.sentence).toMatch(/^a reports <4,5> for <1,1> and has \d+ tasks in place of 6$/);
  });

  it('is as its rule says, the more so the smaller the parts', () => {
    for (const [property, parts] of [
      ['link-50', 50],
      ['link-500', 500],
    ] as const) {
      const check = findCheck({ property, economy: 'E1' });
      expect(check.judge(pinned, subject('drf')), `parts of a ${parts}th`).toBeUndefined();
    }
  });

  it('is more than 0.01 off its rule in parts of a 500th where a part of one holds eight of another', () => {
    const agents = [[4, 5]];
    const demands = [
      [2, 7],
      [3, 7],
      [3, 8],
      [4, 1],
    ];
    const users = demands.map((demand) => ({ demand, weight: 1 }));
    const economy = { ...pinned, agents, users, oneRole: true };
    const rule = subject('drf').mechanism(['cpus', 'mem'])!({ capacity: agents[0], users });
    const placed = totals(place(economy, subject('drf'), undefined, 500));
    expect(Math.abs(placed[3] / 500 - rule.tasks[3])).toBeCloseTo(0.0115, 6);
  });
});

describe('Pareto efficiency over several agents', () => {
  const mixed: TaskCase = {
    agents: [
      [28, 21],
      [4, 20],
    ],
    users: [
      { demand: [1, 5], weight: 2 },
      { demand: [2, 2], weight: 1 },
      { demand: [3, 1], weight: 1 },
    ],
    oneRole: false,
    formerRoles: 0,
  };

  it('is measured by what could run as well, nobody having fewer', async () => {
    const check = findCheck({ property: 'pareto-efficiency', economy: 'E2' });
    await check.prepare?.();
    expect(check.judge(mixed, subject('drf'))).toEqual({
      gain: 2.5,
      sentence: 'c could have 7 tasks in place of 2, and nobody fewer, were tasks on other agents',
    });
    const alone: TaskCase = { ...mixed, users: mixed.users.slice(0, 1) };
    expect(check.judge(alone, subject('drf'))).toBeUndefined();
  });
});

describe('an allocator that breaks down', () => {
  it('is refuted by what it threw, in any property', () => {
    const broken = own('broken', () => {
      throw new Error('out of ideas\nat a line');
    });
    const check = findCheck({ property: 'ef1', economy: 'E1' });
    expect(check.judge(pinned, broken)).toEqual({
      gain: Infinity,
      sentence: 'the allocator threw: out of ideas',
      fault: 'broke',
    });
  });
});
