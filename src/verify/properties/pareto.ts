/** Pareto efficiency with whole tasks on several agents (E2), by an integer program. */
import type { Check, Finding, Subject } from '../check.js';
import { tasksText, userName } from '../check.js';
import { place, taskEconomies, totals, type TaskEconomy } from '../economies/tasks.js';
import { loadSolver, type Solver } from '../ideal.js';
import { drawPlacement } from './task-pictures.js';
import { gainOf, guarded } from './tasks.js';

let solver: Solver | undefined;

/** Tasks placed anew, so that nobody has fewer and as many run as can: more than run means that somebody could have more. */
const couldHaveMore = (economy: TaskEconomy, subject: Subject): Finding | undefined => {
  const own = totals(place(economy, subject));
  const best = mostTasksAbove(economy, own, solver!);
  const user = best.findIndex((count, i) => count > own[i]);
  if (user < 0) return undefined;
  const has = `${userName(user)} could have ${tasksText(best[user])} in place of ${own[user]}`;
  return {
    gain: gainOf(best[user], own[user]),
    sentence: `${has}, and nobody fewer, were tasks on other agents`,
  };
};

/** Tasks of each user when the most run and user i has `own[i]` at least. */
function mostTasksAbove({ agents, users }: TaskEconomy, own: readonly number[], highs: Solver): number[] {
  const name = (i: number, a: number): string => `x${i}_${a}`;
  const all = users.flatMap((_, i) => agents.map((_, a) => name(i, a)));
  const atLeast = users.map((_, i) => `${agents.map((_, a) => name(i, a)).join(' + ')} >= ${own[i]}`);
  const room = agents.flatMap((capacity, a) =>
    capacity.map((amount, r) => {
      const used = users.map(({ demand }, i) => `${demand[r]} ${name(i, a)}`).join(' + ');
      return `${used} <= ${amount}`;
    }),
  );
  const rows = [...atLeast, ...room].map((row, k) => ` r${k}: ${row}`);
  const kinds = ['General', ` ${all.join(' ')}`];
  const text = ['Maximize', ` obj: ${all.join(' + ')}`, 'Subject To', ...rows, ...kinds, 'End'].join('\n');
  const { Status, Columns } = highs.solve(text);
  if (Status !== 'Optimal') throw new Error(`the solver ends with ${Status}`);
  const counts = Columns as Readonly<Record<string, { readonly Primal: number }>>;
  return users.map((_, i) => agents.reduce((sum, _, a) => sum + Math.round(counts[name(i, a)].Primal), 0));
}

export function paretoCheck(): Check<TaskEconomy> {
  return {
    property: 'pareto-efficiency',
    economy: 'E2',
    about: 'tasks that could run as well, nobody having fewer',
    manner: 'measure',
    effort: 10,
    cases: taskEconomies({ agents: 'several' }),
    judge: guarded(couldHaveMore),
    picture: drawPlacement,
    prepare: async () => {
      solver = await loadSolver();
    },
  };
}
