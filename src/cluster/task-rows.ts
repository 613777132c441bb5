import type { TaskId } from './ids.js';

/** Integers of a row: one cache line. The first half is the master's ({@link TaskTable}), the second its agent's. */
export const ROW = 16;
export const AGENT_PART = 8;

/** Where a large buffer begins, seen from a cache line: rows are moved so that none lies on two. */
const OFFSET_BYTES = 48;

/**
 * What tables know of tasks, by task id. A row belongs to the tables that were given the store: a simulation has one for
 * master and agents, who then find what they know of a task in one cache line; a real master and a real agent have each
 * their own. It grows by doubling.
 */
export class TaskRows {
  /** {@link ROW} a task; all -1 in a row that was never used. */
  ints: Int32Array;
  /** The same rows as doubles, ROW / 2 a task. */
  doubles: Float64Array;

  /** @param capacity tasks that are known to come */
  constructor(capacity = 0) {
    [this.ints, this.doubles] = views(capacity);
    this.ints.fill(-1);
  }

  /** Every row is below. */
  get capacity(): number {
    return this.ints.length / ROW;
  }

  /** Makes room for a task. */
  reserve(task: TaskId): void {
    if (task < this.capacity) return;
    const before = this.ints;
    [this.ints, this.doubles] = views(Math.max(1024, task + 1, 2 * this.capacity));
    this.ints.set(before);
    this.ints.fill(-1, before.length);
  }
}

function views(capacity: number): [Int32Array, Float64Array] {
  const buffer = new ArrayBuffer(OFFSET_BYTES + capacity * ROW * 4);
  return [new Int32Array(buffer, OFFSET_BYTES), new Float64Array(buffer, OFFSET_BYTES)];
}

/** A longer list would be made a dictionary if it were made at its length. */
const LONGEST_AT_ONCE = 2 ** 25;

/**
 * A list of two objects a task for the capacity of the rows, beginning with what it held before. It is made at its length
 * where that is possible: one that grows is copied many times.
 */
export function filledPairs<A, B>(
  before: readonly (A | B)[],
  capacity: number,
  first: A,
  second: B,
): (A | B)[] {
  const length = 2 * capacity;
  const pairs = new Array<A | B>(Math.min(length, LONGEST_AT_ONCE));
  for (let i = 0; i < pairs.length; i += 2) {
    pairs[i] = i < before.length ? before[i] : first;
    pairs[i + 1] = i < before.length ? before[i + 1] : second;
  }
  for (let i = pairs.length; i < length; i += 2) {
    if (i < before.length) pairs.push(before[i], before[i + 1]);
    else pairs.push(first, second);
  }
  return pairs;
}
