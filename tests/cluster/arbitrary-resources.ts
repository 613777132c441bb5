import fc from 'fast-check';
import {
  goesWhole,
  kindFor,
  kindOf,
  type KindSpec,
  type Reservation,
} from '../../src/cluster/resources/kinds.js';
import { ResourceBag, Resources } from '../../src/cluster/resources/resources.js';
import { pairsOf, rangesOf, setOf, type Value } from '../../src/cluster/resources/values.js';

/** One entry of a bag: an amount in milli-units, or a value. */
export interface Entry {
  readonly spec: KindSpec;
  readonly milli: number;
  readonly value?: Value;
}

const reserved = (type: Reservation['type'], role: string, more: Partial<Reservation> = {}): Reservation => ({
  type,
  role,
  ...more,
});

/** Stacks that resource text can say. */
const plainStacks: readonly (readonly Reservation[])[] = [
  [],
  [reserved('STATIC', 'eng')],
  [reserved('DYNAMIC', 'eng')],
  [reserved('STATIC', 'eng'), reserved('DYNAMIC', 'eng/web')],
  [reserved('DYNAMIC', 'ops')],
];

/** Stacks with what only JSON can say. */
const richStacks: readonly (readonly Reservation[])[] = [
  ...plainStacks,
  [reserved('DYNAMIC', 'eng', { principal: 'ann' })],
  [reserved('DYNAMIC', 'eng', { principal: 'ann', labels: [{ key: 'a' }, { key: 'b', value: '1' }] })],
  [reserved('STATIC', 'eng'), reserved('DYNAMIC', 'eng/web', { labels: [{ key: 'a', value: '' }] })],
];

function spec(name: string, reservations: readonly Reservation[], more: Partial<KindSpec> = {}): KindSpec {
  return { name, type: 'SCALAR', reservations, revocable: false, shared: false, unitMilli: 0, ...more };
}

function entry(rich: boolean): fc.Arbitrary<Entry> {
  const stack = fc.constantFrom(...(rich ? richStacks : plainStacks));
  const scalar = fc
    .record({
      name: fc.constantFrom('cpus', 'mem', 'disk', 'bandwidth'),
      stack,
      revocable: fc.boolean(),
      milli: fc.integer({ min: 1, max: 2 ** 40 }),
    })
    .map(({ name, stack, revocable, milli }) => ({ spec: spec(name, stack, { revocable }), milli }));
  const path = fc.record({ stack, milli: fc.integer({ min: 1, max: 1e9 }) }).map(({ stack, milli }) => ({
    spec: spec('disk', stack, { source: { type: 'PATH', root: '/p' } }),
    milli,
  }));
  const pair = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 20 }));
  const ports = fc
    .record({ stack, pairs: fc.array(pair, { minLength: 1, maxLength: 4 }) })
    .map(({ stack, pairs }) => ({
      spec: spec('ports', stack, { type: 'RANGES' }),
      milli: 0,
      value: rangesOf(pairs.map(([begin, size]) => [begin, begin + size])),
    }));
  const tags = fc
    .record({ stack, items: fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }) })
    .map(({ stack, items }) => ({
      spec: spec('tags', stack, { type: 'SET' }),
      milli: 0,
      value: setOf(items),
    }));
  const plugin = rich ? [fromPlugin] : [];
  return fc.oneof({ weight: 3, arbitrary: scalar }, path, whole(rich), ports, tags, ...plugin);
}

/** Disks of storage plugins, some of resource providers, which only JSON says in full. */
const fromPlugin: fc.Arbitrary<Entry> = fc
  .record({
    type: fc.constantFrom('RAW' as const, 'BLOCK' as const),
    id: fc.constantFrom(undefined, 'd1', 'd2'),
    profile: fc.constantFrom(undefined, 'fast'),
    vendor: fc.constantFrom(undefined, 'org'),
    hasMetadata: fc.boolean(),
    providerId: fc.constantFrom(undefined, 'p1'),
    stack: fc.constantFrom(...plainStacks),
  })
  .map(({ type, id, profile, vendor, hasMetadata, providerId, stack }) => {
    const source = {
      type,
      ...(id !== undefined && { id }),
      ...(profile !== undefined && { profile }),
      ...(vendor !== undefined && { vendor }),
      ...(hasMetadata && { metadata: [{ key: 'a' }, { key: 'b', value: '1' }] }),
    };
    const unitMilli = goesWhole({ source }) ? 6000 : 0;
    const more = { source, unitMilli, ...(providerId !== undefined && { providerId }) };
    return { spec: spec('disk', stack, more), milli: 6000 };
  });

