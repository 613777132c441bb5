import { idProblem, type Micros, type RoleId } from '../../cluster/ids.js';
import type { FrameworkCapability, FrameworkInfo, Quantities } from '../../cluster/protocol.js';
import { quantitiesFromJson, ResourceJsonError } from '../../cluster/resources/json.js';
import { roleProblem, WILDCARD_ROLE, type Roles } from '../../cluster/roles.js';
import type { FrameworkInfoMessage } from './messages.js';
import { WireError } from './wire-error.js';

const CAPABILITIES: readonly FrameworkCapability[] = [
  'MULTI_ROLE',
  'SHARED_RESOURCES',
  'REVOCABLE_RESOURCES',
  'RESERVATION_REFINEMENT',
  'GPU_RESOURCES',
  'PARTITION_AWARE',
  'REGION_AWARE',
  'TASK_KILLING_STATE',
];

/** Times longer than a hundred years are that. */
const LONGEST_US = 100 * 365 * 24 * 3600 * 1e6;

/** Seconds of the wire. */
export function microsOf(seconds: number): Micros {
  return Math.round(Math.min(Math.max(seconds * 1e6, 0), LONGEST_US));
}

/** Nanoseconds of the wire. */
export function microsOfNanos(nanoseconds: number | string): Micros {
  return microsOf(Number(nanoseconds) / 1e9);
}

/**
 * What the core knows of a framework; the whole description stays beside it.
 *
 * @param id full id as the outside sees it
 * @throws WireError for an id, roles or quantities that nobody can have
 */
export function readFrameworkInfo(message: FrameworkInfoMessage, id: string, roles: Roles): FrameworkInfo {
  const problem = idProblem(id);
  if (problem !== undefined) throw new WireError(problem).within('framework_info.id');
  const given = (message.capabilities ?? []).map(({ type }) => type);
  const minAllocatable = readOfferFilters(message, roles);
  const { user, principal, checkpoint, hostname, webui_url: webuiUrl } = message;
  return {
    name: message.name,
    id,
    roles: rolesOf(message, given.includes('MULTI_ROLE')).map((role) => internRole(role, roles)),
    capabilities: CAPABILITIES.filter((capability) => given.includes(capability)),
    failoverTimeoutUs: microsOf(message.failover_timeout),
    user,
    checkpoint,
    ...(minAllocatable && { minAllocatable }),
    ...(principal !== undefined && { principal }),
    ...(hostname !== undefined && { hostname }),
    ...(webuiUrl !== undefined && { webuiUrl }),
    payload: { ...message, id: { value: id } },
  };
}

/** A role that may become known by this. @throws WireError */
export function internRole(role: string, roles: Roles): RoleId {
  const problem = roleProblem(role);
  if (problem !== undefined) throw new WireError(problem);
  return roles.intern(role);
}

function rolesOf({ role, roles }: FrameworkInfoMessage, isMultiRole: boolean): readonly string[] {
  if (isMultiRole) {
    if (role !== undefined) throw new WireError('a framework with MULTI_ROLE sets roles, not role');
    return roles ?? [];
  }
  if (roles !== undefined) throw new WireError('a framework without MULTI_ROLE sets role, not roles');
  return [role ?? WILDCARD_ROLE];
}

function readOfferFilters(
  { offer_filters: filters }: FrameworkInfoMessage,
  roles: Roles,
): Map<RoleId, Quantities[]> | undefined {
  if (filters === undefined) return undefined;
  const found = new Map<RoleId, Quantities[]>();
  for (const [role, { min_allocatable_resources: least }] of Object.entries(filters)) {
    const path = `offer_filters.${role}`;
    const alternatives = (least?.quantities ?? []).map(({ quantities }) => readQuantities(quantities, path));
    if (least !== undefined) found.set(internRole(role, roles), alternatives);
  }
  return found;
}

/** Amounts by resource name. @throws WireError */
export function readQuantities(value: unknown, path: string): Quantities {
  try {
    return quantitiesFromJson(value, path);
  } catch (error) {
    throw error instanceof ResourceJsonError ? new WireError(error.message) : error;
  }
}
