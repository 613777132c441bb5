import { performance } from 'node:perf_hooks';
import type { Micros } from '../cluster/ids.js';

/** Microseconds since 1970 that never go back: the time of day when the program began, and a steady clock from there. */
export function wallClock(): () => Micros {
  const origin = Date.now() * 1000 - Math.round(performance.now() * 1000);
  let last = 0;
  return () => (last = Math.max(last, origin + Math.round(performance.now() * 1000)));
}
