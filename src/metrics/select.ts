/**
 * Rearranges values[left..right] so that the one at `k` is where a sort would put it, with none larger before it and none
 * smaller behind it. O(n) on average; a bad run of pivots ends in a sort. Hoare's Find (CACM 1961), pivot of three.
 *
 * d3-array has the same; calling a comparison for each pair of numbers, it takes four times as long, and a summary of a
 * million tasks selects a dozen times.
 */
export function select(values: Float64Array, k: number, left: number, right: number): void {
  let pivotsLeft = 2 * Math.ceil(Math.log2(right - left + 2));
  while (left < right) {
    if (pivotsLeft-- === 0) {
      values.subarray(left, right + 1).sort();
      return;
    }
    const pivot = median(values[left], values[(left + right) >>> 1], values[right]);
    let [low, high] = [left, right];
    while (low <= high) {
      while (values[low] < pivot) low++;
      while (values[high] > pivot) high--;
      if (low > high) break;
      const value = values[low];
      values[low++] = values[high];
      values[high--] = value;
    }
    // Between high and low all are equal to the pivot.
    if (k <= high) right = high;
    else if (k >= low) left = low;
    else return;
  }
}

function median(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
