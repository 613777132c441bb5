/** Asks of frameworks (semantics-notes section 3). */
import type { Refusal } from '../../cluster/allocator.js';
import type { FrameworkId, Micros } from '../../cluster/ids.js';
import type { Ask } from '../../cluster/protocol.js';
import { QueuedAsk } from '../bookkeeping/ask-queue.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { askProblem, unknownFramework } from '../refusals.js';

/** New asks behind those that wait; none: those that wait are taken back. @param clear takes back those of a client */
export function enterAsks(
  books: Books,
  framework: FrameworkId,
  asks: readonly Ask[],
  now: Micros,
  clear: (client: Client) => void,
): Refusal {
  const entry = books.frameworks[framework];
  if (entry === undefined) return unknownFramework(framework, 'Q-1');
  for (const ask of asks) {
    const problem = askProblem(books, framework, ask);
    if (problem !== undefined) return problem;
  }
  const first = !entry.hasAsked;
  entry.hasAsked = true;
  if (asks.length === 0) for (const client of books.clientsOf(entry)) clear(client);
  for (const ask of asks) {
    const client = books.client(framework, ask.role) as Client;
    client.asks.append(new QueuedAsk(ask, books.nextAsk++, now));
    if (!first) books.relist(client);
  }
  if (first) for (const client of books.clientsOf(entry)) books.relist(client);
  if (asks.length > 0) books.work.markAsks();
  return undefined;
}
