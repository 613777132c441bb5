import { SECOND } from '../../cluster/ids.js';
import type { Unavailability } from '../../cluster/maintenance.js';
import { Refused, settle } from '../refusal.js';
import type { Action } from '../schema.js';
import type { World } from '../world.js';
import { refuseMicros } from './resources.js';

/** The agent will be away, or no longer: a change triggers an allocation of it. @throws Refused */
export function maintenance(world: World, { agent: name, start, duration }: Action<'maintenance'>): void {
  const agent = world.agent(name);
  if (duration !== undefined && duration < 0) throw new Refused(`the duration ${duration} is below 0`);
  const { unavailability: _before, ...info } = agent.info;
  const unavailability: Unavailability | undefined =
    start === null
      ? undefined
      : {
          startUs: Math.round(start * SECOND),
          ...(duration !== undefined && { durationUs: Math.round(duration * SECOND) }),
        };
  const next = { ...info, ...(unavailability && { unavailability }) };
  settle(world.allocator.updateAgent(agent.id, next, world.now));
  agent.info = next;
  world.inverse.schedule(agent.id, unavailability);
}

/** @throws Refused when no such inverse offer is out */
export function answerInverse(world: World, step: Action<'answerInverse'>): void {
  const framework = world.framework(step.framework).id;
  const agent = world.agent(step.agent).id;
  const offer = world.inverse.find(framework, agent);
  if (offer === undefined)
    throw new Refused(`${step.framework} was not asked to leave ${step.agent} (R-9.12)`);
  const refuseUs = step.refuseSeconds === undefined ? 5 * SECOND : refuseMicros(step.refuseSeconds);
  world.inverse.answer(offer.id, framework, step.accept ? 'ACCEPT' : 'DECLINE', refuseUs, world.now);
}

/** No more offers of the agent; what runs there ends and is free, without a filter; it may be gone then. */
export function drain(world: World, { agent: name, markGone }: Action<'drain'>): void {
  const { id, info } = world.agent(name);
  if (info.unavailability !== undefined)
    throw new Refused(`agent ${name} is in a maintenance schedule (R-9.5)`);
  settle(world.allocator.deactivateAgent(id));
  for (const entry of world.ledger.entries({ agent: id })) {
    if (world.frameworkName(entry.framework) === undefined) continue;
    settle(world.allocator.recover(entry.framework, entry.role, id, entry.resources));
    world.ledger.take(entry);
  }
  if (markGone !== true) return;
  settle(world.allocator.removeAgent(id));
  world.removeAgent(name);
}
