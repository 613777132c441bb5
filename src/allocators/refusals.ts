/** What an allocator says when a call makes no sense. */
import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
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
