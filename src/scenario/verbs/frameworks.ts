import type { RoleId } from '../../cluster/ids.js';
import type { FrameworkCapability, FrameworkInfo, Quantities } from '../../cluster/protocol.js';
import { lacksRole, Refused, settle } from '../refusal.js';
import type { Action } from '../schema.js';
import type { World } from '../world.js';

/** The capabilities of a framework that a scenario of the first format knows: those that change what is offered. */
const frameworkCapabilities: readonly FrameworkCapability[] = [
  'MULTI_ROLE',
  'SHARED_RESOURCES',
  'REVOCABLE_RESOURCES',
  'RESERVATION_REFINEMENT',
  'GPU_RESOURCES',
];

/** @throws Refused */
export function addFramework(world: World, step: Action<'addFramework'>): void {
  const info = frameworkInfo(world, step, {
    name: step.framework,
    id: step.framework,
    roles: [],
    capabilities: ['MULTI_ROLE'],
  });
  const suppressed = suppressedRoles(world, step, info);
  const known = world.frameworks.get(step.framework);
  const id = known?.id ?? world.frameworkId(step.framework);
  const problem = known && `duplicate framework ${step.framework}: it is there already (R-5.8)`;
  const active = step.active ?? true;
  settle(world.allocator.addFramework(id, info, suppressed, active, world.now), problem);
  world.frameworks.set(step.framework, { id, info, suppressed: new Set(suppressed), active });
}

/** @throws Refused */
export function updateFramework(world: World, step: Action<'updateFramework'>): void {
  const framework = world.framework(step.framework);
  const info = frameworkInfo(world, step, framework.info);
  const suppressed =
    step.suppressedRoles === undefined
      ? info.roles.filter((role) => framework.suppressed.has(role))
      : suppressedRoles(world, step, info);
  settle(world.allocator.updateFramework(framework.id, info, suppressed));
  framework.info = info;
  framework.suppressed = new Set(suppressed);
}

type FrameworkStep = Omit<Action<'updateFramework'>, 'do'>;

/** A framework's description with the given keys replaced. */
function frameworkInfo(world: World, step: FrameworkStep, base: FrameworkInfo): FrameworkInfo {
  const roles = step.roles?.map((path) => world.role(path)) ?? base.roles;
  const twice = roles.find((role, index) => roles.indexOf(role) < index);
  if (twice !== undefined) {
    throw new Refused(`duplicate role ${world.roles.path(twice)} of framework ${step.framework} (R-2.4)`);
  }
  const isKnown = (name: string): name is FrameworkCapability =>
    (frameworkCapabilities as readonly string[]).includes(name) ||
    (world.isSecondFormat && name === 'REGION_AWARE');
  const unknown = step.capabilities?.find((name) => !isKnown(name));
  if (unknown !== undefined) {
    throw new Refused(`unknown capability ${unknown} of framework ${step.framework}`);
  }
  const capabilities = step.capabilities?.filter(isKnown) ?? base.capabilities;
  if (!capabilities.includes('MULTI_ROLE') && roles.length !== 1) {
    throw new Refused(
      `framework ${step.framework} has ${roles.length} roles; without MULTI_ROLE it has exactly one (R-2.4)`,
    );
  }
  const minAllocatable = minAllocatableOf(world, step, roles) ?? base.minAllocatable;
  const constraints =
    step.constraints === undefined
      ? base.constraints
      : new Map(step.constraints.map(([path, groups]) => [world.role(path), groups]));
  return {
    ...base,
    roles,
    capabilities,
    ...(minAllocatable && { minAllocatable }),
    ...(constraints && { constraints }),
  };
}

function minAllocatableOf(
  world: World,
  step: FrameworkStep,
  roles: readonly RoleId[],
): ReadonlyMap<RoleId, readonly Quantities[]> | undefined {
  return (
    step.minAllocatable &&
    new Map(
      step.minAllocatable.map(([path, list]) => [ownRole(world, step.framework, roles, path, 'R-5.4'), list]),
    )
  );
}

function suppressedRoles(world: World, step: FrameworkStep, info: FrameworkInfo): RoleId[] {
  const roles = step.suppressedRoles?.map((path) =>
    ownRole(world, step.framework, info.roles, path, 'R-6.8'),
  );
  return [...new Set(roles)];
}

function ownRole(
  world: World,
  framework: string,
  roles: readonly RoleId[],
  path: string,
  rule: string,
): RoleId {
  const role = world.role(path);
  if (!roles.includes(role)) throw new Refused(lacksRole(framework, path, rule));
  return role;
}

/**
 * The roles that a suppress or revive speaks of; when it names none, all of the framework.
 *
 * @returns also the problem with them, if any
 * @throws Refused
 */
export function chosenRoles(world: World, step: Action<'suppress' | 'revive'>) {
  const framework = world.framework(step.framework);
  const named = [...new Set((step.roles ?? []).map((path) => world.role(path)))];
  const foreign = named.find((role) => !framework.info.roles.includes(role));
  const problem =
    foreign === undefined ? undefined : lacksRole(step.framework, world.roles.path(foreign), 'R-6.7');
  return { framework, roles: named.length > 0 ? named : framework.info.roles, problem };
}
