import { expect, it } from 'vitest';
import type { CycleExplanation } from '../../src/allocators/explain/reasons.js';
import { paced } from '../../src/realnet/http/explain-api.js';

it.each([
  ['is made anew when it was short', 100, [1, 2, 3]],
  ['is given again for nine times as long when it was long', 1000, [1, 1, 2]],
])('an explanation %s', async (_name, tookMs, expected) => {
  let nowMs = 0;
  let made = 0;
  const allocator = {
    explain: () => ({}) as CycleExplanation,
    explaining: function* (): Generator<undefined, CycleExplanation> {
      nowMs += tookMs / 2;
      yield undefined;
      nowMs += tookMs / 2;
      return { atUs: ++made } as CycleExplanation;
    },
  };
  const explain = paced(() => nowMs);
  const answers: number[] = [];
  for (const pauseMs of [0, 8.9 * tookMs, 0.2 * tookMs]) {
    nowMs += pauseMs;
    // Who asks while it is made gets the same.
    const [first, second] = [explain(allocator, 0), explain(allocator, 0)];
    answers.push((await first).atUs);
    expect(await second).toBe(await first);
  }
  expect(answers).toEqual(expected);
});
