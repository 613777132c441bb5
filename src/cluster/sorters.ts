import type { AllocatorOptions, SorterName } from './allocator.js';

/** Who is served first at each level, as JSON tells it. */
export interface SorterNames {
  readonly role: SorterName;
  readonly framework: SorterName;
}

/** Undefined: neither is random, which goes without saying. */
export function randomSorters({
  roleSorter: role,
  frameworkSorter: framework,
}: Pick<AllocatorOptions, 'roleSorter' | 'frameworkSorter'>): SorterNames | undefined {
  return role === 'random' || framework === 'random' ? { role, framework } : undefined;
}

/** Which of them is random, beside the name of an allocator. */
export function sortersText({ role, framework }: SorterNames): string {
  if (role === framework) return 'random sorters';
  return `random ${role === 'random' ? 'role' : 'framework'} sorter`;
}
