import type { Holding } from '../../cluster/allocator.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatResources } from '../../cluster/resources/text.js';
import type { World } from '../../scenario/world.js';

/** Milli-units of the plain scalars by name. */
export function plainOf(resources: Resources): Record<string, number> {
  const sums: Record<string, number> = {};
  resources.forEachScalar((_name, milli, kind) => {
    if (kind.plain) sums[kind.name] = (sums[kind.name] ?? 0) + milli;
  });
  return sums;
}

export function plainSum(list: readonly Resources[]): Record<string, number> {
  return plainOf(list.reduce((sum, resources) => sum.plus(resources), Resources.EMPTY));
}

/** Milli-units of all scalars by name. */
export function scalarsOf(resources: Resources): Record<string, number> {
  const sums: Record<string, number> = {};
  resources.forEachScalar((_name, milli, kind) => (sums[kind.name] = (sums[kind.name] ?? 0) + milli));
  return sums;
}

/** What each holder has, by name. */
export function sumBy(holdings: readonly Holding[], world: World): Map<string, Resources> {
  const sums = new Map<string, Resources>();
  for (const { framework, role, resources } of holdings) {
    const holder = `${world.frameworkName(framework)} in ${world.roles.path(role)}`;
    sums.set(holder, (sums.get(holder) ?? Resources.EMPTY).plus(resources));
  }
  return sums;
}

export function text(resources: Resources): string {
  return resources.isEmpty ? 'nothing' : formatResources(resources);
}
