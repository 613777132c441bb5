/**
 * When an operation may turn resources into others. Each function returns a sentence that says why not, or
 * undefined. What it turns them into is in conversions.ts.
 */
import { toUnreserved, withoutVolume } from './conversions.js';
import { headOf } from './kind-text.js';
import { kindOf, type Kind, type Reservation } from './kinds.js';
import type { Resources } from './resources.js';
import { firstProblem, revocableProblem, volumesProblem } from './validate.js';

/** Who reserves, for {@link reserveProblem}. */
export interface Reserver {
  /** Authenticated principal; undefined without authentication. */
  readonly principal?: string | undefined;
  /** The framework's roles and the role that the offer was made to; undefined for an operator. */
  readonly framework?: { readonly roles: readonly string[]; readonly allocationRole: string } | undefined;
}

/** RESERVE of these resources, already with the new reservation on top. */
export function reserveProblem(reserved: Resources, by: Reserver): string | undefined {
  return revocableProblem(reserved) ?? firstProblem(reserved, (kind) => reserveKindProblem(kind, by));
}

function reserveKindProblem(kind: Kind, { principal, framework }: Reserver): string | undefined {
  const top = kind.reservations.at(-1);
  if (top?.type !== 'DYNAMIC') return `${headOf(kind)} has no dynamic reservation to make (R-1.13)`;
  if (kind.volume !== undefined)
    return `the disk of volume "${kind.volume}" is reserved before the volume is made (R-1.20)`;
  if (principal !== undefined && top.principal !== principal) {
    return `the reservation's principal is "${top.principal ?? ''}", the caller's is "${principal}" (R-1.16)`;
  }
  if (framework === undefined) return undefined;
  if (top.role !== framework.allocationRole) {
    return `the reservation is for role "${top.role}", the offer was made to "${framework.allocationRole}" (R-1.16)`;
  }
  return framework.roles.includes(top.role)
    ? undefined
    : `the framework does not have the role "${top.role}" (R-1.16)`;
}

/**
 * RESERVE of what is reserved already (`source`, R-1.16): all of it goes back to the owner that both have in common, and from
 * there to the new one, without being free in between. What goes back is dynamic.
 */
export function moveProblem(from: Resources, to: Resources): string | undefined {
  if (!toUnreserved(from).equals(toUnreserved(to)))
    return "'source' and 'resources' differ in more than reservations (R-7.13)";
  const [before, after] = [reservationsOf(from), reservationsOf(to)];
  if (before === undefined) return "the resources of 'source' are not all reserved alike (R-1.16)";
  if (after === undefined) return "the resources of 'resources' are not all reserved alike (R-1.16)";
  const differs = before.findIndex((each, at) => !isSame(each, after[at]));
  const common = differs < 0 ? before.length : differs;
  if (common === after.length)
    return 'the new reservation is not on top of what both have in common (R-1.11)';
  const fixed = before.slice(common).find(({ type }) => type === 'STATIC');
  return fixed && `the reservation for role "${fixed.role}" is static: it stays (R-1.13)`;
}

/** Of all entries; undefined: they differ. */
function reservationsOf(resources: Resources): readonly Reservation[] | undefined {
  const [first, ...others] = resources.kinds.map((id) => kindOf(id).reservations);
  const isLikeFirst = (each: readonly Reservation[]): boolean =>
    each.length === first.length && each.every((reservation, at) => isSame(reservation, first[at]));
  return others.every(isLikeFirst) ? first : undefined;
}

function isSame(a: Reservation, b: Reservation | undefined): boolean {
  return (
    a.type === b?.type &&
    a.role === b.role &&
    a.principal === b.principal &&
    JSON.stringify(a.labels) === JSON.stringify(b.labels)
  );
}

/** UNRESERVE: what is on top is dynamic, and no volume is on the disk. */
export function unreserveProblem(reserved: Resources): string | undefined {
  return firstProblem(reserved, (kind) => {
    if (kind.reservations.at(-1)?.type !== 'DYNAMIC')
      return `${headOf(kind)} is not dynamically reserved (R-1.13)`;
    return kind.volume === undefined ? undefined : `destroy the volume "${kind.volume}" first (R-1.20)`;
  });
}

