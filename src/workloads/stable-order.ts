/**
 * The indices of `keys` from the smallest key to the largest, equal keys in their old order. No key may be NaN.
 * A bottom-up merge sort, O(n log n). Keys move along with their indices, so that memory is read in order; that
 * takes 24 bytes a key.
 */
export function stableOrder(keys: Float64Array): Int32Array {
  const count = keys.length;
  let from = { keys: keys.slice(), order: new Int32Array(count) };
  for (let i = 0; i < count; i++) from.order[i] = i;
  let to = { keys: new Float64Array(count), order: new Int32Array(count) };
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      merge(from, to, start, Math.min(start + width, count), Math.min(start + 2 * width, count));
    }
    [from, to] = [to, from];
  }
  return from.order;
}

interface Run {
  readonly keys: Float64Array;
  readonly order: Int32Array;
}

/** Merges [start, middle) and [middle, end) of `from`, both in order, into `to`. */
function merge(from: Run, to: Run, start: number, middle: number, end: number): void {
  const { keys, order } = from;
  const { keys: toKeys, order: toOrder } = to;
  let left = start;
  let right = middle;
  for (let i = start; i < end; i++) {
    const takeLeft = left < middle && (right >= end || keys[left] <= keys[right]);
    const taken = takeLeft ? left++ : right++;
    toKeys[i] = keys[taken];
    toOrder[i] = order[taken];
  }
}
