import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** Longest that one answer holds everybody else up, in milliseconds. */
export const SLICE_MS = 3;

/** Does work that may be long between other things: it goes on in the next turn wherever it yields and its time is up. */
export async function inSlices<Result>(work: Generator<unknown, Result>): Promise<Result> {
  for (;;) {
    const end = performance.now() + SLICE_MS;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    await setImmediate();
  }
}
