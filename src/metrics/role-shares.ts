import type { Micros } from '../cluster/ids.js';
import type { Resources } from '../cluster/resources/resources.js';
import { idealShares, type IdealShares } from './nested-fair-shares.js';
import type { ResourceColumns } from './resource-columns.js';

/**
 * What each role holds and wants over time, as integrals: the source of utilisation and of the fairness figures.
 *
 * A role's share is its dominant share, the largest over resources of held / cluster total (Ghodsi et al., NSDI 2011).
 * Every integral is exact to the event but that of the fair share, which is computed anew when 1/4096 of the time since
 * the first event has passed since it last was: at every event of a short run, now and then in a long one.
 */
export class RoleShares {
  /** Shapes x resources, row by row, in milli-units: one cache line a task, where a bag of resources takes five. */
  readonly #shapes: Float64Array;
  readonly #perTotal: Float64Array;
  /** Roles x resources, row by row: in use, and in use or queued, in milli-units. */
  readonly #held: Float64Array;
  readonly #wanted: Float64Array;
  /** Tasks of the role that have arrived and not ended. */
  readonly #live: Int32Array;
  /** Integrals up to {@link #since} of the role: held in milli-unit microseconds, the others in share microseconds. */
  readonly #heldArea: Float64Array;
  readonly #shareArea: Float64Array;
  readonly #fairArea: Float64Array;
  readonly #gapArea: Float64Array;
  /** Microseconds in which the role held or wanted something. */
  readonly #activeTime: Float64Array;
  readonly #since: Float64Array;
  /** Undefined for a single role, which has nobody to share with. */
  readonly #ideal: IdealShares | undefined;
  readonly #fair: Float64Array;
  #clock: Micros = -Infinity;
  #firstEvent: Micros = -Infinity;
  #idealDue: Micros = -Infinity;

  /**
   * @param shapes what tasks take, by shape
   * @param paths of the roles: what is due to nested ones is part of what is due to the role above
   * @param weightOf a role, above 0
   */
  constructor(
    columns: ResourceColumns,
    shapes: readonly Resources[],
    paths: readonly string[],
    weightOf: (path: string) => number,
  ) {
    const roles = paths.length;
    this.#shapes = columns.tableOf(shapes);
    this.#perTotal = columns.totals.map((total) => 1 / total);
    this.#held = new Float64Array(roles * columns.count);
    this.#wanted = new Float64Array(roles * columns.count);
    this.#live = new Int32Array(roles);
    this.#heldArea = new Float64Array(roles * columns.count);
    this.#shareArea = new Float64Array(roles);
    this.#fairArea = new Float64Array(roles);
    this.#gapArea = new Float64Array(roles);
    this.#activeTime = new Float64Array(roles);
    this.#since = new Float64Array(roles).fill(-Infinity);
    this.#fair = new Float64Array(roles);
    this.#ideal = roles > 1 ? idealShares(paths, this.#wanted, columns.totals, weightOf) : undefined;
  }

  /** What is queued counts: {@link queued} and {@link left} want to be called. A single role has nobody to share with. */
  get countsDemand(): boolean {
    return this.#ideal !== undefined;
  }

  /** A task has arrived and waits. */
  queued(role: number, shape: number, now: Micros): void {
    this.#advance(role, now);
    this.#live[role]++;
    this.#add(this.#wanted, role, shape, 1);
  }

  /** A task that had arrived has ended, whether or not it ever ran. */
  left(role: number, shape: number, now: Micros): void {
    this.#advance(role, now);
    this.#live[role]--;
    this.#add(this.#wanted, role, shape, -1);
  }

  /** A task's resources are in use from now on (sign 1) or no longer (sign -1). */
  changed(role: number, shape: number, sign: 1 | -1, now: Micros): void {
    this.#advance(role, now);
    this.#add(this.#held, role, shape, sign);
  }

  /** The same for a task of cpus and mem, where the cluster has both: see {@link ResourceColumns.hasCpusMem}. */
  changedCpusMem(role: number, resources: Resources, sign: 1 | -1, now: Micros): void {
    this.#advance(role, now);
    const row = role * this.#perTotal.length;
    this.#held[row] += sign * resources.cpus;
    this.#held[row + 1] += sign * resources.mem;
  }

  /** Brings all integrals up to a time not before the last event. */
  advanceAll(now: Micros): void {
    for (let role = 0; role < this.#since.length; role++) this.#advance(role, now);
  }

  /** Integral of what all roles held, per resource, in milli-unit microseconds. */
  heldAreas(): Float64Array {
    const sums = new Float64Array(this.#perTotal.length);
    this.#heldArea.forEach((area, at) => (sums[at % sums.length] += area));
    return sums;
  }

  /** Integrals of one role in share microseconds: its share, its fair share, the distance of the two; and its active time. */
  integrals(role: number): { share: number; fair: number; gap: number; activeUs: number } {
    return {
      share: this.#shareArea[role],
      fair: this.#fairArea[role],
      gap: this.#gapArea[role],
      activeUs: this.#activeTime[role],
    };
  }

  #add(table: Float64Array, role: number, shape: number, sign: 1 | -1): void {
    const columns = this.#perTotal.length;
    for (let c = 0; c < columns; c++) {
      table[role * columns + c] += sign * this.#shapes[shape * columns + c];
    }
  }

  #advance(role: number, now: Micros): void {
    if (this.#ideal !== undefined && now > this.#clock) this.#refreshIdeal(this.#ideal, now);
    if (now > this.#since[role]) this.#integrate(role, now);
  }

  #integrate(role: number, now: Micros): void {
    const elapsed = now - this.#since[role];
    this.#since[role] = now;
    if (elapsed === Infinity) return;
    const columns = this.#perTotal.length;
    let share = 0;
    for (let c = 0; c < columns; c++) {
      const held = this.#held[role * columns + c];
      this.#heldArea[role * columns + c] += held * elapsed;
      const part = held * this.#perTotal[c];
      if (part > share) share = part;
    }
    this.#shareArea[role] += share * elapsed;
    if (this.#live[role] === 0) return;
    this.#activeTime[role] += elapsed;
    this.#fairArea[role] += this.#fair[role] * elapsed;
    this.#gapArea[role] += Math.abs(share - this.#fair[role]) * elapsed;
  }

  /** Time moves on: the state is that of the last instant, once everything of that instant had happened. */
  #refreshIdeal(ideal: IdealShares, now: Micros): void {
    const settled = this.#clock;
    this.#clock = now;
    if (settled === -Infinity) this.#firstEvent = now;
    else if (settled >= this.#idealDue) {
      for (let role = 0; role < this.#since.length; role++) {
        if (settled > this.#since[role]) this.#integrate(role, settled);
      }
      ideal.compute(this.#fair);
      this.#idealDue = settled + (settled - this.#firstEvent) / 4096;
    }
  }
}
