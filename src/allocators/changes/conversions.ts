/** Resources that turn into others: reservations, volumes, what is lent. */
import type { Refusal } from '../../cluster/allocator.js';
import type { AgentId } from '../../cluster/ids.js';
import type { AgentInfo } from '../../cluster/protocol.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { notHeld, unknownAgent } from '../refusals.js';

/** Turns what a client holds into something else, and the agent's total with it. */
export function convertHeld(
  books: Books,
  client: Client,
  agent: AgentId,
  from: Resources,
  to: Resources,
): Refusal {
  const info = books.pool.info[agent];
  if (info === undefined) return unknownAgent(agent, 'R-1.6');
  const problem = conversionProblem(from, to);
  if (problem !== undefined) return problem;
  if (!books.holdings.held(agent, client.id).contains(from)) return notHeld(client.framework.id, agent);
  const destroyed = from.minus(to).filter((kind) => kind.shared);
  if (!destroyed.isEmpty && copiesHeld(books, agent, destroyed) > 1) {
    return `further copies of the shared volume are held on agent ${agent} (R-1.22)`;
  }
  books.release(client, agent, from);
  books.pool.put(agent, from);
  exchangeTotal(books, agent, info, from, to);
  if (!to.isEmpty) books.charge(client, agent, to, 0);
  else books.dropClientIfIdle(client);
  // What is shared now is free at once: every batch run offers it.
  if (!books.options.instant && hasShared(to)) books.work.markAgent(agent);
  return undefined;
}

/** The same for what nobody holds. */
export function convertAvailable(books: Books, agent: AgentId, from: Resources, to: Resources): Refusal {
  const info = books.pool.info[agent];
  if (info === undefined) return unknownAgent(agent, 'R-7.11');
  const problem = conversionProblem(from, to);
  if (problem !== undefined) return problem;
  const isFree = books.pool.available(agent).contains(from) && !holdsShared(books, agent, from);
  if (!isFree) return `that is not free on agent ${agent} (R-7.11)`;
  exchangeTotal(books, agent, info, from, to);
  books.work.agentGained(agent);
  return undefined;
}

/** Somebody holds a copy of what is shared: it is offered again all the same, but not free to turn into something else. */
function holdsShared(books: Books, agent: AgentId, resources: Resources): boolean {
  const shared = resources.filter((kind) => kind.shared);
  return !shared.isEmpty && copiesHeld(books, agent, shared) > 0;
}

/** How many copies of one of these shared volumes all hold together, those included whose framework has not come yet. */
function copiesHeld(books: Books, agent: AgentId, shared: Resources): number {
  const held = [...books.holdings.rows(agent), ...(books.unclaimed.get(agent) ?? [])];
  const copiesOf = (kind: number): number => {
    const milli = held.reduce((sum, { resources }) => sum + resources.amountOf(kind), 0);
    return milli / kindOf(kind).unitMilli;
  };
  return Math.max(...shared.kinds.map(copiesOf));
}

function hasShared(resources: Resources): boolean {
  return !resources.filter((kind) => kind.shared).isEmpty;
}

function exchangeTotal(books: Books, agent: AgentId, info: AgentInfo, from: Resources, to: Resources): void {
  const after = { ...info, total: info.total.minus(from).plus(to) };
  books.accountReservations(info.total, -1);
  books.accountReservations(after.total, 1);
  books.pool.update(agent, after);
  books.misses.forgetAgent(agent);
  if (to.isEmpty) books.tree.totalsChanged();
  books.hooks.clusterChanged?.();
  books.work.quotaChanged();
}

/** A conversion keeps all quantities, or takes the resources away. */
function conversionProblem(from: Resources, to: Resources): Refusal {
  if (to.isEmpty) return undefined;
  const sums = new Map<number, number>();
  from.forEachScalar((name, milli) => sums.set(name, (sums.get(name) ?? 0) + milli));
  to.forEachScalar((name, milli) => sums.set(name, (sums.get(name) ?? 0) - milli));
  return [...sums.values()].every((left) => left === 0)
    ? undefined
    : 'the quantities do not stay the same (R-7.13)';
}
