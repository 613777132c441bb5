import { parseConstraint, satisfies } from '../cluster/constraint.js';
import { SECOND, type AgentId, type FrameworkId, type RoleId, type TaskId } from '../cluster/ids.js';
import type { FrameworkCapability, FrameworkInfo, TaskSpec } from '../cluster/protocol.js';
import type { Roles } from '../cluster/roles.js';
import { Scheduler } from '../cluster/scheduler.js';
import { Outcome } from '../metrics/recorder.js';
import { TraceFramework, type TraceFrameworkOptions } from '../workloads/frameworks/trace-framework.js';
import { TaskProgress, type Workload } from '../workloads/frameworks/workload.js';
import type { Trace } from '../workloads/trace.js';
import type { Arrivals } from './arrivals.js';
import type { AgentSpec } from './cluster-spec.js';
import type { RunConfig, RunSetup } from './run-config.js';
import { gpuUse } from './schedulability.js';
import type { TaskLedger } from './task-ledger.js';

/** Life of the filters that the framework models ask for. */
export const DEFAULT_REFUSE_US = 5 * SECOND;
const capabilities: readonly FrameworkCapability[] = ['MULTI_ROLE', 'RESERVATION_REFINEMENT'];

/**
 * Makes the schedulers of a trace's frameworks; all of them share one {@link Workload}.
 *
 * @param idPrefix first part of the frameworks' ids
 * @param specs what the tasks are beside their resources
 * @param progress where the tasks stand, for a caller who looks on
 */
export function schedulerMaker(
  config: Pick<RunConfig, 'offers' | 'neverAsk' | 'refuseUs' | 'gangHoldUs' | 'durationsAsEstimates'>,
  { trace, capacity, shapes }: RunSetup,
  arrivals: Arrivals,
  ledger: TaskLedger,
  roles: Roles,
  idPrefix: string,
  specs: (task: TaskId) => TaskSpec,
  progress = new TaskProgress(trace.flags),
): (framework: FrameworkId) => Scheduler {
  const workload: Workload = {
    trace,
    resources: shapes,
    roleIds: trace.roles.map((path) => roles.intern(path)),
    specs,
    agentFits: agentMatcher(trace, capacity),
    progress,
    builds: {
      started: (build, agent, now) => ledger.startedUnlaunched(build, agent, now),
      running: (build, now) => ledger.runningSeen(build, now),
      ended: (build, state, now) => ledger.endedUnlaunched(build, state, now),
    },
    ...(ledger.refusals !== undefined && { declined: ledger.refusals }),
    durationsAsEstimates: config.durationsAsEstimates === true,
  };
  const options: Omit<TraceFrameworkOptions, 'demand'> = {
    refuseUs: config.refuseUs ?? DEFAULT_REFUSE_US,
    gangHoldUs: config.gangHoldUs ?? 0,
    unschedulable: (task) => ledger.outcome[task] === Outcome.unschedulable,
  };
  const useGpus = gpuUse(trace, capacity);
  const digits = Math.max(4, String(arrivals.frameworkCount - 1).length);
  return (framework) => {
    const tasks = arrivals.tasksOf(framework);
    const index = arrivals.traceFramework(framework);
    const demand = config.offers === 'demand' && config.neverAsk?.has(trace.frameworks[index]) !== true;
    const info: FrameworkInfo = {
      name: trace.frameworks[index],
      id: `${idPrefix}-${String(framework).padStart(digits, '0')}`,
      roles: rolesOf(workload, tasks),
      capabilities: useGpus[index] ? [...capabilities, 'GPU_RESOURCES'] : capabilities,
    };
    // Every role suppressed: the model revives one when its first task arrives.
    return new Scheduler(
      framework,
      info,
      new TraceFramework(workload, tasks, { ...options, demand }),
      info.roles,
    );
  };
}

/** Whether an agent meets a constraint of the trace; each pair is looked at once. */
function agentMatcher(
  trace: Trace,
  specs: readonly AgentSpec[],
): (constraint: number, agent: AgentId) => boolean {
  const known: boolean[][] = [];
  return (constraint, agent) => {
    known[constraint] ??= specs.flatMap(({ count, attributes }) => {
      const fits = satisfies(attributes, parseConstraint(trace.constraints[constraint]));
      return new Array<boolean>(count).fill(fits);
    });
    return known[constraint][agent];
  };
}

/** The roles of some tasks, of which there are any, in order of first appearance. */
function rolesOf({ trace, roleIds }: Workload, tasks: Int32Array): RoleId[] {
  if (roleIds.length === 1) return [roleIds[0]];
  const found = new Set<RoleId>();
  let last = -1;
  for (const task of tasks) {
    const role = trace.role[task];
    if (role === last) continue;
    found.add(roleIds[role]);
    last = role;
  }
  return [...found];
}
