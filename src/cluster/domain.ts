import type { Domain } from './protocol.js';

/** Reads `region/zone`, such as `eu/eu-1`; undefined: it is none. */
export function parseDomain(text: string): Domain | undefined {
  const [region, zone, ...more] = text.split('/').map((part) => part.trim());
  return region && zone && more.length === 0 ? { region, zone } : undefined;
}
