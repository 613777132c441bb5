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

type Range = readonly [number, number];

/** Ranges in any order, overlapping or not, brought to normal form. */
export function rangesOf(pairs: readonly Range[]): RangesValue {
  return joined([...pairs].sort((a, b) => a[0] - b[0]));
}

/** Ranges in order of where they begin, brought to normal form. */
function joined(sorted: readonly Range[]): RangesValue {
  const ranges: [number, number][] = [];
  for (const [begin, end] of sorted) {
    const last = ranges[ranges.length - 1];
    if (last !== undefined && begin <= last[1] + 1) last[1] = Math.max(last[1], end);
    else ranges.push([begin, end]);
  }
  return { type: 'RANGES', ranges };
}

export function setOf(items: Iterable<string>): SetValue {
  return { type: 'SET', items: [...new Set(items)].sort() };
}

/** Number of elements: the quantity of ranges and sets. */
export function elementCount(value: Value): number {
  if (value.type === 'SET') return value.items.length;
  let count = 0;
  for (const range of value.ranges) count += range[1] - range[0] + 1;
  return count;
}

export function unionValue(a: Value, b: Value): Value {
  if (a.type === 'SET' && b.type === 'SET') return setOf([...a.items, ...b.items]);
  if (a.type !== 'RANGES' || b.type !== 'RANGES') throw new TypeError('ranges and sets do not mix');
  const both: Range[] = [];
  let at = 0;
  for (const range of a.ranges) {
    while (at < b.ranges.length && b.ranges[at][0] < range[0]) both.push(b.ranges[at++]);
    both.push(range);
  }
  while (at < b.ranges.length) both.push(b.ranges[at++]);
  return joined(both);
}

/** Takes the elements of `b` out of `a`; containment is not needed. */
export function subtractValue(a: Value, b: Value): Value {
  if (a.type === 'SET' && b.type === 'SET') {
    const gone = new Set(b.items);
    return { type: 'SET', items: a.items.filter((item) => !gone.has(item)) };
  }
  if (a.type !== 'RANGES' || b.type !== 'RANGES') throw new TypeError('ranges and sets do not mix');
  const left: Range[] = [];
  const cuts = b.ranges;
  let at = 0;
  for (const range of a.ranges) {
    const end = range[1];
    let from = range[0];
    while (at < cuts.length && cuts[at][1] < from) at++;
    // The last cut may reach into the range that follows.
    for (let cut = at; cut < cuts.length && cuts[cut][0] <= end; cut++) {
      if (cuts[cut][0] > from) left.push([from, cuts[cut][0] - 1]);
      from = cuts[cut][1] + 1;
    }
    if (from === range[0]) left.push(range);
    else if (from <= end) left.push([from, end]);
  }
  return { type: 'RANGES', ranges: left };
}

export function valueContains(whole: Value | undefined, part: Value): boolean {
  if (whole === part) return true;
  if (whole === undefined || whole.type !== part.type) return elementCount(part) === 0;
  if (whole.type === 'SET' || part.type === 'SET') return elementCount(subtractValue(part, whole)) === 0;
  // Ranges of one value do not touch: each of the part lies in one of the whole.
  let at = 0;
  for (const [begin, end] of part.ranges) {
    while (at < whole.ranges.length && whole.ranges[at][1] < begin) at++;
    if (at === whole.ranges.length || whole.ranges[at][0] > begin || whole.ranges[at][1] < end) return false;
  }
  return true;
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return valueContains(a, b) && valueContains(b, a);
}
