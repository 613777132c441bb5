import { parseConstraint, satisfies, AttributeTextError } from '../../cluster/attributes.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatMilli, milliOf } from '../../cluster/resources/scalars.js';
import { formatResources, parseResources } from '../../cluster/resources/text.js';
import type { AgentSpec } from '../cluster-spec.js';
import { ClusterFileError } from './cluster.js';
import type { RoleJson } from './schema.js';
import { asFile } from './texts.js';

type Reservation = NonNullable<RoleJson['reservations']>[number];

/**
 * The same agents with a part of each reserved to a role: of the first so many that meet the condition and have room, or of
 * all that meet it.
 *
 * @param where key of the reservation, for messages
 * @throws ClusterFileError
 */
export function reserve(
  agents: readonly AgentSpec[],
  role: string,
  { resources, where: condition = '', agents: wanted }: Reservation,
  where: string,
): AgentSpec[] {
  const plain = amounts(resources);
  if (plain.isEmpty)
    throw new ClusterFileError(`${where}.resources is empty; a reservation is of something.`);
  const reserved = asFile(`${where}.resources`, () => reservedTo(role, resources));
  const constraint = readCondition(condition, where);
  let left = wanted ?? Infinity;
  const result: AgentSpec[] = [];
  for (const spec of agents) {
    const meets = satisfies(constraint, spec.attributes, '');
    const hasRoom = spec.resources.contains(plain);
    if (meets && !hasRoom && wanted === undefined) {
      throw new ClusterFileError(
        `${where}.resources is ${formatResources(plain)}; an agent of ${formatResources(spec.resources)} has less unreserved.`,
      );
    }
    const count = meets && hasRoom ? Math.min(left, spec.count) : 0;
    left -= count;
    const changed = { ...spec, resources: spec.resources.minus(plain).plus(reserved) };
    if (count > 0) result.push(part(changed, 0, count));
    if (count < spec.count) result.push(part(spec, count, spec.count));
  }
  if (wanted !== undefined && left > 0) {
    throw new ClusterFileError(
      `${where}.agents is ${wanted}; only ${wanted - left} agents meet the condition and have room.`,
    );
  }
  if (wanted === undefined && left === Infinity && result.every((spec, at) => spec === agents[at])) {
    throw new ClusterFileError(`${where}.where is "${condition}"; no agent meets it.`);
  }
  return result;
}

function part(spec: AgentSpec, from: number, to: number): AgentSpec {
  if (from === 0 && to === spec.count) return spec;
  const { hostnames } = spec;
  return { ...spec, count: to - from, ...(hostnames && { hostnames: hostnames.slice(from, to) }) };
}

function amounts(resources: Readonly<Record<string, number>>): Resources {
  return Resources.fromMilli(
    Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, milliOf(amount)])),
  );
}

function reservedTo(role: string, resources: Readonly<Record<string, number>>): Resources {
  const items = Object.entries(resources).map(
    ([name, amount]) => `${name}(${role}):${formatMilli(milliOf(amount))}`,
  );
  return parseResources(items.join(';'));
}

function readCondition(condition: string, where: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(condition);
  } catch (error) {
    if (error instanceof AttributeTextError) throw new ClusterFileError(`${where}.where: ${error.message}.`);
    throw error;
  }
}
