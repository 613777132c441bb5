/**
 * Resource kinds: everything of a resource but its quantity, interned as a small integer.
 *
 * Two resources merge exactly when their kinds are equal. The unreserved, non-revocable scalar of a
 * name has the id of the name itself (cpus 0, mem 1, disk 2, gpus 3, then in order of first use) and is
 * called *plain*: quota limits, guarantees and headroom speak of plain kinds only. All other kinds
 * follow from {@link PLAIN_LIMIT} on.
 *
 * The table only grows and is shared by the process: an id decides nothing but the order inside a list.
 */
export const PLAIN_LIMIT = 1024;

/** A text with an optional value; a list of them is sorted by those who read it, because their order says nothing. */
export interface Label {
  readonly key: string;
  readonly value?: string;
}

export interface Reservation {
  readonly type: 'STATIC' | 'DYNAMIC';
  readonly role: string;
  readonly principal?: string;
  /** Part of the identity, in the order given. */
  readonly labels?: readonly Label[];
}

/** Where a disk comes from. */
export interface DiskSource {
  readonly type: 'MOUNT' | 'PATH' | 'BLOCK' | 'RAW';
  /** Of MOUNT and PATH: the folder. */
  readonly root?: string;
  /** What a storage plugin says of the disk. */
  readonly id?: string;
  readonly profile?: string;
  readonly vendor?: string;
  readonly metadata?: readonly Label[];
}

export type ValueType = 'SCALAR' | 'RANGES' | 'SET';

/** What distinguishes one kind from another. */
export interface KindSpec {
  readonly name: string;
  readonly type: ValueType;
  /** Outermost first, empty = unreserved; the last entry owns the resource. */
  readonly reservations: readonly Reservation[];
  readonly revocable: boolean;
  /** Only persistent volumes can be shared. */
  readonly shared: boolean;
  /** Id of a persistent volume. */
  readonly volume?: string;
  /** Path inside the container of a persistent volume; not part of the short text form. */
  readonly containerPath?: string;
  /** Principal that created the volume. */
  readonly volumePrincipal?: string;
  readonly source?: DiskSource;
  /** Resource provider that the resource belongs to. */
  readonly providerId?: string;
  /**
   * Size of one item in milli-units, for what goes whole or not at all ({@link goesWhole}). 0 = divisible. Being part of the
   * identity, two volumes of different size are different kinds.
   */
  readonly unitMilli: number;
}

export interface Kind extends KindSpec {
  readonly id: number;
  /** Canonical text of the identity; equal keys mean equal kinds. */
  readonly key: string;
  /** Dense id of the name: the column of shares and quantities. */
  readonly nameId: number;
  /** Unreserved, non-revocable, divisible scalar: id < PLAIN_LIMIT and id === nameId. */
  readonly plain: boolean;
  /** Role that owns the resource, undefined when unreserved. */
  readonly owner: string | undefined;
}

const names: string[] = [];
const nameIds = new Map<string, number>();
const kinds: Kind[] = [];
const kindIds = new Map<string, number>();
let nextSpecial = PLAIN_LIMIT;

/** Number of resource names seen so far; name ids are 0 .. nameCount() - 1. */
export function nameCount(): number {
  return names.length;
}

export function nameOf(nameId: number): string {
  return names[nameId];
}

/**
 * False when the table of names is full and this one is not in it: outside input may not grow it without end.
 */
export function hasRoomForName(name: string): boolean {
  return names.length < PLAIN_LIMIT || nameIds.has(name);
}

/** Number of kinds seen so far, plain ones included: it grows with each new one. */
export function kindCount(): number {
  return names.length + nextSpecial - PLAIN_LIMIT;
}

/** The name's id; interns it. */
export function nameIdOf(name: string): number {
  let id = nameIds.get(name);
  if (id === undefined) {
    if (names.length === PLAIN_LIMIT) throw new RangeError(`more than ${PLAIN_LIMIT} resource names`);
    id = names.length;
    names.push(name);
    nameIds.set(name, id);
    define({ name, type: 'SCALAR', reservations: [], revocable: false, shared: false, unitMilli: 0 }, id, id);
  }
  return id;
}

/** Unreserved non-revocable scalars: what quota limits, guarantees and headroom speak of. */
export function isLimited(kind: Kind): boolean {
  return kind.type === 'SCALAR' && kind.owner === undefined && !kind.revocable;
}

/** A volume, a MOUNT or BLOCK disk and a RAW disk with an id never merge with others and are not divided. */
export function goesWhole({ volume, source }: Pick<KindSpec, 'volume' | 'source'>): boolean {
  if (volume !== undefined || source?.type === 'MOUNT' || source?.type === 'BLOCK') return true;
  return source?.type === 'RAW' && source.id !== undefined;
}

/** The kind of an id handed out before. */
export function kindOf(id: number): Kind {
  return kinds[id];
}

/** The kind with this identity; interns it. */
export function kindFor(spec: KindSpec): Kind {
  const nameId = nameIdOf(spec.name);
  if (isPlain(spec)) return kinds[nameId];
  const known = kindIds.get(keyOf(spec));
  return known === undefined ? define(spec, nextSpecial++, nameId) : kinds[known];
}

function isPlain(spec: KindSpec): boolean {
  return (
    spec.type === 'SCALAR' &&
    spec.reservations.length === 0 &&
    !spec.revocable &&
    !spec.shared &&
    spec.volume === undefined &&
    spec.source === undefined &&
    spec.providerId === undefined &&
    spec.unitMilli === 0
  );
}

function define(spec: KindSpec, id: number, nameId: number): Kind {
  const stack = spec.reservations;
  const owner = stack.length > 0 ? stack[stack.length - 1].role : undefined;
  const kind: Kind = { ...spec, id, nameId, key: keyOf(spec), plain: id < PLAIN_LIMIT, owner };
  kinds[id] = kind;
  kindIds.set(kind.key, id);
  return kind;
}

function keyOf(spec: KindSpec): string {
  return JSON.stringify([
    spec.name,
    spec.type,
    spec.reservations.map((r) => [
      r.type,
      r.role,
      r.principal ?? null,
      r.labels?.map((l) => [l.key, l.value]) ?? [],
    ]),
    spec.revocable,
    spec.shared,
    spec.volume ?? null,
    spec.containerPath ?? null,
    spec.volumePrincipal ?? null,
    spec.source ? sourceKey(spec.source) : null,
    spec.unitMilli,
    ...(spec.providerId === undefined ? [] : [spec.providerId]),
  ]);
}

/** What nearly no disk has is not in the key of the others: digests of journals are made of keys. */
function sourceKey({ type, root, id, profile, vendor, metadata }: DiskSource): unknown[] {
  const more = [id ?? null, profile ?? null, vendor ?? null, metadata?.map((l) => [l.key, l.value]) ?? []];
  const isPlugin = [id, profile, vendor, metadata].some((field) => field !== undefined);
  return [type, root ?? null, ...(isPlugin ? more : [])];
}

export const CPUS = nameIdOf('cpus');
export const MEM = nameIdOf('mem');
export const DISK = nameIdOf('disk');
export const GPUS = nameIdOf('gpus');
