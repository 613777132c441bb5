/**
 * Values that are not scalars: ranges of unsigned integers, sorted and disjoint, and sets of strings,
 * sorted.
 */
export type Value = RangesValue | SetValue;

export interface RangesValue {
  readonly type: 'RANGES';
  /** Inclusive [begin, end] pairs, ascending, neither overlapping nor touching. */
  readonly ranges: readonly (readonly [number, number])[];
}

export interface SetValue {
  readonly type: 'SET';
  readonly items: readonly string[];
}

/** Ranges in any order, overlapping or not, brought to normal form. */
export function rangesOf(pairs: readonly (readonly [number, number])[]): RangesValue {
  const sorted = [...pairs].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [begin, end] of sorted) {
    const last = merged[merged.length - 1];
    if (last !== undefined && begin <= last[1] + 1) last[1] = Math.max(last[1], end);
    else merged.push([begin, end]);
  }
  return { type: 'RANGES', ranges: merged };
}

export function setOf(items: Iterable<string>): SetValue {
  return { type: 'SET', items: [...new Set(items)].sort() };
}

/** Number of elements: the quantity of ranges and sets. */
export function elementCount(value: Value): number {
  if (value.type === 'SET') return value.items.length;
  return value.ranges.reduce((sum, [begin, end]) => sum + (end - begin + 1), 0);
}

export function unionValue(a: Value, b: Value): Value {
  if (a.type === 'SET' && b.type === 'SET') return setOf([...a.items, ...b.items]);
  if (a.type === 'RANGES' && b.type === 'RANGES') return rangesOf([...a.ranges, ...b.ranges]);
  throw new TypeError('ranges and sets do not mix');
}

/** Takes the elements of `b` out of `a`; containment is not needed. */
export function subtractValue(a: Value, b: Value): Value {
  if (a.type === 'SET' && b.type === 'SET') {
    const gone = new Set(b.items);
    return { type: 'SET', items: a.items.filter((item) => !gone.has(item)) };
  }
  if (a.type !== 'RANGES' || b.type !== 'RANGES') throw new TypeError('ranges and sets do not mix');
  const left: [number, number][] = [];
  for (const [begin, end] of a.ranges) {
    let from = begin;
    for (const [cutBegin, cutEnd] of b.ranges) {
      if (cutEnd < from || cutBegin > end) continue;
      if (cutBegin > from) left.push([from, cutBegin - 1]);
      from = cutEnd + 1;
    }
    if (from <= end) left.push([from, end]);
  }
  return { type: 'RANGES', ranges: left };
}

export function valueContains(whole: Value | undefined, part: Value): boolean {
  if (whole === undefined || whole.type !== part.type) return elementCount(part) === 0;
  return elementCount(subtractValue(part, whole)) === 0;
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return valueContains(a, b) && valueContains(b, a);
}
