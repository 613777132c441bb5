/**
 * What each verb of a scenario does: names become ids, the allocator is asked, and what it did is written
 * down.
 *
 * An allocator must refuse calls about what is not there, so it is asked even when the ledger already knows
 * better. What only names can tell (unknown ones, malformed roles) and what a master checks before it asks
 * (weights, nested quota) is refused here.
 */
import { Refused, settle } from '../refusal.js';
import type { Action, Verb } from '../schema.js';
import type { World } from '../world.js';
import { addAgent, updateAgent } from './agents.js';
import { addFramework, chosenRoles, updateFramework } from './frameworks.js';
import { answerInverse, drain, maintenance } from './maintenance.js';
import { recover, updateAllocation, updateAvailable } from './resources.js';

type Actor<V extends Verb> = (world: World, step: Action<V>) => void;

/** The verbs but for those of the clock, which the runner itself carries out. All throw Refused. */
export const actors: { readonly [V in Exclude<Verb, 'advance' | 'repeat'>]: Actor<V> } = {
  addAgent,
  updateAgent,
  removeAgent(world, step) {
    settle(world.allocator.removeAgent(world.agent(step.agent).id));
    world.removeAgent(step.agent);
  },
  activateAgent: (world, step) => settle(world.allocator.activateAgent(world.agent(step.agent).id)),
  deactivateAgent: (world, step) => settle(world.allocator.deactivateAgent(world.agent(step.agent).id)),
  addFramework,
  updateFramework,
  activateFramework(world, step) {
    const framework = world.framework(step.framework);
    settle(world.allocator.activateFramework(framework.id));
    framework.active = true;
  },
  deactivateFramework(world, step) {
    const framework = world.framework(step.framework);
    settle(world.allocator.deactivateFramework(framework.id));
    framework.active = false;
    world.inverse.forget(framework.id);
  },
  maintenance,
  drain,
  answerInverse,
  removeFramework(world, step) {
    settle(world.allocator.removeFramework(world.framework(step.framework).id));
    world.removeFramework(step.framework);
  },
  suppress(world, step) {
    const { framework, roles, problem } = chosenRoles(world, step);
    settle(world.allocator.suppress(framework.id, roles), problem);
    framework.suppressed = new Set([...framework.suppressed, ...roles]);
  },
  revive(world, step) {
    const { framework, roles, problem } = chosenRoles(world, step);
    settle(world.allocator.revive(framework.id, roles), problem);
    framework.suppressed = new Set([...framework.suppressed].filter((role) => !roles.includes(role)));
    world.inverse.revive(framework.id);
  },
  request(world, step) {
    const framework = world.framework(step.framework);
    const asks = step.asks.map(({ role, resources, count, allOrNothing, constraint }) => ({
      role: world.role(role),
      resources,
      count,
      allOrNothing,
      ...(constraint !== undefined && { constraint }),
    }));
    settle(world.allocator.request(framework.id, asks, world.now));
  },
  recover,
  updateAllocation,
  updateAvailable,
  setQuota(world, step) {
    const role = world.role(step.role);
    if (step.role.includes('/') && world.allocator.nestedQuota !== true) {
      throw new Refused(
        `quota on nested role ${step.role}: only a top-level role can have quota, but for drf?quota=strict (R-8.2)`,
      );
    }
    // A guarantee of nothing is none; a limit of 0 is a limit.
    const guarantees = Object.entries(step.guarantees ?? {}).filter(([, milli]) => milli > 0);
    settle(world.allocator.setQuota(role, Object.fromEntries(guarantees), step.limits ?? {}));
  },
  updateWeights(world, step) {
    const weights = step.weights.map(([path, weight]) => {
      const role = world.role(path);
      if (weight <= 0)
        throw new Refused(`the weight of role ${path} is ${weight}, which is not above 0 (R-8.9)`);
      return { role, weight };
    });
    settle(world.allocator.updateWeights(weights));
  },
  setWhitelist: (world, step) => world.allocator.setWhitelist(step.agents),
};
