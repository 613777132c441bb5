import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTrace } from '../../src/workloads/read-trace.js';
import { smallRun } from './small-run.js';

describe('a task-by-task DRF program that knows no offers', () => {
  it('makes the same decisions, at the same times', async () => {
    // Made and replayed by that program: 300 tasks, 12 frameworks, 3 agents, seed 7. It is overloaded and then drains.
    const trace = await readTrace(join(import.meta.dirname, 'fixtures/reference-300.csv'));
    const { recorder, result, starts } = await smallRun(trace, { cluster: ['3*cpus:32;mem:131072'] });
    expect(recorder.decisionHash()).toBe('23821841');
    const waited = starts.reduce<number>(
      (sum, start, task) => sum + (start ?? NaN) - trace.submitUs[task] / 1e6,
      0,
    );
    expect(waited / 300).toBeCloseTo(396.84584, 6);
    expect(result.endUs).toBe(3_341_001_000);
  });
});
