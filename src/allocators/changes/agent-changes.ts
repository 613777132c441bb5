/** Agents that come, change and go (mesos-allocation.md section 9). */
import type { Holding, Refusal } from '../../cluster/allocator.js';
import { areSameAttributes } from '../../cluster/attributes.js';
import type { AgentId } from '../../cluster/ids.js';
import type { AgentInfo } from '../../cluster/protocol.js';
import type { Books } from '../bookkeeping/books.js';
import { unknownAgent } from '../refusals.js';

export function enterAgent(
  books: Books,
  agent: AgentId,
  info: AgentInfo,
  used: readonly Omit<Holding, 'agent'>[],
): Refusal {
  const { pool } = books;
  if (pool.has(agent)) return `agent ${agent} is known already (R-5.8)`;
  pool.add(agent, info);
  books.hooks.clusterChanged?.();
  pool.open[agent] = books.isWhitelisted(info.hostname);
  books.accountReservations(info.total, 1);
  books.tree.totalsChanged();
  for (const { framework, role, resources } of used) {
    pool.take(agent, resources);
    books.claim(framework, role, agent, resources);
  }
  books.work.agentGained(agent);
  books.work.quotaChanged();
  books.work.triggerAgent(agent);
  return undefined;
}

export function reviseAgent(books: Books, agent: AgentId, told: AgentInfo): Refusal {
  const { pool } = books;
  const before = pool.info[agent];
  if (before === undefined) return unknownAgent(agent);
  const info = books.hooks.described?.(agent, told) ?? told;
  const sameTotal = before.total.equals(info.total);
  const sameAttributes = areSameAttributes(before.attributes, info.attributes);
  const sameRest = isSameRest(before, info);
  books.accountReservations(before.total, -1);
  books.accountReservations(info.total, 1);
  pool.update(agent, info);
  pool.open[agent] = pool.activated[agent] && books.isWhitelisted(info.hostname);
  if (!sameAttributes) books.filters.dropAgent(agent);
  if (sameTotal && sameAttributes && sameRest) return undefined;
  books.hooks.clusterChanged?.();
  if (!sameTotal) books.tree.totalsChanged();
  books.misses.forgetAgent(agent);
  books.work.agentGained(agent);
  books.work.quotaChanged();
  books.work.triggerAgent(agent);
  return undefined;
}

export function leaveAgent(books: Books, agent: AgentId): Refusal {
  const { pool } = books;
  const info = pool.info[agent];
  if (info === undefined) return unknownAgent(agent);
  for (const { client, resources } of books.holdings.rows(agent)) {
    const holder = books.clients[client];
    if (holder === undefined) continue;
    books.release(holder, agent, resources);
    if (!holder.subscribed) books.dropClientIfIdle(holder);
  }
  for (const { resources } of books.unclaimed.get(agent) ?? []) pool.countApart(resources, -1);
  books.unclaimed.delete(agent);
  books.accountReservations(info.total, -1);
  books.filters.dropAgent(agent);
  books.misses.forgetAgent(agent);
  pool.remove(agent);
  books.hooks.clusterChanged?.();
  books.tree.totalsChanged();
  books.work.quotaChanged();
  return undefined;
}

/** Activation makes an agent offerable again, at the next batch run. */
export function openAgents(books: Books, agent: AgentId, activated: boolean): Refusal {
  const { pool } = books;
  const info = pool.info[agent];
  if (info === undefined) return unknownAgent(agent);
  pool.activated[agent] = activated;
  pool.open[agent] = activated && books.isWhitelisted(info.hostname);
  books.hooks.clusterChanged?.();
  if (activated) books.work.agentGained(agent);
  return undefined;
}

/** What an agent says of itself beside its resources and attributes. */
function isSameRest(a: AgentInfo, b: AgentInfo): boolean {
  if (a.hostname !== b.hostname) return false;
  if (!areSame(a.domain, b.domain) || !areSame(a.unavailability, b.unavailability)) return false;
  return areSame(a.capabilities, b.capabilities) || capabilitiesText(a) === capabilitiesText(b);
}

function capabilitiesText({ capabilities }: AgentInfo): string {
  return JSON.stringify([...new Set(capabilities)].sort());
}

function areSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
