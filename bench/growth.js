import { agentSize, limitTrace, median, numberOption, simRun } from './processes.js';

/** Sizes that differ in one number, and how much dearer a task may become. */
const series = [
  { what: 'tasks', from: 100_000, to: 1_000_000, most: 1.5 },
  { what: 'agents', from: 100, to: 10_000, most: 2.5 },
  { what: 'frameworks', from: 10, to: 1000, most: 2.5 },
];

/**
 * How the cost of a task grows with the number of tasks, agents and frameworks. The engine's CPU time counts: what it
 * takes to start the program would hide the growth.
 *
 * @param {readonly string[]} args --pairs N, --tasks N (of the series over agents and frameworks)
 */
export function growth(args) {
  const pairs = numberOption(args, 'pairs', 3);
  const tasks = numberOption(args, 'tasks', 300_000);
  for (const { what, from, to, most } of series) {
    const usual = { tasks, frameworks: 1000, agents: 10_000 };
    const ratios = [];
    const costs = [[], []];
    for (let pair = 0; pair < pairs; pair++) {
      const [small, large] = [from, to].map((value, i) => {
        const cost = costPerTask({ ...usual, [what]: value });
        costs[i].push(cost);
        return cost;
      });
      ratios.push(large / small);
    }
    const [small, large] = costs.map((list) => median(list).toFixed(2));
    console.log(
      `${what} ${from} -> ${to}: ${small} -> ${large} us per task, ` +
        `${median(ratios).toFixed(2)} times (median of ${pairs}; at most ${most})`,
    );
  }
}

/** Microseconds of CPU time. @param {{ tasks: number, frameworks: number, agents: number }} size @returns {number} */
function costPerTask(size) {
  const mode = ['--offers', 'demand', '--instant', '--agent-order', 'first-fit'];
  const cluster = ['--agents', `${size.agents}*${agentSize}`];
  const { summary } = simRun(['--trace', limitTrace(size), ...cluster, ...mode]);
  return (summary.timing.engineCpuSeconds * 1e6) / size.tasks;
}
