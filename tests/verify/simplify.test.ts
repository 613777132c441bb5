import { describe, expect, it } from 'vitest';
import { findCheck } from '../../src/verify/catalogue.js';
import { runVerify } from '../../src/verify/run-verify.js';
import { simplest } from '../../src/verify/simplify.js';
import type { TaskCase } from '../../src/verify/properties/tasks.js';
import { subject } from './subjects.js';

describe('a case made smaller', () => {
  it('keeps what it needs to show the same, and no more', () => {
    const large = {
      agents: [
        [20, 9],
        [30, 8],
      ],
      users: [
        { demand: [3, 2], weight: 1 },
        { demand: [5, 6], weight: 3 },
        { demand: [2, 7], weight: 2 },
      ],
      oneRole: false,
      formerRoles: 9,
      leaver: 2,
    };
    const small = simplest(large, (testCase) => {
      const { users, leaver } = testCase as typeof large;
      return users[leaver].demand[0] > 1 && users.length > 1;
    });
    const users = [
      { demand: [1], weight: 1 },
      { demand: [2], weight: 1 },
    ];
    expect(small).toEqual({ agents: [[4]], users, oneRole: false, formerRoles: 0, leaver: 1 });
  });

  it('stays one of its property: what grows does not shrink', () => {
    const large = { capacity: [9, 9], grown: [12, 9], users: [{ demand: [2, 2], weight: 1 }] };
    expect(simplest(large, () => true)).toEqual({
      capacity: [4],
      grown: [4],
      users: [{ demand: [1], weight: 1 }],
    });
  });

  it('loses nothing of the largest gain', async () => {
    const options = {
      properties: ['sharing-incentive'],
      economies: ['E1'] as const,
      runs: 100,
      seed: '3',
      workers: 0,
    };
    const { rows } = await runVerify(subject('drf'), options);
    const [row] = rows;
    const check = findCheck(row);
    expect(check.judge(row.testCase, subject('drf'))).toEqual({ gain: row.gain, sentence: row.sentence });
    const { users, agents, formerRoles } = row.testCase as TaskCase;
    expect({ users: users.length, resources: agents[0].length, formerRoles }).toEqual({
      users: 2,
      resources: 1,
      formerRoles: 0,
    });
  });
});
