import { performance } from 'node:perf_hooks';
import type { Allocator } from '../cluster/allocator.js';

const MOST_SAMPLES = 8192;

/**
 * Wall-clock times of an allocator's cycles. All of them at first, then every second, fourth, … one: a run may have
 * millions, and looking at the clock would be a good part of each.
 */
export class CycleTimer {
  #samples: number[] = [];
  #stride = 1;
  #count = 0;

  /** The same allocator, with its cycles timed. */
  watch(allocator: Allocator): Allocator {
    const allocate = allocator.allocate.bind(allocator);
    allocator.allocate = (now, scope, sink) => {
      if (this.#count++ % this.#stride !== 0) {
        allocate(now, scope, sink);
        return;
      }
      const start = performance.now();
      allocate(now, scope, sink);
      this.#note(performance.now() - start);
    };
    return allocator;
  }

  /** Milliseconds below which the part `p` of the cycles stayed; null before the first. */
  quantileMs(p: number): number | null {
    if (this.#samples.length === 0) return null;
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
  }

  #note(milliseconds: number): void {
    this.#samples.push(milliseconds);
    if (this.#samples.length < MOST_SAMPLES) return;
    this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }
}
