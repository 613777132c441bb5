/**
 * The divisible ideal over several agents: weighted max-min of dominant shares when tasks may be cut at will, by a row of
 * linear programs (progressive filling: Bertsekas and Gallager, Data Networks, 1992, section 6.5). HiGHS solves them; it is
 * WebAssembly from the registry and is loaded only when somebody asks.
 */
import type { LegacyHighs } from 'highs';
import { capacityOf, type TaskEconomy } from './economies/tasks.js';

/** A function from an economy to the dominant share of each user at the ideal. */
export type Ideal = (economy: TaskEconomy) => number[];

export type Solver = Pick<LegacyHighs, 'solve'>;

/** A level that rose by less than this has stopped. */
const STILL = 1e-7;

let loading: Promise<Solver> | undefined;

/** The ideal, by the solver. */
export async function loadIdeal(): Promise<Ideal> {
  const highs = await loadSolver();
  return (economy) => idealShares(economy, highs);
}

/** HiGHS itself, loaded once. */
export function loadSolver(): Promise<Solver> {
  return (loading ??= load());
}

async function load(): Promise<Solver> {
  // Its types speak of the CommonJS build, where the function is the module itself.
  const module = (await import('highs')) as unknown as { readonly default: () => Promise<Solver> };
  return await module.default();
}

function idealShares(economy: TaskEconomy, highs: Solver): number[] {
  const { users } = economy;
  const capacity = capacityOf(economy);
  const task = users.map(({ demand }) => Math.max(...demand.map((amount, r) => amount / capacity[r])));
  /** Shares that are settled; undefined: the user's level still rises. */
  const settled: (number | undefined)[] = users.map(() => undefined);
  while (settled.includes(undefined)) {
    const floors = settled.map((share, i) => share ?? { perLevel: users[i].weight });
    const level = solve(highs, economy, task, floors, 'level');
    const reached = settled.map((share, i) => share ?? users[i].weight * level);
    let stopped = false;
    for (const [i, share] of settled.entries()) {
      if (share !== undefined) continue;
      const most = solve(highs, economy, task, reached, i);
      if (most > reached[i] + STILL * users[i].weight) continue;
      settled[i] = reached[i];
      stopped = true;
    }
    // Rounding hides who stopped: nobody rises for ever.
    if (!stopped) return reached;
  }
  return settled.map((share) => share ?? 0);
}

type Floor = number | { readonly perLevel: number };

/**
 * One program: every user has its floor, a share or a weight times the level, and the level or the share of one user is
 * raised as far as the agents allow.
 */
function solve(
  highs: Solver,
  { agents, users }: TaskEconomy,
  task: readonly number[],
  floors: readonly Floor[],
  raise: 'level' | number,
): number {
  const shareOf = (i: number): string => agents.map((_, a) => term(task[i], `x${i}_${a}`)).join(' ');
  const rows: string[] = [];
  floors.forEach((floor, i) => {
    const isLevel = typeof floor !== 'number';
    // What was reached is met but for rounding.
    const least = isLevel ? 0 : Math.max(0, floor - STILL / 10);
    rows.push(`u${i}: ${shareOf(i)}${isLevel ? ` ${term(-floor.perLevel, 't')}` : ''} >= ${plain(least)}`);
  });
  agents.forEach((capacity, a) =>
    capacity.forEach((amount, r) => {
      rows.push(
        `c${a}_${r}: ${users.map(({ demand }, i) => term(demand[r], `x${i}_${a}`)).join(' ')} <= ${plain(amount)}`,
      );
    }),
  );
  const goal = raise === 'level' ? '+ 1 t' : shareOf(raise);
  const text = ['Maximize', ` obj: ${goal}`, 'Subject To', ...rows.map((row) => ` ${row}`), 'End'].join('\n');
  const solution = highs.solve(text);
  if (solution.Status !== 'Optimal') throw new Error(`the solver ends with ${solution.Status}`);
  return solution.ObjectiveValue;
}

function term(factor: number, name: string): string {
  return `${factor < 0 ? '-' : '+'} ${plain(Math.abs(factor))} ${name}`;
}

/** Decimal text without an exponent, which the format of the solver takes for a name. */
function plain(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, '') || '0';
}
