import { FairShares } from './fair-shares.js';

/** What weighted DRF would give each role at a moment. */
export interface IdealShares {
  /** Writes the dominant share of the cluster that is due to each role, 0 to 1; 0 without demand. */
  compute(shares: Float64Array): void;
}

/** Roles that share what is given to the role above them. */
interface Siblings {
  /** Per sibling: the role of the trace it is, or the level below it. */
  readonly members: readonly (number | Siblings)[];
  /** Siblings x resources: their demands, those below added up. */
  readonly demands: Float64Array;
  /** What they share; 1 of a resource that none of them wants. */
  readonly totals: Float64Array;
  readonly ideal: FairShares;
  /** Of each sibling, of {@link totals}. */
  readonly shares: Float64Array;
}

/**
 * Fair shares of nested roles, level by level: the top-level roles share the cluster by weighted DRF, each with the demand of
 * all below it ({@link FairShares}), and the roles below one share what it was given in the same way. A role that has tasks of
 * its own and roles below it takes part in that as one more, of weight 1 (mesos-allocation ).
 */
export class NestedFairShares implements IdealShares {
  readonly #demands: Float64Array;
  readonly #totals: Float64Array;
  readonly #top: Siblings;

  /**
   * @param paths of the roles
   * @param demands roles x resources, row by row; read anew by each {@link compute}
   * @param totals of the cluster per resource, above 0
   */
  constructor(
    paths: readonly string[],
    demands: Float64Array,
    totals: Float64Array,
    weightOf: (path: string) => number,
  ) {
    this.#demands = demands;
    this.#totals = totals;
    const roles = paths.map((path, role) => ({ path, role }));
    this.#top = siblingsOf(roles, '', totals, weightOf);
  }

  compute(shares: Float64Array): void {
    this.#addUp(this.#top);
    this.#top.totals.set(this.#totals);
    this.#share(this.#top, shares);
  }

  #addUp({ members, demands, totals }: Siblings): void {
    const columns = totals.length;
    members.forEach((member, at) => {
      if (typeof member !== 'number') this.#addUp(member);
      for (let c = 0; c < columns; c++) {
        let demand = 0;
        if (typeof member === 'number') demand = this.#demands[member * columns + c];
        else for (let i = 0; i < member.members.length; i++) demand += member.demands[i * columns + c];
        demands[at * columns + c] = demand;
      }
    });
  }

  #share({ members, demands, totals, ideal, shares: own }: Siblings, shares: Float64Array): void {
    const columns = totals.length;
    ideal.compute(own);
    members.forEach((member, at) => {
      // The part of its demand that is met.
      const dominant = largestPart(demands, at, totals);
      const met = dominant > 0 ? own[at] / dominant : 0;
      if (typeof member === 'number') shares[member] = met * largestPart(demands, at, this.#totals);
      else {
        for (let c = 0; c < columns; c++) {
          const given = met * demands[at * columns + c];
          member.totals[c] = given > 0 ? given : 1;
        }
        this.#share(member, shares);
      }
    });
  }
}

function largestPart(demands: Float64Array, row: number, totals: Float64Array): number {
  let largest = 0;
  for (let c = 0; c < totals.length; c++) {
    const part = demands[row * totals.length + c] / totals[c];
    if (part > largest) largest = part;
  }
  return largest;
}

/** @param above path of the role above with a slash behind it; empty at the top */
function siblingsOf(
  roles: readonly { readonly path: string; readonly role: number }[],
  above: string,
  totals: Float64Array,
  weightOf: (path: string) => number,
): Siblings {
  const byName = new Map<string, { path: string; role: number }[]>();
  const members: (number | Siblings)[] = [];
  const weights: number[] = [];
  for (const each of roles) {
    if (above !== '' && each.path === above.slice(0, -1)) {
      members.push(each.role);
      weights.push(1);
      continue;
    }
    const [name] = each.path.slice(above.length).split('/', 1);
    byName.set(name, [...(byName.get(name) ?? []), each]);
  }
  for (const [name, below] of byName) {
    const path = above + name;
    const isLeaf = below.length === 1 && below[0].path === path;
    members.push(isLeaf ? below[0].role : siblingsOf(below, `${path}/`, totals, weightOf));
    weights.push(weightOf(path));
  }
  const demands = new Float64Array(members.length * totals.length);
  const shared = totals.slice();
  const ideal = new FairShares(demands, shared, Float64Array.from(weights));
  return { members, demands, totals: shared, ideal, shares: new Float64Array(members.length) };
}

/** What is due to each of many roles: level by level if some are nested. */
export function idealShares(
  paths: readonly string[],
  demands: Float64Array,
  totals: Float64Array,
  weightOf: (path: string) => number,
): IdealShares {
  return paths.some((path) => path.includes('/'))
    ? new NestedFairShares(paths, demands, totals, weightOf)
    : new FairShares(demands, totals, Float64Array.from(paths, weightOf));
}
