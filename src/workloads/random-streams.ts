import seedrandom from 'seedrandom';

/**
 * One named stream of random numbers of a run. Streams of one seed are independent of each other, so that
 * drawing more from one (another fault, a longer queue) leaves every other stream as it was: two allocators
 * compared under one seed see the same workload (common random numbers).
 *
 * @param seed any text; the same seed and name give the same numbers on every machine
 * @param name what is drawn from it, such as `arrivals` or `paypal-ci/durations`
 * @returns a function that draws the next number, uniform in [0, 1), in steps of 2^-32
 * @see https://github.com/davidbau/seedrandom, variant `alea` (J. Baagøe), seeded with `seed/name`
 */
export function randomStream(seed: string, name: string): () => number {
  return seedrandom.alea(`${seed}/${name}`);
}
