/**
 * Ids inside the core are small dense integers; the edges (HTTP, trace reader, scenario file) turn names into them once
 * and back when they print. A name never decides anything but the last tie of a sort.
 */

/**
 * Index of an agent in cluster order, from 0; never reused within a master's life. In a call -1 is no agent at all; a number
 * below is one that is named and that nobody knows.
 */
export type AgentId = number;
/** Index of a framework in order of first subscription, from 0 (semantics-notes C-7). */
export type FrameworkId = number;
/** Index of a role path in a {@link Roles} table. */
export type RoleId = number;
/** A task. In a simulation: its number in the trace. In the real runtime: interned by the edge from (framework, task id). */
export type TaskId = number;
/** Offer number, counted up from 0 per master run; inverse offers share the space. */
export type OfferId = number;
/**
 * Says what is wrong with a name that somebody outside gave to a task, an executor or a framework, or undefined: it becomes
 * a part of a path.
 */
export function idProblem(name: string): string | undefined {
  if (name === '') return 'an id is not empty (R-7.7)';
  if (name === '.' || name === '..') return `"${name}" is no id (R-7.7)`;
  if (name.length > LONGEST_ID)
    return `an id has at most ${LONGEST_ID} characters, this one has ${name.length} (R-7.7)`;
  return /[\p{Cc}/\\]/u.test(name) ? 'an id holds neither slashes nor control characters (R-7.7)' : undefined;
}

const LONGEST_ID = 255;

/** Integer microseconds. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
