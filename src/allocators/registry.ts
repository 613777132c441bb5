import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import { drf } from './policies/drf.js';
import { fifo } from './policies/fifo.js';

/** A name after --allocator that is not known, or options of it that are wrong. One line. */
export class AllocatorNameError extends Error {
  override readonly name = 'AllocatorNameError';
}

interface Entry {
  readonly make: (options: AllocatorOptions) => Allocator;
  /** The policy cannot work from coarse offers (semantics-notes P-1). */
  readonly needs?: 'asks';
  readonly summary: string;
}

const entries: Readonly<Record<string, Entry>> = {
  drf: { make: drf, summary: 'dominant resource fairness over hierarchical roles, as Mesos does it' },
  fifo: { make: fifo, needs: 'asks', summary: 'first come, first served over all frameworks; no overtaking' },
};

export function allocatorNames(): string[] {
  return Object.keys(entries);
}

/** One line on what an allocator does. */
export function allocatorSummary(name: string): string {
  return find(name).summary;
}

/** `asks` when the allocator turns demand offers on (P-1). @throws AllocatorNameError */
export function allocatorNeeds(text: string): 'asks' | undefined {
  return find(text).needs;
}

/** An allocator by its text after --allocator. @throws AllocatorNameError */
export function createAllocator(text: string, options: AllocatorOptions): Allocator {
  return find(text).make(options);
}

function find(text: string): Entry {
  const [name, query] = text.split('?', 2);
  if (!Object.hasOwn(entries, name)) {
    throw new AllocatorNameError(`no allocator "${name}". Built in: ${allocatorNames().join(', ')}.`);
  }
  if (query !== undefined && query !== '') {
    throw new AllocatorNameError(`the allocator ${name} takes no options, and "${query}" was given.`);
  }
  return entries[name];
}
