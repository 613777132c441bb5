import type { ConversionName, Operation, TaskInfo } from '../../cluster/protocol.js';
import {
  growVolume,
  popReservation,
  shrinkVolume,
  withoutVolume,
} from '../../cluster/resources/conversions.js';
import { ResourceJsonError, resourcesFromJson } from '../../cluster/resources/json.js';
import { Resources } from '../../cluster/resources/resources.js';
import { milliOf } from '../../cluster/resources/scalars.js';
import type { OperationMessage } from './messages.js';
import { readTaskInfo, type TaskInfoIds } from './task-info.js';

type ConversionOperation = Extract<Operation, { readonly type: 'CONVERT' }>;

/**
 * An operation of ACCEPT; undefined for one that is none, or whose resources make no sense: it is dropped, as one that is
 * not allowed.
 */
export function readOperation(message: OperationMessage, ids: TaskInfoIds): Operation | undefined {
  const { launch, launch_group: group } = message;
  if (message.type === 'LAUNCH' && launch !== undefined) {
    const tasks = (launch.task_infos ?? []).map((info) => readTaskInfo(info, ids));
    return { type: 'LAUNCH', tasks: withoutId(tasks, message) };
  }
  if (message.type === 'LAUNCH_GROUP' && group !== undefined) {
    const infos = group.task_group.tasks ?? [];
    const members = infos.map((info) => info.task_id.value);
    const tasks = infos.map((info) => readTaskInfo(info, ids, group.executor, members));
    return {
      type: 'LAUNCH_GROUP',
      tasks: withoutId(tasks, message),
      executorId: group.executor.executor_id.value,
    };
  }
  const id = message.id === undefined ? {} : { id: message.id.value };
  const none = { from: Resources.EMPTY, to: Resources.EMPTY };
  try {
    const named = new Set<string>();
    const read = readConversion(message, named);
    const [role, otherRole] = named;
    if (otherRole !== undefined) throw new ResourceJsonError('they are allocated to several roles');
    const allocated = role === undefined ? {} : { role: ids.roles.find(role) ?? -1 };
    if (read !== undefined || message.id === undefined) return read && { ...read, ...allocated, ...id };
    const problem = isForProvider(message.type)
      ? `${message.type} is for disks of resource providers, and there are none`
      : `${message.type ?? 'no type'} is not for frameworks, not supported, or names no resources`;
    return { type: 'CONVERT', name: 'RESERVE', ...none, ...id, problem };
  } catch (error) {
    if (!(error instanceof ResourceJsonError)) throw error;
    if (message.id === undefined) return undefined;
    return { type: 'CONVERT', name: 'RESERVE', ...none, ...id, problem: error.message };
  }
}

/** Of Mesos's operations those that only a resource provider does. */
function isForProvider(type: string | undefined): type is string {
  return type === 'CREATE_DISK' || type === 'DESTROY_DISK';
}

/** No feedback on launches: the tasks have their own (mesos-http-api section 2). */
function withoutId(tasks: TaskInfo[], { id }: OperationMessage): TaskInfo[] {
  if (id === undefined) return tasks;
  const problem = 'a LAUNCH or LAUNCH_GROUP has no id: there is no feedback on it';
  return tasks.map((task) => ({ ...task, spec: { ...task.spec, problem } }));
}

/** @param roles to which the roles are added that resources say they are allocated to @throws ResourceJsonError */
export function readConversion(
  message: OperationMessage,
  roles = new Set<string>(),
): ConversionOperation | undefined {
  const read = (value: unknown): Resources => {
    const { resources, allocationRoles } = resourcesFromJson(value);
    for (const role of allocationRoles) roles.add(role);
    return resources;
  };
  const { reserve, unreserve, create, destroy, grow_volume: grow, shrink_volume: shrink } = message;
  switch (message.type) {
    case 'RESERVE': {
      const to = read(reserve?.resources);
      const isMove = reserve?.source !== undefined && reserve.source.length > 0;
      return conversion('RESERVE', isMove ? read(reserve.source) : popReservation(to), to);
    }
    case 'UNRESERVE': {
      const from = read(unreserve?.resources);
      return conversion('UNRESERVE', from, popReservation(from));
    }
    case 'CREATE': {
      const to = read(create?.volumes);
      return conversion('CREATE', withoutVolume(to), to);
    }
    case 'DESTROY': {
      const from = read(destroy?.volumes);
      return conversion('DESTROY', from, withoutVolume(from));
    }
    case 'GROW_VOLUME': {
      const [volume, addition] = [read(grow?.volume), read(grow?.addition)];
      if (volume.kinds.length !== 1 || addition.kinds.length !== 1) return undefined;
      return conversion('GROW_VOLUME', volume.plus(addition), growVolume(volume, addition));
    }
    case 'SHRINK_VOLUME': {
      const volume = read(shrink?.volume);
      if (volume.kinds.length !== 1) return undefined;
      return conversion('SHRINK_VOLUME', volume, shrinkVolume(volume, milliOf(shrink?.subtract.value ?? 0)));
    }
    default:
      return undefined;
  }
}

function conversion(name: ConversionName, from: Resources, to: Resources): ConversionOperation {
  return { type: 'CONVERT', name, from, to };
}
