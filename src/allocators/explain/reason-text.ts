import type { Micros } from '../../cluster/ids.js';
import type { Reason } from './reasons.js';

/** Most names that are told of one sort. */
export const NAMED = 4;

export type Lost = Extract<Reason, { rule: 'lost' }>;

/** How a time is written. */
export type TimeText = (us: Micros) => string;

/** A reason with its numbers, for a person. */
export function reasonText(reason: Reason, time: TimeText = seconds): string {
  switch (reason.rule) {
    case 'inactive':
      return 'the framework is disconnected';
    case 'suppressed':
      return 'suppressed: no offers are wanted for this role, as when nothing is queued';
    case 'no ask':
      return 'it asks for nothing';
    case 'agent deactivated':
      return 'deactivated';
    case 'agent not whitelisted':
      return 'not on the whitelist';
    case 'nothing free':
      return reason.of === 'usable' ? 'nothing that it may use is free' : 'nothing is free';
    case 'nothing usable':
      return `${reason.free === '' ? 'nothing' : reason.free} is free, none of it for this role and framework`;
    case 'capability':
      return `the ${reason.who} lacks ${reason.lacks}${reason.free === undefined ? '' : ` for ${reason.free}`}`;
    case 'reserved':
      return `${reason.free} is reserved for ${reason.roles.join(', ')}`;
    case 'limit':
      return (
        `quota limit${reason.role === undefined ? '' : ` of ${reason.role}`}: ` +
        `${reason.resource} ${reason.consumed} of ${reason.limit}` +
        (reason.kept === undefined ? '' : `, ${reason.kept} kept for guarantees of other sub-roles`)
      );
    case 'headroom':
      return (
        `headroom: ${reason.free} ${reason.resource} free in the cluster, ` +
        `${reason.required} kept for the guarantee of ${reason.roles.join(', ')}`
      );
    case 'min-allocatable':
      return `${reason.has} is below the least offer, ${reason.least.join(' or ')}`;
    case 'filter':
      return `filtered until ${time(reason.untilUs)}: it refused ${reason.refused}`;
    case 'constraint':
      return `constraint ${reason.constraint} not met`;
    case 'room':
      return `no room: needs ${reason.needs} ${reason.resource}, the most that is free is ${reason.free}`;
    case 'gang':
      return `a gang of ${reason.needs} has room for ${reason.places}`;
    case 'queue':
      return `waits behind ${reason.behind} in the one queue`;
    case 'policy':
      if (reason.why === undefined) return 'the allocator keeps it back by its own rule';
      return `${reason.why}${reason.atUs === undefined ? '' : ` at ${time(reason.atUs)}`}`;
    case 'lost':
      return `lost to ${reason.to} in role ${reason.role}: ${standingText(reason)}${firstText(reason)}`;
    case 'held': {
      if (reason.count === 0) return `held by itself alone (share ${share(reason.ownShare)})`;
      const more = reason.count - reason.by.length;
      const names = reason.by.map((each) => `${each.name} (share ${share(each.share)})`).join(', ');
      return `held by ${names}${more > 0 ? ` and ${more} more` : ''}, against ${share(reason.ownShare)} of its own`;
    }
  }
}

function standingText({ theirShare, ownShare, by, theirAllocations, ownAllocations }: Lost): string {
  const equal = share(ownShare);
  if (by === 'allocations') {
    return `shares equal (${equal}), ${counted(theirAllocations ?? 0, 'allocation')} against ${ownAllocations ?? 'more'}`;
  }
  if (by !== undefined)
    return `shares (${equal}) and allocations (${ownAllocations}) equal, its ${by} comes first`;
  if (theirShare === ownShare) return `shares equal (${equal})`;
  // Two that differ must not look alike.
  const write = share(theirShare) === equal ? (value: number) => value.toPrecision(4) : share;
  return `share ${write(theirShare)} against ${write(ownShare)}`;
}

export function firstText({ first, after }: Lost): string {
  if (first === undefined) return '';
  if (first === 'turn') return ` before the cycle, which served role ${after} first`;
  return first === 'guarantee' ? ', whose guarantee goes first' : `, by the rules of ${first}`;
}

export function share(value: number): string {
  return value.toFixed(4);
}

export function seconds(us: number): string {
  return `${us / 1e6} s`;
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
