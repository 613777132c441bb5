import type { Quantities } from '../cluster/protocol.js';
import { formatQuantities, parseQuantities, ResourceTextError } from '../cluster/resources/text.js';
import { roleProblem } from '../cluster/roles.js';
import type { RoleQuota } from '../sim/run-config.js';
import { UserError } from './user-error.js';

/**
 * Reads `--weights prod=3,test=1`.
 *
 * @returns weights by role path
 * @throws UserError
 */
export function parseWeights(text: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of text.split(',').filter((part) => part.trim() !== '')) {
    const [, role, value] = /^\s*(.+?)\s*=\s*(\S+)\s*$/.exec(item) ?? [];
    if (role === undefined) throw new UserError(`--weights: "${item}" is not role=weight, such as prod=3.`);
    checkRole('--weights', role);
    const weight = Number(value);
    if (!/^[\d.]+$/.test(value) || !(weight > 0 && weight < Infinity)) {
      throw new UserError(`--weights: the weight of ${role} is "${value}"; it is a number above 0.`);
    }
    if (weights.has(role)) throw new UserError(`--weights: ${role} has two weights; give it one.`);
    weights.set(role, weight);
  }
  return weights;
}

/**
 * Reads the `--quota` options: `batch=limit:cpus:10;mem:4096`, `web=guarantee:cpus:4`. A role may have one of each.
 *
 * @returns quota by role path
 * @throws UserError
 */
export function parseQuotas(texts: readonly string[]): Map<string, RoleQuota> {
  const quotas = new Map<string, RoleQuota>();
  for (const text of texts) {
    const [, role, kind, amounts] = /^\s*(.+?)\s*=\s*(limit|guarantee)s?\s*:(.*)$/s.exec(text) ?? [];
    if (role === undefined) {
      throw new UserError(
        `--quota "${text}" is not role=limit:resources or role=guarantee:resources,\nsuch as "batch=limit:cpus:10;mem:4096".`,
      );
    }
    checkRole('--quota', role);
    const key = kind === 'limit' ? 'limits' : 'guarantees';
    const known = quotas.get(role) ?? { guarantees: {}, limits: {} };
    if (Object.keys(known[key]).length > 0)
      throw new UserError(`--quota: ${role} has two ${key}; give it one.`);
    quotas.set(role, { ...known, [key]: quantities(`--quota "${text}"`, amounts) });
  }
  for (const [role, quota] of quotas) checkOrder(role, quota);
  return quotas;
}

/**
 * Reads `--min-allocatable cpus:0.01|mem:32`: an offer contains one of the alternatives in full. The empty text lets
 * anything pass.
 *
 * @throws UserError
 */
export function parseMinAllocatable(text: string): Quantities[] {
  return text
    .split('|')
    .filter((alternative) => alternative.trim() !== '')
    .map((alternative) => quantities('--min-allocatable', alternative, true));
}

function quantities(what: string, text: string, counts = false): Quantities {
  let amounts: Quantities;
  try {
    amounts = parseQuantities(text, counts);
  } catch (error) {
    if (error instanceof ResourceTextError) throw new UserError(`${what}: ${error.message}`);
    throw error;
  }
  if (Object.keys(amounts).length === 0) throw new UserError(`${what} names no resource, such as cpus:10.`);
  return amounts;
}

function checkRole(option: string, role: string): void {
  const problem = roleProblem(role);
  if (problem !== undefined) throw new UserError(`${option}: ${problem}.`);
}

function checkOrder(role: string, { guarantees, limits }: RoleQuota): void {
  for (const [name, milli] of Object.entries(guarantees)) {
    if (!(name in limits) || limits[name] >= milli) continue;
    const [least, most] = [{ [name]: milli }, { [name]: limits[name] }].map(formatQuantities);
    throw new UserError(`--quota: ${role} is guaranteed ${least}, above its limit of ${most}.`);
  }
}
