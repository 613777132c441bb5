/** What an allocator says when a call makes no sense. */
import type { Refusal } from '../cluster/allocator.js';
import { parseConstraint } from '../cluster/attributes.js';
import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { Ask } from '../cluster/protocol.js';
import type { Books } from './bookkeeping/books.js';

export function unknownFramework(framework: FrameworkId): string {
  return `there is no framework ${framework}`;
}

export function unknownClient(books: Books, framework: FrameworkId, role: RoleId): string {
  if (books.frameworks[framework] === undefined) return unknownFramework(framework);
  return `framework ${framework} does not have the role ${books.options.roles.path(role)}`;
}

export function notHeld(framework: FrameworkId, agent: AgentId): string {
  return `framework ${framework} does not hold that on agent ${agent}`;
}

export function askProblem(books: Books, framework: FrameworkId, ask: Ask): Refusal {
  const client = books.client(framework, ask.role);
  if (client === undefined || !client.subscribed) return unknownClient(books, framework, ask.role);
  if (!Number.isInteger(ask.count) || ask.count < 1) return `an ask for ${ask.count} pieces`;
  if (ask.resources.isEmpty) return 'an ask for nothing';
  try {
    if (ask.constraint !== undefined) parseConstraint(ask.constraint);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
