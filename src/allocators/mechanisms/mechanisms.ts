import { ceei } from './ceei.js';
import type { Mechanism } from './economy.js';
import { asset, drf, equalSplit, maxMin } from './filling.js';

/** Rules by the name of the allocator that carries them out. `max-min` needs a resource, so it is not here. */
const byName: Readonly<Record<string, Mechanism>> = {
  drf,
  asset,
  ceei,
  static: equalSplit,
  // In the divisible economy, where nobody has a guarantee, both are DRF.
  'weighted-role': drf,
  reservation: drf,
};

/**
 * The rule behind an allocator of ours; undefined when it follows none that an economy alone decides.
 *
 * @param text as after --allocator: `drf`, `max-min:cpus`, `max-min?resource=cpus`
 * @param resources the names of the economy's resources, in its order
 */
export function mechanismOf(text: string, resources: readonly string[]): Mechanism | undefined {
  const isMaxMin = /^max-min(?:(?::|\?resource=)(\w+))?$/.exec(text);
  if (isMaxMin !== null) {
    const [, resource = 'cpus'] = isMaxMin;
    const index = resources.indexOf(resource);
    return index < 0 ? undefined : maxMin(index);
  }
  const [name] = text.split('?', 1);
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}
