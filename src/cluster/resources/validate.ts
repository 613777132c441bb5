/**
 * The rules that a resource must keep by itself. Each function returns a sentence that says what is wrong, or
 * undefined. Rules about a conversion (RESERVE, CREATE, ...) are in operation-rules.ts.
 */
import { isStrictlyBelow, roleProblem, WILDCARD_ROLE } from '../roles.js';
import { headOf } from './kind-text.js';
import { hasRoomForName, kindOf, type Kind, type Reservation, type ValueType } from './kinds.js';
import type { Resources } from './resources.js';
import { MAX_QUANTITY, milliOf } from './scalars.js';

const NAMED_TYPES = new Map<string, ValueType>([
  ['cpus', 'SCALAR'],
  ['mem', 'SCALAR'],
  ['disk', 'SCALAR'],
  ['gpus', 'SCALAR'],
  ['ports', 'RANGES'],
]);

const EXAMPLES: Readonly<Record<ValueType, string>> = {
  SCALAR: 'a number such as 2.5',
  RANGES: 'ranges such as [31000-32000]',
  SET: 'a set such as {a,b}',
};

/** How values are written, for messages. */
export const ANY_VALUE = `${EXAMPLES.SCALAR}, ${EXAMPLES.RANGES} or ${EXAMPLES.SET}`;

/** A name can be written in resource text and is not one too many for the process's table of names. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the resource has no name';
  if (/[\s\p{Cc};:,()[\]{}]/u.test(name))
    return 'a resource name holds no blanks and none of ; : , ( ) [ ] { }';
  if (!hasRoomForName(name)) return 'too many different resource names; use those of the other resources';
  return undefined;
}

/** above 0 after rounding. An exact 0 is no error: it stands for nothing, and clients send it. */
export function scalarProblem(value: number): string | undefined {
  if (Number.isNaN(value)) return 'a resource is a number (R-1.3)';
  if (value < 0) return 'a resource is not negative (R-1.3)';
  if (value > MAX_QUANTITY) return `the largest quantity is ${MAX_QUANTITY}`;
  if (value > 0 && milliOf(value) === 0) return 'the smallest quantity is 0.001 (R-1.2)';
  return undefined;
}

/** for one range. */
export function rangeProblem(begin: number, end: number): string | undefined {
  if (!Number.isInteger(begin) || !Number.isInteger(end) || begin < 0)
    return 'a range is of whole numbers from 0 on (R-1.1)';
  if (begin > end) return `the range ${begin}-${end} ends before it begins (R-1.3)`;
  if (end > MAX_QUANTITY) return `the largest end of a range is ${MAX_QUANTITY}`;
  return undefined;
}

/** ranges of one resource do not overlap. They may touch. */
export function overlapProblem(ranges: readonly (readonly [number, number])[]): string | undefined {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const at = sorted.findIndex(([begin], i) => i > 0 && begin <= sorted[i - 1][1]);
  if (at < 0) return undefined;
  return `the ranges ${sorted[at - 1].join('-')} and ${sorted[at].join('-')} overlap (R-1.3)`;
}

/** a set has no element twice. */
export function duplicateProblem(items: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (const item of items) {
    if (seen.has(item)) return `the set has "${item}" twice (R-1.3)`;
    seen.add(item);
  }
  return undefined;
}

/** cpus, mem, disk and gpus are scalars, ports are ranges, other names are free. */
export function typeProblem(name: string, type: ValueType): string | undefined {
  const expected = NAMED_TYPES.get(name);
  return expected === undefined || expected === type
    ? undefined
    : `"${name}" takes ${EXAMPLES[expected]} (R-1.4)`;
}

/** gpus come whole. */
export function gpusProblem(name: string, milli: number): string | undefined {
  return name === 'gpus' && milli % 1000 !== 0 ? 'gpus are whole numbers (R-1.4)' : undefined;
}

/**
 * valid roles, never `*`; above the bottom all dynamic, each for a sub-role of the one
 * before.
 */
