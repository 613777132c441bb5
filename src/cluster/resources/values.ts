/**
 * Values that are not scalars: ranges of unsigned integers, sorted and disjoint, and sets of strings,
 * sorted.
 */
export type Value = RangesValue | SetValue;

export interface RangesValue {
  readonly type: 'RANGES';
  /**
   * First and last number of each range in turn, ascending; ranges neither overlap nor touch. One list, since agents by the
   * thousand have ports in many pieces, and an array for each piece was most of what a cluster took.
   */
  readonly bounds: readonly number[];
}

export interface SetValue {
  readonly type: 'SET';
  readonly items: readonly string[];
}

/** Ranges in any order, overlapping or not, brought to normal form. */
export function rangesOf(pairs: readonly (readonly [number, number])[]): RangesValue {
  const bounds: number[] = [];
  for (const [begin, end] of [...pairs].sort((a, b) => a[0] - b[0])) append(bounds, begin, end);
  return ranges(bounds);
}

/** Inclusive [begin, end] pairs, ascending, neither overlapping nor touching. */
export function pairsOf({ bounds }: RangesValue): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < bounds.length; i += 2) pairs.push([bounds[i], bounds[i + 1]]);
  return pairs;
}

export function setOf(items: Iterable<string>): SetValue {
  return { type: 'SET', items: [...new Set(items)].sort() };
}

/** Number of elements: the quantity of ranges and sets. */
export function elementCount(value: Value): number {
  if (value.type === 'SET') return value.items.length;
  const { bounds } = value;
  let count = 0;
  for (let i = 0; i < bounds.length; i += 2) count += bounds[i + 1] - bounds[i] + 1;
  return count;
}

export function unionValue(a: Value, b: Value): Value {
  if (a.type === 'SET' && b.type === 'SET') return setOf([...a.items, ...b.items]);
  if (a.type !== 'RANGES' || b.type !== 'RANGES') throw mixed();
  const bounds: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.bounds.length || j < b.bounds.length) {
    if (j === b.bounds.length || a.bounds[i] <= b.bounds[j]) append(bounds, a.bounds[i++], a.bounds[i++]);
    else append(bounds, b.bounds[j++], b.bounds[j++]);
  }
  return ranges(bounds);
}

/** Takes the elements of `b` out of `a`; containment is not needed. */
export function subtractValue(a: Value, b: Value): Value {
  if (a.type === 'SET' && b.type === 'SET') {
    const gone = new Set(b.items);
    return { type: 'SET', items: a.items.filter((item) => !gone.has(item)) };
  }
  if (a.type !== 'RANGES' || b.type !== 'RANGES') throw mixed();
  const left: number[] = [];
  const cuts = b.bounds;
  let cut = 0;
  for (let i = 0; i < a.bounds.length; i += 2) {
    let from = a.bounds[i];
    const end = a.bounds[i + 1];
    while (cut < cuts.length && cuts[cut + 1] < from) cut += 2;
    for (; cut < cuts.length && cuts[cut] <= end; cut += 2) {
      if (cuts[cut] > from) left.push(from, cuts[cut] - 1);
      from = cuts[cut + 1] + 1;
      // It may reach into the next range.
      if (from > end) break;
    }
    if (from <= end) left.push(from, end);
  }
  return ranges(left);
}

export function valueContains(whole: Value | undefined, part: Value): boolean {
  if (whole === part) return true;
  if (whole === undefined || whole.type !== part.type) return elementCount(part) === 0;
  if (whole.type === 'SET' || part.type === 'SET') return elementCount(subtractValue(part, whole)) === 0;
  let at = 0;
  for (let i = 0; i < part.bounds.length; i += 2) {
    while (at < whole.bounds.length && whole.bounds[at + 1] < part.bounds[i]) at += 2;
    if (at === whole.bounds.length || whole.bounds[at] > part.bounds[i]) return false;
    if (whole.bounds[at + 1] < part.bounds[i + 1]) return false;
  }
  return true;
}

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return valueContains(a, b) && valueContains(b, a);
}

/** An array that grew has room for half as much again, which is not worth keeping. */
function ranges(bounds: readonly number[]): RangesValue {
  return { type: 'RANGES', bounds: bounds.slice() };
}

/** Adds a range that begins at or after the last one. */
function append(bounds: number[], begin: number, end: number): void {
  const last = bounds.length - 1;
  if (last < 0 || begin > bounds[last] + 1) bounds.push(begin, end);
  else if (end > bounds[last]) bounds[last] = end;
}

function mixed(): TypeError {
  return new TypeError('ranges and sets do not mix');
}
