import type { Mechanism } from '../allocators/mechanisms/economy.js';
import { mechanismOf } from '../allocators/mechanisms/mechanisms.js';
import { allocatorNeeds, createAllocator } from '../allocators/registry.js';
import type { CheckName, Subject } from './check.js';
import { promisesOf } from './promises.js';

/**
 * What stands behind a name after --allocator, made ready to be tested.
 *
 * @throws AllocatorNameError
 */
export async function loadSubject(text: string): Promise<Subject> {
  return await Promise.resolve(builtIn(text));
}

function builtIn(text: string): Subject {
  const needs = allocatorNeeds(text);
  const promises = promisesOf(text);
  return {
    name: text,
    needsAsks: needs === 'asks',
    create: (options) => createAllocator(text, options),
    mechanism: (resources): Mechanism | undefined => mechanismOf(text, resources),
    promises: (check: CheckName) => promises(check),
  };
}
