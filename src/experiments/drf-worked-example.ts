import { mechanismOf } from '../allocators/mechanisms/mechanisms.js';
import { simulateTasks } from '../sim/simulate-tasks.js';
import type { Experiment } from './experiment.js';
import { resultMarkdown } from './result-text.js';

/** CPUs and GB. */
const capacity = [9, 18];
const users = [
  { name: 'A', demand: [1, 4] },
  { name: 'B', demand: [3, 1] },
] as const;

/** Tasks of A and of B in sections 4.1 and 4.3 of the paper; those of divisible tasks to the decimals it has. */
const published = {
  drf: [3, 2],
  asset: [2.52, 2.16],
  ceei: [45 / 11, 18 / 11],
} as const;

const dominantShare = (user: number, tasks: number): number =>
  Math.max(...capacity.map((total, r) => (users[user].demand[r] * tasks) / total));

/** `experiments/drf-worked-example`: the two users of the DRF paper, through a simulated master and by the rules alone. */
export const drfWorkedExample: Experiment = {
  name: 'drf-worked-example',
  about: 'the example of the DRF paper: 9 CPUs, 18 GB, two users',
  takes: '1 s',
  run: async ({ seed, onProgress }) => {
    const outcomes = await simulateTasks({
      allocator: 'drf',
      agents: [`cpus:${capacity[0]};mem:${capacity[1] * 1024}`],
      tasks: users.map(({ name, demand: [cpus, gigabytes] }) => ({
        cpus,
        mem: gigabytes * 1024,
        tasks: 100,
        duration: 1000,
        framework: name,
        role: name,
      })),
      seed,
      until: 1,
    });
    const placed = users.map(
      ({ name }) => outcomes.filter(({ role, start }) => role === name && start !== undefined).length,
    );
    const divided = (rule: string): readonly number[] =>
      mechanismOf(rule, ['cpus', 'mem'])!({
        capacity,
        users: users.map(({ demand }) => ({ demand, weight: 1 })),
      }).tasks;
    const lines = [
      { what: 'DRF, whole tasks, simulated cluster', paper: published.drf, ours: placed },
      { what: 'DRF, divisible', paper: published.drf, ours: divided('drf') },
      { what: 'Asset fairness, divisible', paper: published.asset, ours: divided('asset') },
      { what: 'CEEI, divisible', paper: published.ceei, ours: divided('ceei') },
    ];
    onProgress(1, 1);
    const isSame = ({ paper, ours }: (typeof lines)[number]): boolean =>
      paper.every((tasks, user) => Math.abs(tasks - ours[user]) < 1e-6);
    const differences = lines
      .filter((line) => !isSame(line))
      .map(({ what, paper, ours }) => `${what}: ${pair(ours)} tasks, in the paper ${pair(paper)}`);
    const markdown = resultMarkdown(
      [
        {
          title: 'Tasks of user A (1 CPU, 4 GB each) and user B (3 CPUs, 1 GB each)',
          columns: ['rule', 'paper A, B', 'ours A, B', 'dominant shares, ours'],
          rows: lines.map(({ what, paper, ours }) => [
            what,
            pair(paper),
            pair(ours),
            pair(ours.map((tasks, user) => dominantShare(user, tasks))),
          ]),
        },
      ],
      differences.length === 0 ? 'as published' : 'not consistent',
      'DRF gives both users two thirds of what they need most of; the other rules do not.',
    );
    return {
      markdown,
      json: { experiment: 'drf-worked-example', seed, capacity, users, lines },
      differences,
    };
  },
};

function pair(values: readonly number[]): string {
  return values.map((value) => String(Math.round(value * 1000) / 1000)).join(', ');
}
