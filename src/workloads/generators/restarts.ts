import { randomExponential } from 'd3-random';
import { hourMs } from './arrivals.js';
import type { CiSettings } from './ci-settings.js';

/**
 * Whether and when a person starts a failed build again.
 * @returns a function that draws, for the next failed build, the whole milliseconds from its end to its
 * restart, or undefined if nobody restarts it
 */
export function restartDelays(
  settings: Pick<CiSettings, 'failureShare' | 'restartShare' | 'restartWithinHour'>,
  random: () => number,
): () => number | undefined {
  const { failureShare, restartShare, restartWithinHour } = settings;
  const restartsOfFailed = failureShare === 0 ? 0 : restartShare / failureShare;
  // An exponential law of this rate has restartWithinHour of its mass in the first hour.
  const delayHours = randomExponential.source(random)(-Math.log1p(-restartWithinHour));
  return () => (random() < restartsOfFailed ? Math.round(delayHours() * hourMs) : undefined);
}
