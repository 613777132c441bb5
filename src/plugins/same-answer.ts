import type { Offer } from '../cluster/protocol.js';
import { formatResources } from '../cluster/resources/text.js';

/** Offers as text, in order: what two answers are compared by. */
export function offersOf(offers: readonly Offer[]): string[] {
  return offers.map(
    ({ framework, role, agent, resources }) =>
      `${formatResources(resources)} on agent ${agent} to framework ${framework}${role === 0 ? '' : ` in role ${role}`}`,
  );
}

/** The first difference of two answers, in words; undefined: they are the same. */
export function differenceOf(first: readonly string[], second: readonly string[]): string | undefined {
  const most = Math.max(first.length, second.length);
  for (let at = 0; at < most; at++) {
    if (first[at] === second[at]) continue;
    return `it offered ${first[at] ?? 'nothing more'}, then ${second[at] ?? 'nothing more'}`;
  }
  return undefined;
}
