import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import { closest } from '../cluster/closest.js';
import { asset } from './policies/asset.js';
import { ceei } from './policies/ceei.js';
import { drf } from './policies/drf.js';
import { easy } from './policies/easy.js';
import { fifo } from './policies/fifo.js';
import { maxMin } from './policies/max-min.js';
import { priority } from './policies/priority.js';
import { random } from './policies/random.js';
import { reservation } from './policies/reservation.js';
import { slots } from './policies/slots.js';
import { staticPartition } from './policies/static.js';
import { weightedRole } from './policies/weighted-role.js';
import type { Policy, RunFacts, Values } from './policy.js';
import { RankedAllocator } from './ranked-allocator.js';
import { AllocatorNameError, readSettings, splitAllocatorText, type Settings } from './settings.js';

export { AllocatorNameError };

/** In the order in which help lists them. */
const policies: ReadonlyMap<string, Policy> = new Map(
  [
    drf,
    weightedRole,
    reservation,
    staticPartition,
    fifo,
    easy,
    priority,
    random,
    slots,
    asset,
    ceei,
    maxMin,
  ].map((each) => [each.name, each]),
);

export function allocatorNames(): string[] {
  return [...policies.keys()];
}

/** One line on what an allocator does. @throws AllocatorNameError */
export function allocatorSummary(text: string): string {
  return find(text).policy.summary;
}

/** The options that may follow its name as `?key=value&…`. @throws AllocatorNameError */
export function allocatorSettings(text: string): Settings {
  return find(text).policy.settings;
}

/** `asks` when the allocator turns demand offers on (P-1). @throws AllocatorNameError */
export function allocatorNeeds(text: string): 'asks' | undefined {
  const { policy, values } = find(text);
  return policy.needs ?? policy.needsWith?.(values);
}

/** True when it reads how long tasks will run. @throws AllocatorNameError */
export function allocatorUsesEstimates(text: string): boolean {
  return find(text).policy.usesEstimates === true;
}

/** Why the allocator cannot serve such a run, in one line; undefined when it can. @throws AllocatorNameError */
export function allocatorMisfit(text: string, facts: RunFacts): string | undefined {
  const { policy, values } = find(text);
  return policy.misfit?.(values, facts);
}

/** An allocator by its text after --allocator, `name` or `name?key=value&…`. @throws AllocatorNameError */
export function createAllocator(text: string, options: AllocatorOptions): Allocator {
  const { policy, values } = find(text);
  return new RankedAllocator(text, options, (books, random) => policy.order(books, random, values));
}

function find(text: string): { policy: Policy; values: Values } {
  // The resource may stand right behind the name.
  const { name, given } = splitAllocatorText(text.replace(/^max-min:/, 'max-min?resource='));
  const policy = policies.get(name);
  if (policy === undefined) {
    const near = closest(name, allocatorNames());
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    throw new AllocatorNameError(`no allocator "${name}".${hint} Built in: ${allocatorNames().join(', ')}.`);
  }
  return { policy, values: readSettings(name, policy.settings, given) };
}