export function reservationsProblem(stack: readonly Reservation[]): string | undefined {
  for (const [i, { type, role }] of stack.entries()) {
    if (role === WILDCARD_ROLE) return 'nothing is reserved for "*" (R-1.10)';
    const problem = roleProblem(role);
    if (problem !== undefined) return problem;
    if (i === 0) continue;
    if (type === 'STATIC')
      return `only the first reservation is static, the one for "${role}" is dynamic (R-1.11)`;
    if (!isStrictlyBelow(role, stack[i - 1].role)) {
      return `"${role}" is not below "${stack[i - 1].role}", which it refines (R-1.11)`;
    }
  }
  return undefined;
}

/** what is dynamically reserved, and a volume, is not revocable. */
export function revocableProblem(resources: Resources): string | undefined {
  return firstProblem(resources, (kind) => {
    if (!kind.revocable) return undefined;
    if (kind.volume !== undefined) return `a volume is not revocable: ${headOf(kind)} (R-1.20)`;
    if (kind.reservations.at(-1)?.type === 'DYNAMIC')
      return `revocable resources are not reserved: ${headOf(kind)} (R-1.16)`;
    return undefined;
  });
}

/**
 * a volume is reserved disk with a path in the container, and its id is unique per role on an agent.
 *
 * @param resources all that is on one agent, or the resources of one task
 */
export function volumesProblem(resources: Resources): string | undefined {
  const seen = new Set<string>();
  return firstProblem(resources, (kind, amount) => {
    if (kind.volume === undefined) return undefined;
    if (kind.name !== 'disk') return `a volume is disk, not ${kind.name} (R-1.20)`;
    if (kind.owner === undefined)
      return `the volume "${kind.volume}" is not reserved: reserve its disk first (R-1.20)`;
    if (kind.containerPath === undefined) return `the volume "${kind.volume}" has no container_path (R-1.20)`;
    const problem = volumeIdProblem(kind.volume);
    if (problem !== undefined) return problem;
    const key = JSON.stringify([kind.owner, kind.volume]);
    if (seen.has(key) || (!kind.shared && amount > kind.unitMilli)) {
      return `the volume id "${kind.volume}" is there twice for role "${kind.owner}" (R-1.20)`;
    }
    seen.add(key);
    return undefined;
  });
}

/** The rule for task ids, which ids of volumes share. */
function volumeIdProblem(id: string): string | undefined {
  const valid = id !== '' && id !== '.' && id !== '..' && id.length <= 255 && !/[\p{Cc}/\\]/u.test(id);
  return valid
    ? undefined
    : `the volume id ${JSON.stringify(id)} is empty, too long, or holds a slash or a control character (R-7.7)`;
}

/** only volumes are shared. */
export function sharedProblem(kind: Pick<Kind, 'shared' | 'volume'>): string | undefined {
  return kind.shared && kind.volume === undefined ? 'only a persistent volume is shared (R-1.22)' : undefined;
}

/** a task or executor does not mix revocable and other resources of one name. */
export function mixedRevocableProblem(resources: Resources): string | undefined {
  const revocable = new Map<string, boolean>();
  return firstProblem(resources, (kind) => {
    const before = revocable.get(kind.name);
    revocable.set(kind.name, kind.revocable);
    if (before === undefined || before === kind.revocable) return undefined;
    return `"${kind.name}" is both revocable and not revocable; use one of them (R-1.24)`;
  });
}

/** what one task or operation uses is allocated to one role. */
export function allocationRolesProblem(roles: readonly string[]): string | undefined {
  const distinct = [...new Set(roles)];
  if (distinct.length < 2) return undefined;
  const named = distinct.map((role) => `"${role}"`).join(' and ');
  return `the resources are allocated to the roles ${named}; use one (R-1.24)`;
}

/** Amounts stay whole numbers that a double holds exactly. */
export function countableProblem(resources: Resources): string | undefined {
  return firstProblem(resources, (kind, amount) =>
    Number.isSafeInteger(amount) ? undefined : `"${kind.name}" adds up to more than can be counted`,
  );
}

/** The first sentence that `check` has about an entry. */
export function firstProblem(
  resources: Resources,
  check: (kind: Kind, amount: number) => string | undefined,
): string | undefined {
  for (let i = 0; i < resources.kinds.length; i++) {
    const problem = check(kindOf(resources.kinds[i]), resources.amounts[i]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
