/** What an allocator says when a call makes no sense. */
import type { Refusal } from '../cluster/allocator.js';
import { parseConstraint } from '../cluster/attributes.js';
import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { Ask } from '../cluster/protocol.js';
import type { Books } from './bookkeeping/books.js';

/** @param rule that says so; about the life of a framework that was never added no rule says a word */
export function unknownFramework(framework: FrameworkId, rule?: string): string {
  return `there is no framework ${framework}${cited(rule)}`;
}

/** @param rule as of {@link unknownFramework} */
export function unknownAgent(agent: AgentId, rule?: string): string {
  return `there is no agent ${agent}${cited(rule)}`;
}

/** @param rule that says so; who holds nothing in a role and is not subscribed to it has nothing to give back in it */
export function unknownClient(books: Books, framework: FrameworkId, role: RoleId, rule = 'R-2.3'): string {
  if (books.frameworks[framework] === undefined) return unknownFramework(framework, rule);
  return `framework ${framework} does not have the role ${books.options.roles.path(role)} (${rule})`;
}

export function notHeld(framework: FrameworkId, agent: AgentId): string {
  return `framework ${framework} does not hold that on agent ${agent} (R-1.6)`;
}

export function askProblem(books: Books, framework: FrameworkId, ask: Ask): Refusal {
  const client = books.client(framework, ask.role);
  if (client === undefined || !client.subscribed) return unknownClient(books, framework, ask.role, 'Q-1');
  if (!Number.isInteger(ask.count) || ask.count < 1) return `an ask for ${ask.count} pieces (Q-1)`;
  if (ask.resources.isEmpty) return 'an ask for nothing (Q-1)';
  try {
    if (ask.constraint !== undefined) parseConstraint(ask.constraint);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function cited(rule?: string): string {
  return rule === undefined ? '' : ` (${rule})`;
}
