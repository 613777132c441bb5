/** Mesos's random sorter worked out in full, from the rule alone: what is worked out in part is compared with it. */
import { sort, sum } from 'd3-array';
import { Lots, mixed, uniform } from '../../src/allocators/bookkeeping/lots.js';
import type { AllocatorOptions } from '../../src/cluster/allocator.js';
import type { AgentId } from '../../src/cluster/ids.js';
import { compareBytes, lineageOf } from '../../src/cluster/roles.js';

/** A framework in a role that wants offers. */
export interface Runner {
  /** Path of the role. */
  readonly role: string;
  /** The framework's id. */
  readonly id: string;
}

/**
 * When each arrives in a race: at any moment, at a rate of its own. To sort by these times is to sort by U^(1/w), largest
 * first. Whose half has the first of all is a matter of the odds of the halves; the first of the other comes later by a time
 * of its own rate.
 */
export function arrivals(rates: readonly number[], seed: number, from = 0, time = 0): number[] {
  if (rates.length < 2) return rates.map(() => time);
  const middle = rates.length >> 1;
  const halves = [rates.slice(0, middle), rates.slice(middle)];
  const [left, right] = halves.map((half) => sum(half));
  const first = uniform(seed, from + middle) * (left + right) < left ? 0 : 1;
  const later = time - Math.log(uniform(seed, ~(from + middle))) / [left, right][1 - first];
  return halves.flatMap((half, i) => arrivals(half, seed, from + i * middle, i === first ? time : later));
}

export const parentOf = (node: string) => node.slice(0, Math.max(0, node.lastIndexOf('/')));

/** A weighted shuffle without replacement. */
function shuffled<T>(items: readonly T[], weightOf: (item: T) => number, seed: number): T[] {
  const times = arrivals(items.map(weightOf), seed);
  return sort(items.keys(), (i) => times[i]).map((i) => items[i]);
}

/**
 * Orders for an agent and a stage of a cycle, shuffled anew for each. Every run of the allocator is to begin with a begin.
 */
export function randomSorter(options: AllocatorOptions) {
  const { roleSorter, frameworkSorter } = options;
  /** By path, where they are not 1. */
  const weights = new Map<string, number>();
  const lots = new Lots();
  lots.drawFrom(options.random('sorter'));
  /**
   * @param runners in the order of their shares
   * @returns those of one role after those of another, roles and those of a role as they came or shuffled
   */
  const inOrder = <T extends Runner>(runners: readonly T[], agent: AgentId, stage: 1 | 2): T[] => {
    const { seed } = Object.assign(lots, { agent, stage });
    const roles = [...new Set(runners.map(({ role }) => role))];
    // The tree of those that are here, with a virtual leaf for each role.
    const nodes = [...new Set(roles.flatMap((role) => lineageOf(`${role}/.`)))];
    const weightOf = (node: string) => weights.get(node) ?? 1;
    /** Its part of the weight of all, level by level. */
    const partOf = (node: string): number => {
      const siblings = nodes.filter((other) => parentOf(other) === parentOf(node));
      return node === '' ? 1 : (partOf(parentOf(node)) * weightOf(node)) / sum(siblings, weightOf);
    };
    const byPath = roles.toSorted(compareBytes);
    const order = roleSorter === 'drf' ? roles : shuffled(byPath, (role) => partOf(`${role}/.`), seed);
    return order.flatMap((role) => {
      const own = runners.filter((runner) => runner.role === role);
      if (frameworkSorter === 'drf') return own;
      const byId = own.toSorted((a, b) => compareBytes(a.id, b.id));
      return shuffled(byId, () => 1, mixed(seed + 1, byPath.indexOf(role)));
    });
  };
  return { weights, begin: () => lots.begin(), inOrder };
}
