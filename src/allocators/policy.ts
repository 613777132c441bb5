import type { Attribute } from '../cluster/protocol.js';
import type { Books } from './bookkeeping/books.js';
import type { ServingOrder } from './serving-order.js';
import type { Settings, SettingValues } from './settings.js';

/** What is known of a run before it begins, for a policy that may not suit it. */
export interface RunFacts {
  /** Agents that are alike, with their number, in cluster order. */
  readonly agents: readonly { readonly count: number; readonly attributes: readonly Attribute[] }[];
  readonly roles: readonly string[];
  readonly frameworks: readonly string[];
  /** By role path; absent: 1. */
  readonly weights: ReadonlyMap<string, number>;
}

/** Values of a policy's settings by name. */
export type Values = Readonly<Record<string, string | number>>;

/** A built-in policy: who is served next over the common bookkeeping, and what a person reads about it. */
export interface Policy<S extends Settings = Settings, V = Values> {
  readonly name: string;
  /** One line, for help. */
  readonly summary: string;
  /** The policy cannot work from coarse offers: loading it turns demand offers on (semantics-notes P-1). */
  readonly needs?: 'asks';
  /** The same of some values of its settings. */
  needsWith?(values: V): 'asks' | undefined;
  /** It reads how long a task will run: where a trace has no estimate, asks say the true duration. */
  readonly usesEstimates?: boolean;
  readonly settings: S;
  /** Why it cannot serve such a run: one line; undefined when it can. */
  misfit?(values: V, facts: RunFacts): string | undefined;
  /** @param random stream of the sorters */
  order(books: Books, random: () => number, values: V): ServingOrder;
}

/** Infers what the settings' values are while a policy is written down. */
export function policy<const S extends Settings>(definition: Policy<S, SettingValues<S>>): Policy {
  return definition;
}
