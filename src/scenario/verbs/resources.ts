import type { Refusal } from '../../cluster/allocator.js';
import { SECOND, type AgentId, type FrameworkId, type Micros, type RoleId } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { formatResources } from '../../cluster/resources/text.js';
import { isConversion } from './conversion.js';
import { lacksRole, Refused, settle } from '../refusal.js';
import type { Action } from '../schema.js';
import type { World } from '../world.js';

/** What a negative `refuseSeconds` means. */
const DEFAULT_REFUSE_US = 5 * SECOND;
/** Longest life of a filter, and with it the largest `refuseSeconds` that makes a difference. */
const YEAR_US = 365 * 24 * 3600 * SECOND;

/** @throws Refused */
export function recover(world: World, step: Action<'recover'>): void {
  if (step.resources === undefined) recoverAll(world, step);
  else recoverSome(world, step, step.resources);
}

function recoverAll(world: World, step: Action<'recover'>): void {
  const framework = step.framework === undefined ? undefined : world.framework(step.framework).id;
  const agent = step.agent === undefined ? undefined : world.agent(step.agent).id;
  const role = step.role === undefined ? undefined : recoveredRole(world, step.framework, step.role);
  for (const entry of world.ledger.entries({ framework, role, agent })) {
    // What `used` says of a framework that was not added yet is not held.
    if (world.frameworkName(entry.framework) === undefined) continue;
    settle(giveBack(world, entry.framework, entry.role, entry.agent, entry.resources, step.refuseSeconds));
    world.ledger.take(entry);
  }
}

/** The role that a recover without resources names. One that no step has spoken of is a slip of the pen. */
function recoveredRole(world: World, frameworkName: string | undefined, path: string): RoleId {
  const role = world.roles.find(path);
  if (role === undefined) throw new Refused(`unknown role ${path}`);
  if (frameworkName === undefined) return role;
  const { id, info } = world.framework(frameworkName);
  const isOwn = info.roles.includes(role) || world.ledger.entries({ framework: id, role }).length > 0;
  if (!isOwn) throw new Refused(lacksRole(frameworkName, path, 'R-2.3'));
  return role;
}

function recoverSome(world: World, step: Action<'recover'>, resources: Resources): void {
  const { framework: frameworkName, role: rolePath, agent: agentName } = step;
  if (frameworkName === undefined || rolePath === undefined || agentName === undefined) {
    throw new Refused('recover with "resources" names a framework, a role and an agent');
  }
  const framework = world.framework(frameworkName).id;
  const agent = world.agent(agentName).id;
  const role = world.role(rolePath);
  const problem = notHeld(world, { framework: frameworkName, role: rolePath, agent: agentName }, resources);
  if (isNoRequest(resources, problem)) return;
  settle(giveBack(world, framework, role, agent, resources, step.refuseSeconds), problem);
  world.ledger.take({ framework, role, agent, resources });
}

function giveBack(
  world: World,
  framework: FrameworkId,
  role: RoleId,
  agent: AgentId,
  resources: Resources,
  refuseSeconds: number | undefined,
): Refusal {
  const { allocator, now } = world;
  const refuseUs = refuseMicros(refuseSeconds);
  if (refuseUs === 0) return allocator.recover(framework, role, agent, resources);
  return allocator.decline(framework, role, agent, resources, refuseUs, now);
}

/** Absent and 0: no filter. Negative: the default. What is above 0 stays so, however short. */
export function refuseMicros(seconds: number | undefined): Micros {
  if (seconds === undefined || seconds === 0) return 0;
  if (seconds < 0) return DEFAULT_REFUSE_US;
  return Math.min(YEAR_US, Math.max(1, Math.round(seconds * SECOND)));
}

/** @throws Refused */
export function updateAllocation(world: World, step: Action<'updateAllocation'>): void {
  const framework = world.framework(step.framework).id;
  const role = world.role(step.role);
  const agent = world.agent(step.agent);
  const { from, to } = step;
  const problem = notHeld(world, step, from);
  if (problem === undefined && !isConversion(from, to)) throw new Refused(noConversion(from, to));
  if (isNoRequest(from, problem)) return;
  settle(world.allocator.updateAllocation(framework, role, agent.id, from, to), problem);
  world.ledger.take({ framework, role, agent: agent.id, resources: from });
  world.ledger.add({ framework, role, agent: agent.id, resources: to });
  agent.info = { ...agent.info, total: agent.info.total.minus(from).plus(to) };
}

/** @throws Refused */
export function updateAvailable(world: World, step: Action<'updateAvailable'>): void {
  const agent = world.agent(step.agent);
  const { from, to } = step;
  const free = agent.info.total.minus(world.ledger.heldOn(agent.id));
  const problem = free.contains(from)
    ? undefined
    : `agent ${step.agent} has ${textOf(free)} free, which is not all of ${textOf(from)} (R-7.11)`;
  if (problem === undefined && !isConversion(from, to)) throw new Refused(noConversion(from, to));
  if (isNoRequest(from, problem)) return;
  settle(world.allocator.updateAvailable(agent.id, from, to), problem);
  agent.info = { ...agent.info, total: agent.info.total.minus(from).plus(to) };
}

/**
 * Nothing is always there, in a role that a framework lacks as well, so an allocator may take it either way:
 * it is not asked.
 *
 * @throws Refused when there is a problem with nothing
 */
function isNoRequest(resources: Resources, problem: string | undefined): boolean {
  if (resources.isEmpty && problem !== undefined) throw new Refused(problem);
  return resources.isEmpty;
}

type Place = { readonly framework: string; readonly role: string; readonly agent: string };

/** Why a framework cannot give back or convert resources; undefined when it holds them. */
function notHeld(world: World, place: Place, resources: Resources): string | undefined {
  const framework = world.framework(place.framework);
  const role = world.role(place.role);
  const held = world.ledger.at(framework.id, role, world.agent(place.agent).id);
  if (held.isEmpty && !framework.info.roles.includes(role))
    return lacksRole(place.framework, place.role, 'R-2.3');
  if (held.contains(resources)) return undefined;
  const where = `${place.framework} in ${place.role} on ${place.agent}`;
  return `${where} holds ${textOf(held)}, which is not all of ${textOf(resources)} (R-1.6)`;
}

function noConversion(from: Resources, to: Resources): string {
  return `${textOf(from)} does not turn into ${textOf(to)}: quantities stay the same, or "to" is empty (R-7.13)`;
}

function textOf(resources: Resources): string {
  return resources.isEmpty ? 'nothing' : formatResources(resources);
}
