import { SECOND, type Micros } from '../ids.js';
import type { ControlInput, Operation, SchedulerCall, AgentReport } from '../protocol.js';

/** One call of the union by its type. */
export type Call<Type extends SchedulerCall['type']> = Extract<SchedulerCall, { readonly type: Type }>;
export type Report<Type extends AgentReport['type']> = Extract<AgentReport, { readonly type: Type }>;
export type Control<Type extends ControlInput['type']> = Extract<ControlInput, { readonly type: Type }>;
export type OperationOf<Type extends Operation['type']> = Extract<Operation, { readonly type: Type }>;

const DEFAULT_REFUSE_US = 5 * SECOND;
const LONGEST_REFUSE_US = 365 * 24 * 3600 * SECOND;

/** How long a refusal counts: 5 s when not given or negative, 365 days at most (mesos-allocation.md section 0). */
export function refuseTime(refuseUs: Micros): Micros {
  if (!(refuseUs >= 0)) return DEFAULT_REFUSE_US;
  return Math.min(refuseUs, LONGEST_REFUSE_US);
}
