import { describe, expect, it } from 'vitest';
import { allocatorNeeds, createAllocator } from '../../src/allocators/registry.js';
import { place, totals, type TaskEconomy } from '../../src/verify/economies/tasks.js';
import { subject } from '../verify/subjects.js';

/** The DRF paper's example, section 4.1, ten times as large: tasks of <1,4> and <3,1> tell the policies apart. */
const paper: TaskEconomy = {
  agents: [[90, 180]],
  users: [
    { demand: [1, 4], weight: 1 },
    { demand: [3, 1], weight: 1 },
  ],
  oneRole: false,
  formerRoles: 0,
};

describe('in the example of the DRF paper', () => {
  it.each([
    ['drf', [30, 20]],
    // Equal sums of shares: the rule gives 25.2 and 21.6, and what is left fits only the first.
    ['asset', [27, 21]],
    // The market gives 40.91 and 16.36.
    ['ceei', [41, 16]],
    // Three of the first for one of the second, until memory is full but for the second.
    ['max-min:cpus', [41, 16]],
    // Four of the second for one of the first, until the cpus are but for the first.
    ['max-min?resource=mem', [9, 27]],
  ])('%s gives %j tasks', (name, tasks) => {
    expect(totals(place(paper, subject(name)))).toEqual(tasks);
  });
});

describe('the options of these policies', () => {
  it('are read, in both spellings', () => {
    for (const text of ['max-min:mem', 'max-min?resource=mem', 'max-min']) {
      expect(allocatorNeeds(text)).toBeUndefined();
    }
    expect(allocatorNeeds('ceei')).toBe('asks');
    expect(() => createAllocator('max-min:bricks', {} as never)).toThrow(
      'max-min: resource is "bricks"; it is one of cpus, mem, disk, gpus',
    );
  });
});
