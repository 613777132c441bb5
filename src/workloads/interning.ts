/**
 * Tables that turn names and tuples of numbers into dense ids, in order of first appearance. Names are looked up by
 * their UTF-8 bytes, so that a reader makes no string per row; only the distinct ones are ever decoded.
 */
import { TraceError } from './trace-error.js';

/** Distinct text of one column, in bytes; far beyond any real trace, below what one array can hold. */
const maxArenaBytes = 2 ** 30;

/**
 * Names by their bytes. Cost of a look-up: O(length of the name). A name that is greater than all before it, first by
 * length and then by bytes, is known to be new without a look-up: names that count up (`b9`, `b10`) cost no more than
 * a copy, and are put into the hash table only when a name comes that is not the greatest.
 */
export class NameTable {
  /** Bytes of all names, one after the other; name i ends at #ends[i]. */
  #arena = new Uint8Array(1024);
  #ends = new Uint32Array(32);
  #hashes = new Int32Array(32);
  /** Open addressing: id + 1, or 0 for an empty slot. The length is a power of two, at most half is used. */
  #slots = new Int32Array(64);
  #size = 0;
  /** Names below this id are in the hash table. */
  #indexed = 0;
  /** Id of the greatest name. */
  #greatest = -1;
  /** All bytes or-ed together: below 128 as long as every name is ASCII. */
  #allBits = 0;

  get size(): number {
    return this.#size;
  }

  /** The id of the name in bytes[start, end), or -1 if it is not in the table. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (this.#isGreatest(bytes, start, end)) return -1;
    if (this.#indexed < this.#size) this.#index();
    const hash = hashBytes(bytes, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] - 1;
      if (id < 0 || (this.#hashes[id] === hash && this.#equals(id, bytes, start, end))) return id;
    }
  }

  /** Puts in a name that {@link find} does not know, which must be UTF-8 ({@link isUtf8}), and answers its id. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const from = this.#startOf(this.#size);
    const length = end - start;
    if (from + length > maxArenaBytes)
      throw new TraceError('the trace has more than 1 GiB of distinct names');
    if (from + length > this.#arena.length) this.#arena = grown(this.#arena, from + length);
    if (this.#size === this.#ends.length) this.#ends = grown(this.#ends, this.#size + 1);
    if (this.#isGreatest(bytes, start, end)) this.#greatest = this.#size;
    // A loop: subarray and set cost more than the few bytes of a name.
    for (let i = 0; i < length; i++) {
      const byte = bytes[start + i];
      this.#arena[from + i] = byte;
      this.#allBits |= byte;
    }
    this.#ends[this.#size] = from + length;
    return this.#size++;
  }

  /** The id of a text, which is put in if it is new. */
  id(text: string): number {
    const bytes = new TextEncoder().encode(text);
    const known = this.find(bytes, 0, bytes.length);
    return known >= 0 ? known : this.add(bytes, 0, bytes.length);
  }

  /** All names, by id. The table is empty afterwards: a million names are not held twice. */
  takeNames(): string[] {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    // Positions in the bytes are positions in the text: decoded once, a name is a slice of it.
    const all = this.#allBits < 128 ? decoder.decode(this.#arena.subarray(0, this.#startOf(this.#size))) : '';
    const names = new Array<string>(this.#size);
    for (let id = 0; id < this.#size; id++) {
      const start = this.#startOf(id);
      const end = this.#ends[id];
      names[id] =
        this.#allBits < 128 ? all.slice(start, end) : decoder.decode(this.#arena.subarray(start, end));
    }
    this.#arena = new Uint8Array(1024);
    this.#ends = new Uint32Array(32);
    this.#hashes = new Int32Array(32);
    this.#slots = new Int32Array(64);
    this.#size = this.#indexed = 0;
    this.#greatest = -1;
    return names;
  }

  #startOf(id: number): number {
    return id === 0 ? 0 : this.#ends[id - 1];
  }

