import { quantiles } from '../../metrics/distribution.js';

/** So many durations are looked at. */
const WINDOW = 1000;

const PARTS: readonly (readonly [name: string, probability: number])[] = [
  ['min', 0],
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
  ['p9999', 0.9999],
  ['max', 1],
];

/** How long something took, again and again, as Mesos tells it: the last time, and the distribution of the last thousand. */
export class Timings {
  readonly #last: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#last[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** Nothing before the first duration. @param name `registrar/state_store_ms` */
  figures(name: string): Record<string, number> {
    const last = this.#last;
    if (last.length === 0) return {};
    const values = quantiles(
      Float64Array.from(last),
      PARTS.map(([, probability]) => probability),
    );
    return {
      [name]: last[(this.#next + last.length - 1) % last.length],
      [`${name}/count`]: last.length,
      ...Object.fromEntries(PARTS.map(([part], at) => [`${name}/${part}`, values[at]])),
    };
  }
}
