import type { User } from '../../allocators/mechanisms/economy.js';
import { userName, type Subject } from '../check.js';
import { RESOURCES } from '../economies/divisible.js';
import { place, type Placement, type TaskEconomy } from '../economies/tasks.js';
import type { Picture } from '../picture.js';
import type { TaskCase } from './tasks.js';

/** Who holds what of each agent at the end. */
export function drawPlacement(economy: TaskCase, subject: Subject): Picture {
  const { users, lie, leaver, grown } = economy;
  const bars = [...placementBars(economy, place(economy, subject), users, '')];
  if (lie !== undefined) {
    const told = users.map((user, i) => (i === lie.user ? { ...user, demand: lie.report } : user));
    const reports = told.map(({ demand }) => demand);
    bars.push(...placementBars(economy, place(economy, subject, reports), told, ', lied'));
  }
  if (leaver !== undefined) {
    const left = users.filter((_, i) => i !== leaver);
    const names = users.map((_, i) => userName(i)).filter((_, i) => i !== leaver);
    const after = { ...economy, users: left };
    bars.push(...placementBars(after, place(after, subject), left, ', after', names));
  }
  if (grown !== undefined) {
    const after = { ...economy, agents: grown };
    bars.push(...placementBars(after, place(after, subject), users, ', after'));
  }
  return { title: '', bars };
}

function placementBars(
  { agents }: TaskEconomy,
  { tasks }: Placement,
  users: readonly User[],
  suffix: string,
  names = users.map((_, i) => userName(i)),
): Picture['bars'] {
  return agents.flatMap((capacity, a) =>
    capacity.map((total, r) => ({
      label: `a${a} ${RESOURCES[r]}${suffix}`,
      total,
      parts: users.map(({ demand }, i) => ({ holder: names[i], amount: demand[r] * tasks[i][a] })),
    })),
  );
}
