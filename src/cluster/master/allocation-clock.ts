import type { AllocationScope, Allocator } from '../allocator.js';
import type { Digest } from '../digest.js';
import type { Micros } from '../ids.js';

/** What the master knows beside the allocator. */
interface AllocationState {
  /** Batch runs take place though the allocator has nothing to do: agents will be away. */
  isWatched(): boolean;
  /** No run takes place; what asks for one is not forgotten. */
  isPaused(): boolean;
}

const ALWAYS: AllocationState = { isWatched: () => false, isPaused: () => false };

/**
 * When the allocator runs, and over what (R-4.1 to; `instant`: semantics-notes I-6).
 *
 * A batch run takes place at multiples of the interval, 0 left out, but only where something is to do: the allocator is
 * dirty, or a filter has ended. So an idle cluster costs nothing.
 */
export class AllocationClock {
  readonly #allocator: Allocator;
  readonly #intervalUs: Micros;
  readonly #instant: boolean;
  readonly #of: AllocationState;
  /** The multiple of the interval whose batch run was the last. */
  #lastTick: Micros = 0;
  /** Since when the allocator is dirty; Infinity: it is not. */
  #dirtySince: Micros = Infinity;

  constructor(allocator: Allocator, intervalUs: Micros, instant: boolean, of: AllocationState = ALWAYS) {
    if (!instant && !(intervalUs > 0)) throw new RangeError('the allocation interval is above 0');
    this.#allocator = allocator;
    this.#intervalUs = intervalUs;
    this.#instant = instant;
    this.#of = of;
  }

  /** To be called after every input. */
  changed(now: Micros): void {
    if (this.#dirtySince === Infinity && this.#allocator.dirty) this.#dirtySince = now;
  }

  /** When the next run is due, not before `now`. */
  due(now: Micros): Micros {
    const allocator = this.#allocator;
    if (this.#of.isPaused()) return Infinity;
    if (allocator.triggered) return now;
    if (this.#instant) return allocator.dirty ? now : Math.max(now, allocator.nextExpiry());
    return Math.max(now, this.#dueTick(now));
  }

  /** The scope of a run at this time; undefined when none is due. */
  begin(now: Micros): AllocationScope | undefined {
    if (this.#of.isPaused()) return undefined;
    if (this.#instant) return 'all';
    const tick = Math.floor(now / this.#intervalUs) * this.#intervalUs;
    if (tick === now && tick > this.#lastTick) {
      this.#lastTick = tick;
      return 'all';
    }
    // In the real runtime the input comes a little after its tick.
    if (this.#dueTick(now) <= now) {
      this.#lastTick = tick;
      return 'all';
    }
    return this.#allocator.triggered ? 'triggered' : undefined;
  }

  /** To be called after the run. */
  end(): void {
    if (!this.#allocator.dirty) this.#dirtySince = Infinity;
  }

  mixInto(digest: Digest): void {
    digest.double(this.#lastTick);
    digest.double(this.#dirtySince);
  }

  /** The first multiple of the interval that has not run and at which there is something to do. */
  #dueTick(now: Micros): Micros {
    const allocator = this.#allocator;
    // No mark yet: asked before the step is over.
    const dirtySince = this.#dirtySince === Infinity ? now : this.#dirtySince;
    const next = this.#lastTick + this.#intervalUs;
    if (this.#of.isWatched()) return next;
    const since = Math.min(allocator.dirty ? dirtySince : Infinity, allocator.nextExpiry());
    if (since === Infinity) return Infinity;
    const tick = Math.ceil(since / this.#intervalUs) * this.#intervalUs;
    return Math.max(tick, next);
  }
}
