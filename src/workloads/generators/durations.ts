import { randomLogNormal } from 'd3-random';
import type { CiSettings } from './ci-settings.js';

/** The 80 % quantile of the standard normal law. */
const normalP80 = 0.8416212335729143;

/** mu and sigma of the lognormal law with these quantiles, in seconds. */
export function lognormalOf(p50: number, p80: number): { readonly mu: number; readonly sigma: number } {
  return { mu: Math.log(p50), sigma: Math.log(p80 / p50) / normalP80 };
}

/** A function that draws the duration of the next build, whole milliseconds, at least 1. */
export function buildDurations(
  settings: Pick<CiSettings, 'durationP50' | 'durationP80' | 'durationMax'>,
  random: () => number,
): () => number {
  const { mu, sigma } = lognormalOf(settings.durationP50, settings.durationP80);
  const draw = randomLogNormal.source(random)(mu, sigma);
  return () => Math.max(1, Math.round(Math.min(draw(), settings.durationMax) * 1000));
}
