import type { Digest } from './digest.js';
import { kindOf } from './resources/kinds.js';
import type { Resources } from './resources/resources.js';

/** Checksum of each kind's key by kind id; 0: not made yet. */
let keySums = new Int32Array(64);

/**
 * Mixes in a bag of resources by kind and amount, whatever the order of kinds: their ids, and so the order inside a bag,
 * differ from process to process. Elements of ranges and sets count by their number and text.
 */
export function mixResources(digest: Digest, resources: Resources): void {
  let sum = resources.kinds.length;
  for (let i = 0; i < resources.kinds.length; i++) {
    const amount = resources.amounts[i];
    let entry = Math.imul(keySum(resources.kinds[i]) ^ amount, 0x9e3779b1);
    entry = Math.imul(entry ^ Math.floor(amount / 2 ** 32), 0x85ebca6b);
    const value = resources.values?.[i];
    if (value !== undefined) entry ^= textSum(JSON.stringify(value));
    sum = (sum + (entry ^ (entry >>> 15))) | 0;
  }
  digest.word(sum);
}

function keySum(kind: number): number {
  if (kind >= keySums.length) {
    const longer = new Int32Array(Math.max(kind + 1, keySums.length * 2));
    longer.set(keySums);
    keySums = longer;
  }
  let sum = keySums[kind];
  if (sum === 0) {
    sum = textSum(kindOf(kind).key) | 1;
    keySums[kind] = sum;
  }
  return sum;
}

function textSum(text: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193);
  return sum;
}
