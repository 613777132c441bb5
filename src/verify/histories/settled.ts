/** What must have been offered once a run over all agents is over (semantics-notes section 8, "Safety"). */
import type { RoleId } from '../../cluster/ids.js';
import type { FrameworkState } from '../../scenario/world.js';
import { mayUse, nameOf, type Facts } from './facts.js';
import type { Violation } from './oracle.js';
import { plainOf, scalarsOf, text } from './sums.js';

/** After a run over all agents: nobody who could be served was left out. */
export function settled(facts: Facts): Violation | undefined {
  return facts.isDemand ? withheld(facts) : (unmetGuarantee(facts) ?? withheld(facts));
}

function unmetGuarantee(facts: Facts): Violation | undefined {
  const world = facts.world;
  for (const [role, lacking] of facts.unmet()) {
    const { limits } = facts.quotas.get(role)!;
    const path = world.roles.path(role);
    const used = facts.consumed(path);
    const unmet = Object.entries(lacking).filter(
      ([name, milli]) => (limits[name] ?? Infinity) - (used[name] ?? 0) >= milli,
    );
    if (unmet.length === 0) continue;
    const found = facts.eachPair(role, (entry, agentName, agent) => {
      const hasFilter = facts.filters.some((f) => f.framework === entry.id && f.role === role);
      if (hasFilter || facts.isForGpus(entry, agent)) return undefined;
      const free = plainOf(facts.free(agent));
      const part = unmet.map(([name, milli]): [string, number] => [name, Math.min(free[name] ?? 0, milli)]);
      const some = Object.fromEntries(part.filter(([, milli]) => milli > 0));
      if (Object.keys(some).length === 0 || !facts.isEnough(some)) return undefined;
      const lack = unmet.map(([name, milli]) => `${milli / 1000} ${name}`).join(', ');
      const there = `${agentName} has ${text(facts.free(agent))} free`;
      return `${path} lacks ${lack} of its guarantee, ${there}, and ${nameOf(world, entry)} is not offered it`;
    });
    if (found !== undefined) return { property: 'guarantees', sentence: found };
  }
  return undefined;
}

/** With no quota set, what is free and wanted by somebody whom no filter bars must have been offered. */
function withheld(facts: Facts): Violation | undefined {
  if (facts.quotas.size > 0) return undefined;
  const world = facts.world;
  for (const entry of world.frameworks.values()) {
    for (const role of entry.info.roles) {
      if (facts.isDemand && facts.asks.hasAsked(entry.id)) {
        const passedOver = unserved(facts, entry, role);
        if (passedOver !== undefined) return { property: 'nothing-withheld', sentence: passedOver };
        continue;
      }
      const found = facts.eachPair(role, (candidate, agentName, agent) => {
        if (candidate !== entry || facts.isForGpus(entry, agent)) return undefined;
        // A shared volume that others have may be offered in every run or not.
        const usable = facts
          .free(agent)
          .filter((kind) => !kind.shared && mayUse(world.roles.path(role), entry, kind));
        if (usable.isEmpty || !facts.isEnough(scalarsOf(usable))) return undefined;
        // A filter hides what was refused and less, not more.
        const barred = facts.filters.some(
          (f) =>
            f.framework === entry.id &&
            f.role === role &&
            f.agent === agent &&
            facts.mayStillHide(f) &&
            f.resources.contains(usable),
        );
        if (barred) return undefined;
        const who = `${nameOf(world, entry)} in ${world.roles.path(role)}`;
        return `${agentName} has ${text(usable)} free, ${who} takes offers and no filter bars it, and it is not offered`;
      });
      if (found !== undefined) return { property: 'nothing-withheld', sentence: found };
    }
  }
  return undefined;
}

/** The oldest ask, if there is room for all that it needs on agents that no filter bars. */
function unserved(facts: Facts, entry: FrameworkState, role: RoleId): string | undefined {
  const world = facts.world;
  const ask = facts.asks.queue(entry.id, role).find(({ left }) => left > 0);
  if (ask === undefined || ask.optional) return undefined;
  const room: { name: string; free: Record<string, number> }[] = [];
  facts.eachPair(role, (candidate, name, agent) => {
    const isBarred = facts.filters.some(
      (f) => f.framework === entry.id && f.agent === agent && facts.mayStillHide(f),
    );
    if (candidate !== entry || isBarred || facts.isForGpus(entry, agent)) return undefined;
    const usable = facts
      .free(agent)
      .filter((kind) => kind.type === 'SCALAR' && !kind.revocable && !kind.shared);
    const mine = usable.filter((kind) => kind.unitMilli === 0 && mayUse(world.roles.path(role), entry, kind));
    room.push({ name, free: scalarsOf(mine) });
    return undefined;
  });
  const needs = Object.entries(scalarsOf(ask.resources));
  const on: string[] = [];
  for (let piece = 0; piece < (ask.allOrNothing ? ask.left : 1); piece++) {
    const agent = room.find(({ free }) => needs.every(([name, milli]) => (free[name] ?? 0) >= milli));
    if (agent === undefined) return undefined;
    for (const [name, milli] of needs) agent.free[name] -= milli;
    on.push(agent.name);
  }
  const gang = on.length > 1 ? `${on.length} times ` : '';
  const who = `${nameOf(world, entry)} in ${world.roles.path(role)}`;
  return `${who} waits for ${gang}${text(ask.resources)}, which ${[...new Set(on)].join(' and ')} had free`;
}
