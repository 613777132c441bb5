import type { CiSettings } from '../workloads/generators/ci-settings.js';
import type { CiParameterSet } from '../workloads/generators/parameters.js';

/** A point of a sweep: factors on what a build asks for and on how long it takes. */
export interface SweepPoint {
  readonly size: number;
  readonly duration: number;
}

const factors = [0.5, 1, 2];

/** The assumptions of the generator, halved and doubled, each with each; small: the durations alone. */
export function sweepPoints(quick: boolean): SweepPoint[] {
  const sizes = quick ? [1] : factors;
  return factors.flatMap((duration) => sizes.map((size) => ({ size, duration })));
}

/** The parameters of a generator at a point. Arrivals and teams are the same at all of them. */
export function parametersAt(set: CiParameterSet, { size, duration }: SweepPoint) {
  const scaled = (name: 'flavourCpus' | 'flavourMem'): number[] => set[name].value.map((each) => each * size);
  return {
    durationP50: set.durationP50.value * duration,
    durationP80: set.durationP80.value * duration,
    flavourCpus: scaled('flavourCpus'),
    flavourMem: scaled('flavourMem'),
  } satisfies Partial<Record<keyof CiSettings, unknown>>;
}

export function factorText(factor: number): string {
  return `×${factor}`;
}
