import { expect, it } from 'vitest';
import type { CycleExplanation } from '../../src/allocators/explain/reasons.js';
import { paced } from '../../src/realnet/http/explain-api.js';

it.each([
  ['is made anew when it was short', 100, [1, 2, 3]],
  ['is given again for nine times as long when it was long', 1000, [1, 1, 2]],
])('an explanation %s', (_name, tookMs, expected) => {
  let nowMs = 0;
  let made = 0;
  const allocator = {
    explain: () => {
      nowMs += tookMs;
      return { atUs: ++made } as CycleExplanation;
    },
  };
  const explain = paced(() => nowMs);
  const answers = [0, 8.9 * tookMs, 0.2 * tookMs].map((pauseMs) => {
    nowMs += pauseMs;
    return explain(allocator, 0).atUs;
  });
  expect(answers).toEqual(expected);
});
