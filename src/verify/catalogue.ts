import type { Check, CheckName, EconomyName } from './check.js';
import { divisibleChecks } from './properties/divisible.js';
import { attackChecks } from './attack.js';
import { behaviourChecks } from './properties/behaviours.js';
import { dynamicsChecks } from './properties/dynamics.js';
import { orderChecks } from './properties/order.js';
import { paretoCheck } from './properties/pareto.js';
import { safetyChecks } from './properties/safety.js';
import { taskChecks } from './properties/tasks.js';

/** Which checks are meant. */
export interface Selection {
  /** Names of properties; undefined: all. */
  readonly properties?: readonly string[];
  readonly economies?: readonly EconomyName[];
  /** Weights in the divisible economies; the published table of the DRF paper has none. @defaultValue true */
  readonly weights?: boolean;
  /** The searches for what pays most as well. @defaultValue false */
  readonly attack?: boolean;
}

/** Every property in every economy it is stated in, in the order of the table. */
export function allChecks(weights = true): Check[] {
  const checks = [
    ...divisibleChecks(weights),
    ...taskChecks(),
    paretoCheck(),
    ...orderChecks(),
    ...dynamicsChecks(),
    ...safetyChecks(),
    ...behaviourChecks(),
  ] as Check[];
  return checks.sort((a, b) => a.economy.localeCompare(b.economy));
}

export function selectChecks({ properties, economies, weights, attack = false }: Selection): Check[] {
  const checks = [...allChecks(weights), ...(attack ? attackChecks() : [])];
  return checks.filter(
    ({ property, economy }) =>
      (properties?.includes(property) ?? true) && (economies?.includes(economy) ?? true),
  );
}

export function propertyNames(): string[] {
  return [...new Set([...allChecks(), ...attackChecks()].map(({ property }) => property))];
}

/** @throws Error when there is none of that name: a worker was given a check of another version */
export function findCheck({ property, economy }: CheckName, weights?: boolean): Check {
  const found = [...allChecks(weights), ...attackChecks()].find(
    (check) => check.property === property && check.economy === economy,
  );
  if (found === undefined) throw new Error(`there is no property ${property} in ${economy}`);
  return found;
}