/**
 * CREATE of these volumes.
 *
 * @param existing all volumes of the agent; other resources in it do not matter
 * @param by principal as for {@link reserveProblem}; `sharing`: the creator may have shared resources
 */
export function createProblem(
  volumes: Resources,
  existing: Resources,
  by: { readonly principal?: string | undefined; readonly sharing: boolean },
): string | undefined {
  const problem = firstProblem(volumes, (kind) => {
    if (kind.volume === undefined) return `${headOf(kind)} is no volume: it has no persistence id (R-1.20)`;
    const source = kind.source?.type;
    if (source === 'RAW' || source === 'BLOCK')
      return `a ${source} disk has no file system for a volume (R-1.20)`;
    if (kind.shared && !by.sharing)
      return 'a framework without SHARED_RESOURCES makes no shared volume (R-1.23)';
    if (by.principal === undefined || kind.volumePrincipal === by.principal) return undefined;
    return `the volume's principal is "${kind.volumePrincipal ?? ''}", the caller's is "${by.principal}" (R-1.20)`;
  });
  return problem ?? revocableProblem(volumes) ?? volumesProblem(volumes) ?? takenIdProblem(volumes, existing);
}

function takenIdProblem(volumes: Resources, existing: Resources): string | undefined {
  return firstProblem(volumes, (kind) => {
    const taken = existing.filter((other) => other.volume === kind.volume && other.owner === kind.owner);
    return taken.isEmpty
      ? undefined
      : `role "${kind.owner ?? ''}" already has a volume "${kind.volume ?? ''}" here (R-1.20)`;
  });
}

/**
 * DESTROY of these volumes.
 *
 * @param existing all that is on the agent
 * @param inUse what tasks, executors and other offers hold there, copies of shared volumes included
 */
export function destroyProblem(
  volumes: Resources,
  existing: Resources,
  inUse: Resources,
): string | undefined {
  return firstProblem(volumes, (kind) => {
    if (kind.volume === undefined) return `${headOf(kind)} is no volume: it has no persistence id (R-1.20)`;
    if (existing.amountOf(kind.id) === 0)
      return `there is no volume "${kind.volume}" like this on the agent (R-1.6)`;
    if (inUse.amountOf(kind.id) > 0) return `the volume "${kind.volume}" is in use (R-1.20)`;
    return undefined;
  });
}

/** GROW_VOLUME. */
export function growProblem(volume: Resources, addition: Resources): string | undefined {
  const problem = resizeProblem(volume);
  if (problem !== undefined) return problem;
  const disk = withoutVolume(volume);
  if (addition.kinds.length !== 1 || addition.kinds[0] !== disk.kinds[0]) {
    return `the addition is of the volume's own disk: ${headOf(kindOf(disk.kinds[0]))} (R-1.21)`;
  }
  return undefined;
}

/** SHRINK_VOLUME. */
export function shrinkProblem(volume: Resources, subtractMilli: number): string | undefined {
  const problem = resizeProblem(volume);
  if (problem !== undefined) return problem;
  if (subtractMilli <= 0) return 'a volume shrinks by more than 0 (R-1.21)';
  return subtractMilli < volume.amounts[0] ? undefined : 'a volume shrinks by less than its size (R-1.21)';
}

function resizeProblem(volume: Resources): string | undefined {
  const kind = volume.kinds.length === 1 ? kindOf(volume.kinds[0]) : undefined;
  if (kind?.volume === undefined) return 'one volume is resized at a time';
  if (kind.shared) return 'a shared volume is not resized (R-1.21)';
  if (volume.amounts[0] !== kind.unitMilli) return 'one volume is resized at a time';
  if (kind.providerId !== undefined) return 'a volume of a resource provider is not resized (R-1.21)';
  return kind.source?.type === 'MOUNT' ? 'a volume on a MOUNT disk is not resized (R-1.21)' : undefined;
}
