import { createHash } from 'node:crypto';
import { idProblem, type AgentId, type TaskId } from '../../cluster/ids.js';
import type { Roles } from '../../cluster/roles.js';
import type { TaskInfo, TaskSpec } from '../../cluster/protocol.js';
import { ResourceJsonError, resourcesFromJson, type ResourceJson } from '../../cluster/resources/json.js';
import { nameIdOf } from '../../cluster/resources/kinds.js';
import { quantities } from '../../cluster/resources/queries.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatMilli } from '../../cluster/resources/scalars.js';
import { checkProblem } from './check-messages.js';
import { microsOfNanos } from './framework-info.js';
import type { ExecutorInfoMessage, TaskInfoMessage } from './messages.js';

/** What the core keeps of a task for those who run or describe it: the whole TaskInfo, in its JSON form. */
export interface TaskPayload {
  readonly task: TaskInfoMessage;
  /** Ids of all tasks of its group, this one among them; absent: it was launched alone. */
  readonly group?: readonly string[];
}

/** Ids by name, as the reader of a call needs them. */
export interface TaskInfoIds {
  /** Full id of the framework whose tasks they are. */
  readonly framework: string;
  readonly roles: Roles;
  task(name: string): TaskId;
  /** Below -1: there is none of that name. */
  agent(name: string): AgentId;
}

/**
 * A task to launch. One that makes no sense is read all the same, with its problem: the answer is a status update, not a
 * refused call.
 *
 * @param executor of the group that the task is in; absent: the task's own
 * @param group ids of the tasks of that group
 */
export function readTaskInfo(
  message: TaskInfoMessage,
  ids: TaskInfoIds,
  executor: ExecutorInfoMessage | undefined = message.executor,
  group?: readonly string[],
): TaskInfo {
  const own = readResources(message.resources);
  const shared = readResources(executor?.resources);
  const [role, otherRole] = new Set([...own.roles, ...shared.roles]);
  const problem =
    infoProblem(message, executor, ids.framework) ??
    checkProblem('health_check', message.health_check) ??
    checkProblem('check', message.check) ??
    own.problem ??
    shared.problem ??
    (otherRole === undefined ? undefined : 'the task uses resources that are allocated to several roles') ??
    limitsProblem(message, own.resources);
  const payload: TaskPayload = {
    task: { ...message, ...(executor && { executor }), ...writableLimits(message) },
    ...(group && { group }),
  };
  const grace = message.kill_policy?.grace_period;
  const spec: TaskSpec = {
    name: message.name,
    agent: ids.agent(message.agent_id.value),
    ...(executor && {
      executorId: executor.executor_id.value,
      executorResources: shared.resources,
      executorDigest: digestOf(executor),
    }),
    ...(role !== undefined && { role: ids.roles.find(role) ?? -1 }),
    ...(problem !== undefined && { problem }),
    ...(grace && { graceUs: microsOfNanos(grace.nanoseconds) }),
    payload,
  };
  return { task: ids.task(message.task_id.value), resources: own.resources, spec };
}

function infoProblem(
  message: TaskInfoMessage,
  executor: ExecutorInfoMessage | undefined,
  framework: string,
): string | undefined {
  const { command } = message;
  if (executor?.framework_id !== undefined && executor.framework_id.value !== framework)
    return 'the executor names another framework';
  const idOfExecutor = executor?.executor_id.value;
  const badId = idProblem(message.task_id.value) ?? (idOfExecutor && idProblem(idOfExecutor));
  if (badId !== undefined && badId !== '') return badId;
  if (message.executor !== undefined && command !== undefined) {
    return 'a task has a command or an executor, not both';
  }
  if (executor === undefined && command === undefined) return 'a task has a command or an executor';
  if (command?.value === undefined && command?.shell === true) return 'the command has no value to run';
  return undefined;
}

/**
 * The same for what says the same, in whatever order its fields came. What the master would fill in is left out: the id of
 * the framework, and the role that resources are allocated to.
 */
function digestOf({ framework_id: _id, resources = [], ...rest }: ExecutorInfoMessage): string {
  const amounts = resources.map(({ allocation_info: _role, ...resource }) => sorted(resource));
  const text = JSON.stringify([sorted(rest), amounts.map((amount) => JSON.stringify(amount)).sort()]);
  return createHash('sha1').update(text).digest('base64');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sorted(inner)]);
}

/** Limits are of cpus and mem, at least what the task asks for, Infinity at most; they decide no allocation. */
function limitsProblem({ limits }: TaskInfoMessage, resources: Resources): string | undefined {
  const asked = quantities(resources);
  for (const [name, { value }] of Object.entries(limits ?? {})) {
    if (name !== 'cpus' && name !== 'mem') return `a task has limits of cpus and mem, not of ${name}`;
    const milli = asked.get(nameIdOf(name));
    if (milli === undefined) return `a task with a limit of ${name} asks for some ${name}`;
    if (!(Number(value) * 1000 >= milli))
      return `the limit of ${name} is below the ${formatMilli(milli)} that the task asks for`;
  }
  return undefined;
}

function writableLimits({ limits }: TaskInfoMessage): Pick<TaskInfoMessage, 'limits'> {
  if (limits === undefined) return {};
  const texts = Object.entries(limits).map(([name, { value }]) => [
    name,
    { value: Number.isFinite(value) ? value : String(value) },
  ]);
  return { limits: Object.fromEntries(texts) as NonNullable<TaskInfoMessage['limits']> };
}

function readResources(value: readonly ResourceJson[] | undefined): {
  readonly resources: Resources;
  /** That they say they are allocated to. */
  readonly roles: readonly string[];
  readonly problem?: string;
} {
  try {
    const { resources, allocationRoles: roles } = resourcesFromJson(value);
    return { resources, roles };
  } catch (error) {
    if (!(error instanceof ResourceJsonError)) throw error;
    return { resources: Resources.EMPTY, roles: [], problem: error.message };
  }
}
