import process from 'node:process';
import { getHeapStatistics } from 'node:v8';
import vm from 'node:vm';
import type { Allocator } from '../cluster/allocator.js';
import { DEPTH, Heartbeat, HOOK, hooks } from '../plugins/heartbeat.js';

/** A call of a user's own code that did not come back; the message says of what and how long. */
export class Hung extends Error {
  override readonly name = 'Hung';
}

/** Seconds that one case may take; AGORA_POLICY_PATIENCE sets another number. A case is a matter of milliseconds. */
const patienceSeconds = 10;
/** Milliseconds a case may take once one has hung, and how many more may hang: it is being shrunk. */
const [IMPATIENT, MOST_HANGS] = [400, 30];
/** The same in the properties behind the first that hung: all of them may, and the table is to come to an end. */
const [LESS_PATIENT, FEWER_HANGS] = [3000, 10];

const script = new vm.Script('globalThis.agoraJob()');
const stage = globalThis as { agoraJob?: () => void };

/** Watches the code of a user's own allocator and rule while it is put to the test: which call runs, and for how long. */
export class Watch {
  /** For the hooks of a policy, which run inside our own bookkeeping. */
  readonly heartbeat = new Heartbeat();
  #call = 'its code';
  #hangs = 0;
  #hungBefore = false;

  /** So much has hung that to go on would only cost time. */
  get isSpent(): boolean {
    return this.#hangs > (this.#hungBefore ? FEWER_HANGS : MOST_HANGS);
  }

  /** Other cases begin, with patience anew. */
  begin(): void {
    if (this.#hangs > 0) this.#hungBefore = true;
    this.#hangs = 0;
  }

  /**
   * Runs a job that may call the user's code; an endless loop in it is cut off.
   *
   * @throws Hung, and what the job throws
   */
  within<T>(job: () => T): T {
    const given = Number(process.env['AGORA_POLICY_PATIENCE']);
    const patience = (given > 0 ? given : patienceSeconds) * 1000;
    const first = this.#hungBefore && !(given > 0) ? Math.min(patience, LESS_PATIENT) : patience;
    const timeout = this.#hangs === 0 ? first : Math.min(first, IMPATIENT);
    let result: { readonly value: T } | undefined;
    stage.agoraJob = () => {
      result = { value: job() };
    };
    try {
      script.runInThisContext({ timeout });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      this.#hangs++;
      const why = isMemoryFull() ? 'it uses up the memory' : 'an endless loop';
      throw new Hung(`it has not come back from ${this.#running()} for ${timeout / 1000} s: ${why}`);
    } finally {
      delete stage.agoraJob;
    }
    return result!.value;
  }

  /** The allocator, told nothing that it could change: what it is handed is frozen, and each call is noted. */
  allocator(inner: Allocator): Allocator {
    const methods = new Map<string | symbol, unknown>();
    // Around nothing: what stands around the allocator itself could not stand in for methods that may not be changed.
    return new Proxy({} as Allocator, {
      get: (_, key) => {
        const value: unknown = Reflect.get(inner, key, inner);
        if (typeof value !== 'function') return value;
        if (!methods.has(key)) {
          methods.set(key, (...args: unknown[]): unknown => {
            this.#call = String(key);
            args.filter((_, i) => !isItsOwn(key, i)).forEach(freeze);
            return Reflect.apply(value, inner, args) as unknown;
          });
        }
        return methods.get(key);
      },
    });
  }

  /** A function of the user's, noted under this name. */
  noted<A extends unknown[], R>(name: string, call: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      this.#call = name;
      return call(...args);
    };
  }

  #running(): string {
    const { beats } = this.heartbeat;
    const call = beats[DEPTH] > 0 ? hooks[beats[HOOK]] : this.#call;
    beats[DEPTH] = 0;
    return call;
  }
}

/** Nearly full: what runs slows down long before it runs out. */
function isMemoryFull(): boolean {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return used > 0.7 * limit;
}

/** What it is restored from becomes its own; the ask that `recover` brings back is the one that it put into the offer. */
function isItsOwn(method: string | symbol, argument: number): boolean {
  return method === 'restore' || (method === 'recover' && argument === 4);
}

/** Deeply, through lists and plain objects and bags of resources; what is frozen stays. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}
