import { dominantShare, shares, type Division, type Economy, type Mechanism, type User } from './economy.js';

/** How far one task raises its user: the level that all are kept equal in, per weight. */
type Level = (user: User, capacity: readonly number[]) => number;

/** Dominant resource fairness: all dominant shares rise together (Ghodsi et al., NSDI 2011, section 4). */
export const drf: Mechanism = (economy) => fill(economy, dominantShare);

/** Asset fairness: the sum of a user's shares of all resources rises (Ghodsi et al., NSDI 2011, section 4.3.1). */
export const asset: Mechanism = (economy) =>
  fill(economy, (user, capacity) => shares(user, capacity).reduce((sum, share) => sum + share, 0));

/** Max-min fairness of one resource; who does not use it is held to its dominant share. */
export function maxMin(resource: number): Mechanism {
  return (economy) =>
    fill(economy, (user, capacity) => shares(user, capacity)[resource] || dominantShare(user, capacity));
}

/** Everybody gets the weighted slice of every resource, used or not. */
export const equalSplit: Mechanism = ({ capacity, users }) => {
  const weights = users.reduce((sum, { weight }) => sum + weight, 0);
  const tasks = users.map((user) => user.weight / weights / dominantShare(user, capacity));
  return { tasks, error: 0 };
};

/** Raises the levels of all together; a user stops when a resource that it demands is full. */
function fill({ capacity, users }: Economy, level: Level): Division {
  const rate = users.map((user) => user.weight / level(user, capacity));
  const tasks = users.map(() => 0);
  const free = [...capacity];
  const full = capacity.map(() => false);
  let rising = users.map((_, i) => i);
  while (rising.length > 0) {
    const use = capacity.map((_, r) => rising.reduce((sum, i) => sum + rate[i] * users[i].demand[r], 0));
    const reach = capacity.map((_, r) => (full[r] || use[r] === 0 ? Infinity : free[r] / use[r]));
    const step = Math.min(...reach);
    if (step === Infinity) break;
    for (const i of rising) tasks[i] += rate[i] * step;
    capacity.forEach((_, r) => {
      free[r] -= use[r] * step;
      // Two that are full at once differ by rounding alone.
      full[r] ||= reach[r] <= step * (1 + 1e-12);
    });
    rising = rising.filter((i) => users[i].demand.every((amount, r) => amount === 0 || !full[r]));
  }
  return { tasks, error: 0 };
}