/** Volumes and mounted disks: the id says the size, so that no two differ in size only. */
function whole(rich: boolean): fc.Arbitrary<Entry> {
  return fc
    .record({
      size: fc.constantFrom(5000, 7500),
      form: fc.constantFrom('volume', 'shared', 'mount', 'both'),
      copies: fc.integer({ min: 1, max: 3 }),
      details: fc.boolean(),
    })
    .map(({ size, form, copies, details }) => {
      const volume = form === 'mount' ? {} : { volume: `v${size}` };
      const source = form === 'mount' || form === 'both' ? { source: mounted(size) } : {};
      const path =
        rich && details && form !== 'mount' ? { containerPath: 'data', volumePrincipal: 'ann' } : {};
      const shared = form === 'shared';
      const kind = spec('disk', plainStacks[2], { ...volume, ...source, ...path, shared, unitMilli: size });
      return { spec: kind, milli: size * (shared || rich ? copies : 1) };
    });
}

function mounted(size: number): KindSpec['source'] {
  return { type: 'MOUNT', root: `/m${size}` };
}

function bagOf(entries: readonly Entry[]): Resources {
  const bag = new ResourceBag();
  const wholes = new Set<number>();
  for (const { spec, milli, value } of entries) {
    const { id } = kindFor(spec);
    if (value !== undefined) bag.addValue(id, value);
    else if (spec.unitMilli === 0 || spec.shared || !wholes.has(id)) bag.add(id, milli);
    if (spec.unitMilli > 0) wholes.add(id);
  }
  return bag.toResources();
}

/** Bags of all kinds of resources that resource text can say. */
export const textResources = fc.array(entry(false), { maxLength: 8 }).map(bagOf);

/** Bags of all kinds of resources. */
export const anyResources = fc.array(entry(true), { maxLength: 8 }).map(bagOf);

/** What nearly every task has, for which there are short ways. */
const cpusAndMem = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .map(([cpus, mem]) => Resources.plain(cpus, mem));

/**
 * Two bags with much in common: each entry of the one is in the other as it is, in part, changed or not at all. Bags drawn
 * one by one hardly ever contain one another.
 */
export const relatedResources: fc.Arbitrary<readonly [Resources, Resources]> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: anyResources }, { weight: 1, arbitrary: cpusAndMem }),
    fc.array(fc.constantFrom('same', 'part', 'other', 'none'), { minLength: 8, maxLength: 8 }),
    fc.array(entry(true), { maxLength: 1 }),
  )
  .map(([bag, changes, more]) => {
    const related = new ResourceBag(bagOf(more));
    bag.kinds.forEach((id, i) => {
      const value = bag.values?.[i];
      const change = changes[i % changes.length];
      const kind = kindOf(id);
      if (change === 'none') return;
      if (value !== undefined) related.addValue(id, change === 'same' ? value : changedValue(value, change));
      else if (change === 'same' || kind.unitMilli > 0) related.add(id, bag.amounts[i]);
      else related.add(id, change === 'part' ? Math.ceil(bag.amounts[i] / 2) : bag.amounts[i] + 1);
    });
    return [bag, related.toResources()];
  });

/** Fewer elements, or as many of which one is another. */
function changedValue(value: Value, change: string): Value {
  if (value.type === 'SET') {
    const [first, ...rest] = value.items;
    return setOf(change === 'part' ? [first] : [...rest, 'z']);
  }
  const [[begin, end], ...rest] = pairsOf(value);
  if (change === 'part') return rangesOf([[begin, end]]);
  return rangesOf([[end + 1000, end + 1000], ...(end > begin ? [[begin + 1, end] as const] : []), ...rest]);
}
