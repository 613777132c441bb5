import { performance } from 'node:perf_hooks';
import { Timings } from '../state/timings.js';
import type { RegistryChange, RegistryStore } from './registry-store.js';

/**
 * Writes changes of the registry in their order, many at a time, and holds back what may not be said before they are
 * durable.
 */
export class Registrar {
  readonly #store: RegistryStore | undefined;
  readonly #onFailure: (error: Error) => void;
  /** Not given to the store yet. */
  #pending: RegistryChange[] = [];
  #isWriting = false;
  #writing: Promise<void> = Promise.resolve();
  /** Changes so far, and how many of them are durable. */
  #asked = 0;
  #durable = 0;
  /** What waits, in order: each until so many changes are durable. */
  #held: { readonly after: number; readonly act: () => void }[] = [];
  #isReleasing = false;
  readonly #stores = new Timings();
  #fetchMs: number | undefined;

  /**
   * @param store absent: nothing is kept
   * @param onFailure the store failed; nothing that waits is ever said
   */
  constructor(store: RegistryStore | undefined, onFailure: (error: Error) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /** All that is kept; before anything is written. @throws RegistryError */
  async load(): Promise<ReadonlyMap<string, string>> {
    const start = performance.now();
    const entries = await this.#store?.load();
    if (entries !== undefined) this.#fetchMs = performance.now() - start;
    return entries ?? new Map<string, string>();
  }

  /** Its metrics; none when nothing is kept. */
  get figures(): Record<string, number> {
    if (this.#store === undefined) return {};
    const { sizeBytes } = this.#store;
    return {
      'registrar/queued_operations': this.#asked - this.#durable,
      ...(sizeBytes !== undefined && { 'registrar/registry_size_bytes': sizeBytes }),
      ...(this.#fetchMs !== undefined && { 'registrar/state_fetch_ms': this.#fetchMs }),
      ...this.#stores.figures('registrar/state_store_ms'),
    };
  }

  persist(change: RegistryChange): void {
    if (this.#store === undefined) return;
    this.#pending.push(change);
    this.#asked++;
    if (this.#isWriting) return;
    this.#isWriting = true;
    // The step that is under way may have more to write.
    queueMicrotask(() => {
      this.#writing = this.#write(this.#store!);
    });
  }

  /** Resolves when what was asked for is written, or cannot be. */
  async settled(): Promise<void> {
    await Promise.resolve();
    await this.#writing;
  }

  /** Acts when all changes so far are durable: now, as a rule. Keeps the order of the calls. */
  whenDurable(act: () => void): void {
    if (this.#durable === this.#asked && this.#held.length === 0) act();
    else this.#held.push({ after: this.#asked, act });
  }

  async #write(store: RegistryStore): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const changes = this.#pending;
        this.#pending = [];
        const start = performance.now();
        await store.write(changes);
        this.#stores.add(performance.now() - start);
        this.#durable += changes.length;
        this.#release();
      }
      this.#isWriting = false;
    } catch (error) {
      this.#onFailure(error as Error);
    }
  }

  #release(): void {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    let count = 0;
    // What is said may lead to more that waits.
    for (; count < this.#held.length && this.#held[count].after <= this.#durable; count++)
      this.#held[count].act();
    this.#held = this.#held.slice(count);
    this.#isReleasing = false;
  }
}
