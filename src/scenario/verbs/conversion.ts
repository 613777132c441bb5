import { kindFor, kindOf } from '../../cluster/resources/kinds.js';
import { ResourceBag, type Resources } from '../../cluster/resources/resources.js';

/** True when `to` is `from` with other reservations or traits, or nothing at all. */
export function isConversion(from: Resources, to: Resources): boolean {
  return to.isEmpty || bare(from).equals(bare(to));
}

/** Names and values alone; the copies of a shared volume count once. */
function bare(resources: Resources): Resources {
  const bag = new ResourceBag();
  resources.kinds.forEach((id, index) => {
    const { name, type, shared, unitMilli } = kindOf(id);
    const kind = kindFor({ name, type, reservations: [], revocable: false, shared: false, unitMilli: 0 });
    const value = resources.values?.[index];
    if (value !== undefined) bag.addValue(kind.id, value);
    else bag.add(kind.id, shared ? unitMilli : resources.amounts[index]);
  });
  return bag.toResources();
}
