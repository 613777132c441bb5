import type { FrameworkId, Micros, TaskId } from './ids.js';
import type { AgentId } from './ids.js';
import type { StatusUpdate, TaskState, UpdateId, UpdateReason, UpdateSource } from './protocol.js';

/**
 * The task state machine. Tables keep a state as its code, the index into {@link TASK_STATES}; messages carry the name.
 *
 *     STAGING -> STARTING -> RUNNING -> KILLING -> a terminal state
 *
 * Steps may be left out, never taken back. A terminal state is never left. UNREACHABLE is entered from any live state
 * when the agent is lost, and left for whatever the agent says when it is back.
 */
export const TASK_STATES: readonly TaskState[] = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_UNREACHABLE',
  'TASK_UNKNOWN',
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
];

export const STAGING = 0;
export const RUNNING = 2;
export const UNREACHABLE = 4;
const UNKNOWN = 5;
const FIRST_TERMINAL = 6;

/** The code of a state; -1 for a text that is no state. */
export function stateCode(state: TaskState): number {
  // The two that every task passes come first.
  if (state === 'TASK_RUNNING') return RUNNING;
  if (state === 'TASK_FINISHED') return FIRST_TERMINAL;
  return TASK_STATES.indexOf(state);
}

export function isTerminalCode(code: number): boolean {
  return code >= FIRST_TERMINAL;
}

export function isTerminal(state: TaskState): boolean {
  return stateCode(state) >= FIRST_TERMINAL;
}

/** A task in this state holds its resources: neither terminal nor unreachable. */
export function holdsResources(code: number): boolean {
  return code < UNREACHABLE;
}

/** True when a task may go from one state to the other; staying in a live state is a legal step (health updates). */
export function canMove(from: number, to: number): boolean {
  if (to < 0 || to === UNKNOWN || from === UNKNOWN || from >= FIRST_TERMINAL) return false;
  return from === UNREACHABLE || to >= from;
}

/** States that only a PARTITION_AWARE framework is told; the others hear TASK_LOST. */
export function stateFor(state: TaskState, partitionAware: boolean): TaskState {
  if (partitionAware) return state;
  switch (state) {
    case 'TASK_DROPPED':
    case 'TASK_UNREACHABLE':
    case 'TASK_GONE':
    case 'TASK_GONE_BY_OPERATOR':
    case 'TASK_UNKNOWN':
      return 'TASK_LOST';
    default:
      return state;
  }
}

/** Every status update is made here, so that all have one shape. */
export function statusUpdate(
  framework: FrameworkId,
  agent: AgentId,
  task: TaskId,
  state: TaskState,
  update: UpdateId,
  source: UpdateSource,
  reason: UpdateReason | undefined,
  message: string | undefined,
  timestamp: Micros,
  details?: unknown,
): StatusUpdate {
  return {
    type: 'UPDATE',
    framework,
    agent,
    task,
    state,
    update,
    source,
    reason,
    message,
    timestamp,
    details,
  };
}
