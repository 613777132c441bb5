/** Short one-line texts of what a scenario expected and what it got. */
import { SECOND, type Micros } from '../cluster/ids.js';
import { formatMilli } from '../cluster/resources/scalars.js';
import { formatResources } from '../cluster/resources/text.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { MadeOffer } from './world.js';

/** How many of a list are told before "and N more". */
const TOLD = 3;

export function resourceText(resources: Resources): string {
  return resources.isEmpty ? 'nothing' : formatResources(resources);
}

/** `f1 in dev on a1: cpus:2;mem:1024`. */
export function offerText(offer: MadeOffer): string {
  return `${placeText(offer)}: ${resourceText(offer.resources)}`;
}

/** `f1 in dev on a1`. */
export function placeText(place: Omit<MadeOffer, 'resources'>): string {
  return `${place.framework} in ${place.role} on ${place.agent}`;
}

/** The first few of a list, and how many more there are. */
export function listText(texts: readonly string[]): string {
  const more = texts.length - TOLD;
  return texts.slice(0, TOLD).join(', ') + (more > 0 ? `, and ${more} more` : '');
}

/** Microseconds as decimal seconds: `1.5 s`. */
export function timeText(now: Micros): string {
  const wholeMilli = Math.round(now / 1000);
  return wholeMilli * 1000 === now ? `${formatMilli(wholeMilli)} s` : `${now / SECOND} s`;
}

/** `1 offer`, `2 offers`. */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
