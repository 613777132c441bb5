import type { AgentInfo, Attribute, TaskState } from '../../cluster/protocol.js';
import { FOR_OPERATORS, resourcesToJson } from '../../cluster/resources/json.js';
import { TASK_STATES } from '../../cluster/task.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import { ResourceBag, type Resources } from '../../cluster/resources/resources.js';
import { formatValue } from '../../cluster/resources/text.js';
import { unionValue, type Value } from '../../cluster/resources/values.js';
import type { Message } from '../wire/message-reader.js';
import { grown } from './grouped.js';

// How the older documents write resources, attributes and counts (mesos-http-api 6.4).

/** Tasks by state, of many owners: a column for all of them, because an object each would be copied while it lives. */
export class TaskCounts {
  #counts: Int32Array = new Int32Array(64 * TASK_STATES.length);

  count(owner: number, state: TaskState): void {
    const at = owner * TASK_STATES.length + TASK_STATES.indexOf(state);
    if (at >= this.#counts.length) this.#counts = grown(this.#counts, at + 1);
    this.#counts[at]++;
  }

  of(owner: number): Message {
    const from = owner * TASK_STATES.length;
    return Object.fromEntries(TASK_STATES.map((state, at) => [state, this.#counts[from + at] ?? 0]));
  }
}

/** Resources by name: `{"cpus":4,"mem":1024,"ports":"[31000-32000]"}`; revocable ones under a name of their own. */
export function flat(resources: Resources): Record<string, number | string> {
  const found: Record<string, number | string> = { cpus: 0, gpus: 0, mem: 0, disk: 0 };
  const values = new Map<string, Value>();
  resources.kinds.forEach((id, at) => {
    const kind = kindOf(id);
    const name = kind.revocable ? `${kind.name}_revocable` : kind.name;
    const value = resources.values?.[at];
    if (value === undefined) found[name] = Number(found[name] ?? 0) + resources.amounts[at] / 1000;
    else {
      const known = values.get(name);
      values.set(name, known === undefined ? value : unionValue(known, value));
    }
  });
  for (const [name, value] of values) found[name] = formatValue(value);
  return found;
}

export function amounts(milliByName: Readonly<Record<string, number>>): Message {
  return Object.fromEntries(Object.entries(milliByName).map(([name, milli]) => [name, milli / 1000]));
}

export function json(resources: Resources): unknown {
  return resourcesToJson(resources, FOR_OPERATORS);
}

export function byOwner(reserved: Resources, write: (resources: Resources) => unknown): Message {
  const owners = new Map<string, ResourceBag>();
  reserved.kinds.forEach((id, at) => {
    const owner = kindOf(id).owner ?? '';
    let bag = owners.get(owner);
    if (bag === undefined) owners.set(owner, (bag = new ResourceBag()));
    const value = reserved.values?.[at];
    if (value === undefined) bag.add(id, reserved.amounts[at]);
    else bag.addValue(id, value);
  });
  return Object.fromEntries([...owners].map(([owner, bag]) => [owner, write(bag.toResources())]));
}

export function attributesOf({ attributes }: AgentInfo): Message {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, plainValue(attribute)]));
}

function plainValue(attribute: Attribute): string | number {
  switch (attribute.type) {
    case 'TEXT':
      return attribute.text;
    case 'SCALAR':
      return attribute.milli / 1000;
    case 'RANGES':
      return `[${attribute.ranges.map(([from, to]) => `${from}-${to}`).join(',')}]`;
  }
}
