/** Frameworks that come, change and go (mesos-allocation.md section 10). */
import type { Refusal } from '../../cluster/allocator.js';
import type { FrameworkId, RoleId } from '../../cluster/ids.js';
import { compileOfferConstraints, offerConstraintsProblem } from '../../cluster/offer-constraints.js';
import type { FrameworkInfo } from '../../cluster/protocol.js';
import type { Books, Client, FrameworkEntry } from '../bookkeeping/books.js';

export function enterFramework(
  books: Books,
  id: FrameworkId,
  info: FrameworkInfo,
  suppressedRoles: readonly RoleId[],
  active: boolean,
): Refusal {
  if (books.frameworks[id] !== undefined) return `framework ${id} is known already (R-5.8)`;
  const problem = rolesProblem(books, info, suppressedRoles);
  if (problem !== undefined) return problem;
  const entry: FrameworkEntry = {
    id,
    active,
    hasAsked: false,
    suppressed: new Set(suppressedRoles),
    clients: new Map(),
    lastClient: undefined,
    ...described(info),
  };
  books.frameworks[id] = entry;
  for (const role of info.roles) books.clientFor(entry, role).subscribed = true;
  books.claimUsage(entry);
  for (const client of books.clientsOf(entry)) books.relist(client);
  if (active) books.work.triggerAll();
  return undefined;
}

/** The framework wants no offers for these roles (none named: for all), and takes its asks back. */
export function suppressRoles(
  books: Books,
  framework: FrameworkId,
  roles: readonly RoleId[],
  clear: (client: Client) => void,
): Refusal {
  const clients = books.subscribed(framework, roles);
  if (typeof clients === 'string') return clients;
  for (const client of clients) {
    client.framework.suppressed.add(client.role);
    clear(client);
    books.relist(client);
  }
  return undefined;
}

/** New roles, capabilities and suppressed roles; allocates nothing by itself. */
export function setRoles(
  books: Books,
  entry: FrameworkEntry,
  info: FrameworkInfo,
  suppressedRoles: readonly RoleId[],
  unblock: (client: Client) => void,
): Refusal {
  const problem = rolesProblem(books, info, suppressedRoles);
  if (problem !== undefined) return problem;
  const before = new Set(entry.suppressed);
  Object.assign(entry, described(info));
  entry.suppressed.clear();
  for (const role of suppressedRoles) entry.suppressed.add(role);
  for (const client of books.clientsOf(entry)) {
    if (client.subscribed && !info.roles.includes(client.role)) {
      client.subscribed = false;
      client.asks.clear(books.nextAsk);
      books.dropFilters(client);
    } else if (before.has(client.role) && !entry.suppressed.has(client.role)) {
      books.dropFilters(client);
    }
  }
  for (const role of info.roles) books.clientFor(entry, role).subscribed = true;
  for (const client of books.clientsOf(entry)) {
    if (entry.suppressed.has(client.role) && !before.has(client.role)) client.asks.clear(books.nextAsk);
    books.misses.forgetClient(client.id);
    unblock(client);
    books.relist(client);
    books.dropClientIfIdle(client);
  }
  books.work.markAll();
  return undefined;
}

/** Releases all the framework held, everywhere at once. */
export function leaveFramework(books: Books, entry: FrameworkEntry): void {
  entry.active = false;
  for (const client of books.clientsOf(entry)) {
    for (const { agent, resources } of books.holdings.rows(undefined, client.id)) {
      books.credit(client, agent, resources);
    }
    client.subscribed = false;
    books.relist(client);
    books.dropClientIfIdle(client);
  }
  books.frameworks[entry.id] = undefined;
}

function rolesProblem(books: Books, info: FrameworkInfo, suppressed: readonly RoleId[]): Refusal {
  if (new Set(info.roles).size !== info.roles.length) return 'a role is named twice (R-2.4)';
  const stranger = suppressed.find((role) => !info.roles.includes(role));
  if (stranger !== undefined) {
    return `the suppressed role ${books.options.roles.path(stranger)} is none of the framework's roles (R-6.8)`;
  }
  if (!info.capabilities.includes('MULTI_ROLE') && info.roles.length !== 1) {
    return 'a framework without MULTI_ROLE has exactly one role (R-2.4)';
  }
  return offerConstraintsProblem(info.constraints, info.roles, books.options.roles);
}

/** What the books read off a framework's description. */
export function described(info: FrameworkInfo): Described {
  const has = (name: FrameworkInfo['capabilities'][number]): boolean => info.capabilities.includes(name);
  return {
    info,
    shared: has('SHARED_RESOURCES'),
    revocable: has('REVOCABLE_RESOURCES'),
    refinement: has('RESERVATION_REFINEMENT'),
    gpus: has('GPU_RESOURCES'),
    multiRole: has('MULTI_ROLE'),
    regionAware: has('REGION_AWARE'),
    minAllocatable: info.minAllocatable,
    wants: info.constraints && compileOfferConstraints(info.constraints),
  };
}

type Described = Pick<
  FrameworkEntry,
  | 'info'
  | 'shared'
  | 'revocable'
  | 'refinement'
  | 'gpus'
  | 'multiRole'
  | 'regionAware'
  | 'minAllocatable'
  | 'wants'
>;
