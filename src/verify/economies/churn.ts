import { SECOND } from '../../cluster/ids.js';
import type { Allocator } from '../../cluster/allocator.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { randomStream } from '../../workloads/random-streams.js';
import type { Subject } from '../check.js';
import { addUser, capacityOf, checkGrant, done, populate, resourcesOf, type TaskEconomy } from './tasks.js';

/** An economy in which tasks end and are followed by others. */
export interface ChurnCase extends TaskEconomy {
  /** Of the durations, 1 to {@link LONGEST} seconds each. */
  readonly durations: number;
  /** A user who comes when the others have filled the cluster and some tasks have ended. */
  readonly newcomer?: number;
}

/** The longest that a task runs, in seconds. */
export const LONGEST = 12;

interface Running {
  readonly user: number;
  readonly agent: number;
  readonly endsAt: number;
}

/** Asks that no economy uses up. */
const BACKLOG = 1_000_000;

/** Demand mode, all backlogged: one instant after the other, each with the ends of tasks first and then an allocation. */
export class Churn {
  readonly economy: ChurnCase;
  readonly capacity: readonly number[];
  /** Seconds since the start. */
  now = 0;
  /** Tasks that ended so far. */
  ends = 0;
  /** Tasks of each user that run. */
  readonly tasks: number[];
  /** The value of {@link ends} when each user got its last task; undefined: the user is not there. */
  readonly lastGrant: (number | undefined)[];
  readonly free: Resources[];
  readonly #allocator: Allocator;
  readonly #roleOf: readonly number[];
  readonly #pieces: readonly Resources[];
  readonly #duration: () => number;
  #running: Running[] = [];

  constructor(economy: ChurnCase, subject: Subject) {
    this.economy = economy;
    this.capacity = capacityOf(economy);
    const { allocator, roleOf } = populate(economy, subject, economy.newcomer);
    this.#allocator = allocator;
    this.#roleOf = roleOf;
    this.#pieces = economy.users.map(({ demand }) => resourcesOf(demand));
    this.free = economy.agents.map((amounts) => resourcesOf(amounts));
    this.tasks = economy.users.map(() => 0);
    this.lastGrant = economy.users.map(() => undefined);
    const draw = randomStream(String(economy.durations), 'verify/durations');
    this.#duration = () => 1 + Math.floor(draw() * LONGEST);
    economy.users.forEach((_, user) => {
      if (user !== economy.newcomer) this.#ask(user);
    });
    this.#allocate();
  }

  /** Weighted dominant share of a user. */
  share(user: number): number {
    return (this.tasks[user] * this.taskShare(user)) / this.economy.users[user].weight;
  }

  /** Dominant share of one task of a user. */
  taskShare(user: number): number {
    return Math.max(...this.economy.users[user].demand.map((amount, r) => amount / this.capacity[r]));
  }

  /** The newcomer comes now. @returns when all that runs will have ended */
  admit(): number {
    const { newcomer } = this.economy;
    const last = Math.max(this.now, ...this.#running.map(({ endsAt }) => endsAt));
    if (newcomer === undefined) return last;
    addUser(this.#allocator, newcomer, this.#roleOf[newcomer], this.now * SECOND);
    this.#ask(newcomer);
    this.#allocate();
    return last;
  }

  /** Goes on to the next instant at which tasks end. @returns false when nothing runs */
  step(): boolean {
    if (this.#running.length === 0) return false;
    this.now = Math.min(...this.#running.map(({ endsAt }) => endsAt));
    const ended = this.#running.filter(({ endsAt }) => endsAt === this.now);
    this.#running = this.#running.filter(({ endsAt }) => endsAt > this.now);
    for (const { user, agent } of ended) {
      this.ends++;
      this.tasks[user]--;
      const piece = this.#pieces[user];
      this.free[agent] = this.free[agent].plus(piece);
      done(
        this.#allocator.recover(user, this.#roleOf[user], agent, piece),
        'the resources of a task that ended',
      );
    }
    this.#allocate();
    return true;
  }

  /** A present user whose task fits a free agent; undefined: none. */
  unserved(): { user: number; agent: number } | undefined {
    for (const [user, piece] of this.#pieces.entries()) {
      if (this.lastGrant[user] === undefined) continue;
      const agent = this.free.findIndex((free) => free.contains(piece));
      if (agent >= 0) return { user, agent };
    }
    return undefined;
  }

  #ask(user: number): void {
    this.lastGrant[user] = this.ends;
    const ask = {
      role: this.#roleOf[user],
      resources: this.#pieces[user],
      count: BACKLOG,
      allOrNothing: false,
      // Some policies look at it.
      estimateUs: LONGEST * SECOND,
    };
    done(this.#allocator.request(user, [ask], this.now * SECOND), 'an ask');
  }

  #allocate(): void {
    this.#allocator.allocate(this.now * SECOND, 'all', (user, offers) => {
      for (const { agent, resources } of offers) {
        checkGrant(user, agent, resources, this.#pieces, this.free);
        this.free[agent] = this.free[agent].minus(resources);
        this.tasks[user]++;
        this.lastGrant[user] = this.ends;
        this.#running.push({ user, agent, endsAt: this.now + this.#duration() });
      }
    });
  }
}
