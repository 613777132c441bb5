import type { ResourceJson } from '../../cluster/resources/json.js';

/** Names that are always there. */
const ALWAYS = ['cpus', 'disk', 'gpus', 'mem'];

/** Resources as the legacy endpoints have them: amounts by name, ranges and sets as text (mesos-http-api 6.4). */
export function flatResources(resources: readonly ResourceJson[]): Record<string, number | string> {
  const flat: Record<string, number | string> = Object.fromEntries(ALWAYS.map((name) => [name, 0]));
  for (const { name, scalar, ranges, set, revocable } of resources) {
    const key = revocable === undefined ? name : `${name}_revocable`;
    const before = flat[key];
    if (scalar !== undefined) {
      flat[key] = Math.round((Number(before ?? 0) + scalar.value) * 1000) / 1000;
    } else if (ranges !== undefined) {
      const text = ranges.range.map(({ begin, end }) => `${begin}-${end}`).join(', ');
      flat[key] = typeof before === 'string' ? `${before.slice(0, -1)}, ${text}]` : `[${text}]`;
    } else if (set !== undefined) {
      const text = set.item.join(', ');
      flat[key] = typeof before === 'string' ? `${before.slice(0, -1)}, ${text}}` : `{${text}}`;
    }
  }
  return flat;
}