  #equals(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#startOf(id);
    if (this.#ends[id] - from !== end - start) return false;
    for (let i = start; i < end; i++) if (this.#arena[from + i - start] !== bytes[i]) return false;
    return true;
  }

  /** By length, then by bytes. */
  #isGreatest(bytes: Uint8Array, start: number, end: number): boolean {
    const greatest = this.#greatest;
    if (greatest < 0) return true;
    const from = this.#startOf(greatest);
    const longer = end - start - (this.#ends[greatest] - from);
    if (longer !== 0) return longer > 0;
    for (let i = start; i < end; i++) {
      const difference = bytes[i] - this.#arena[from + i - start];
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  /** Puts what was added since the last time into the hash table. */
  #index(): void {
    const size = this.#size;
    if (size > this.#hashes.length) this.#hashes = grown(this.#hashes, this.#ends.length);
    for (let id = this.#indexed; id < size; id++) {
      this.#hashes[id] = hashBytes(this.#arena, this.#startOf(id), this.#ends[id]);
    }
    let from = this.#indexed;
    if (size * 2 > this.#slots.length) {
      let length = this.#slots.length;
      while (size * 2 > length) length *= 2;
      this.#slots = new Int32Array(length);
      from = 0;
    }
    for (let id = from; id < size; id++) occupy(this.#slots, this.#hashes[id], id);
    this.#indexed = size;
  }
}

/** Tuples of four integers (doubles, so up to 2^53). Cost of a look-up: O(1). */
export class TupleTable {
  #values = new Float64Array(4 * 32);
  #hashes = new Int32Array(32);
  #slots = new Int32Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The id of (a, b, c, d), which is put in if it is new. */
  id(a: number, b: number, c: number, d: number): number {
    const hash = hashNumbers(a, b, c, d);
    const values = this.#values;
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] - 1;
      if (id < 0) return this.#add(hash, [a, b, c, d]);
      const at = id * 4;
      const isSame = values[at] === a && values[at + 1] === b && values[at + 2] === c && values[at + 3] === d;
      if (isSame) return id;
    }
  }

  /** Number `index` (0 to 3) of tuple `id`. */
  get(id: number, index: number): number {
    return this.#values[id * 4 + index];
  }

  #add(hash: number, tuple: readonly number[]): number {
    if (this.#size === this.#hashes.length) {
      this.#values = grown(this.#values, this.#values.length + 4);
      this.#hashes = grown(this.#hashes, this.#size + 1);
    }
    const id = this.#size++;
    this.#values.set(tuple, id * 4);
    this.#hashes[id] = hash;
    if (this.#size * 2 > this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2);
      for (let other = 0; other < id; other++) occupy(this.#slots, this.#hashes[other], other);
    }
    occupy(this.#slots, hash, id);
    return id;
  }
}

/** Whether bytes[start, end) are UTF-8 text. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let all = 0;
  for (let i = start; i < end; i++) all |= bytes[i];
  if (all < 0x80) return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}

/** A copy of the column with room for at least `length` entries, at least doubled. */
export function grown<T extends Column>(column: T, length: number): T {
  const larger = new (column.constructor as new (length: number) => T)(Math.max(length, column.length * 2));
  larger.set(column);
  return larger;
}

export type Column = Float64Array | Int32Array | Uint32Array | Uint8Array;

function occupy(slots: Int32Array, hash: number, id: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = id + 1;
}

/** Four bytes a step, each mixed downwards because only the low bits choose the slot. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = (end - start) | 0;
  let at = start;
  for (; at + 3 < end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  let rest = 0;
  for (; at < end; at++) rest = (rest << 8) | bytes[at];
  hash = Math.imul(hash ^ rest, 0x85ebca6b);
  return hash ^ (hash >>> 13) ^ (hash >>> 16);
}

function hashNumbers(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a | 0, 0x9e3779b1);
  hash = Math.imul(hash ^ (b | 0), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ (c | 0), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16) ^ (d | 0), 0x27d4eb2f);
  return hash ^ (hash >>> 15);
}
