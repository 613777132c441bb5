import { SECOND } from '../../cluster/ids.js';
import { Resources } from '../../cluster/resources/resources.js';
import { userName, type Subject } from '../check.js';
import { RESOURCES } from './divisible.js';
import { AllocatorFault, amountsText, populate, resourcesOf, type TaskEconomy } from './tasks.js';

/** What each user is offered: whole units of each resource, by agent. */
export type Handout = readonly (readonly { readonly agent: number; readonly amounts: readonly number[] }[])[];

/**
 * The first batch run over empty agents, under coarse offers: all users take whatever comes.
 *
 * @throws AllocatorFault
 */
export function handOut(economy: TaskEconomy, subject: Subject): Handout {
  const { allocator } = populate(economy, subject, undefined, 'coarse');
  const free: Resources[] = economy.agents.map((amounts) => resourcesOf(amounts));
  const offered = economy.users.map(() => new Map<number, Resources>());
  allocator.allocate(SECOND, 'all', (user, offers) => {
    const own = offered[user];
    if (own === undefined) throw new AllocatorFault(`it offers to framework ${user}, which is not there`);
    for (const { agent, resources } of offers) {
      const room = agent in free ? free[agent] : Resources.EMPTY;
      if (!room.contains(resources)) {
        const what = `it offers ${userName(user)} ${amountsText(resources)} on agent a${agent}`;
        throw new AllocatorFault(`${what}, which has ${amountsText(room)}`);
      }
      free[agent] = free[agent].minus(resources);
      own.set(agent, own.get(agent)?.plus(resources) ?? resources);
    }
  });
  const size = economy.agents[0].length;
  return offered.map((own) =>
    [...own].map(([agent, resources]) => ({ agent, amounts: amountsOf(resources).slice(0, size) })),
  );
}

function amountsOf(resources: Resources): number[] {
  const amounts = RESOURCES.map(() => 0);
  resources.forEachScalar((_name, milli, kind) => {
    const r = RESOURCES.indexOf(kind.name);
    if (r >= 0) amounts[r] += milli / 1000;
  });
  return amounts;
}
