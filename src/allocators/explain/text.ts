/** Explanations in words. */
import type { AgentId, Micros } from '../../cluster/ids.js';
import { sortersText } from '../../cluster/sorters.js';
import type { CandidateReason, CycleExplanation, Reason, Unserved } from './reasons.js';

/** Most agents that are named for one reason, and most reasons of one kind that are told. */
const NAMED = 4;
const TOLD = 6;

type Lost = Extract<Reason, { rule: 'lost' }>;

/** How the numbers of agents are written, in cluster order. */
export type AgentName = (agent: AgentId) => string;

/** How a time is written. */
export type TimeText = (us: Micros) => string;

/** Most groups of candidates for whom the same holds that are told. */
const MOST = 20;

/** A cycle in lines of words. */
export function explanationText(
  explanation: CycleExplanation,
  agentName: AgentName,
  time: TimeText = seconds,
): string {
  const { unserved, offers, atUs, sorters } = explanation;
  const how = sorters === undefined ? '' : `, ${sortersText(sorters)}`;
  const lines = [`a cycle at ${time(atUs)}${how}: ${counted(offers.length, 'offer')}`];
  for (const { name, rolePath, agent, resources } of offers.slice(0, NAMED)) {
    lines.push(`  ${name} in role ${rolePath} gets ${resources} on ${agentName(agent)}`);
  }
  if (offers.length > NAMED) lines.push(`  and ${offers.length - NAMED} more`);
  if (unserved.length === 0) lines.push('everybody who may be offered something gets something');
  const alike = new Map<string, Unserved[]>();
  for (const each of unserved) {
    const key = [each.rolePath, wantsText(each), ...reasonLines(ofAny(each), agentName, time)].join('\n');
    const others = alike.get(key);
    if (others === undefined) alike.set(key, [each]);
    else others.push(each);
  }
  // Who asked for something first: an idle framework is seldom the question.
  const told = [...alike.values()].sort(
    (a, b) => Number(b[0].ask !== undefined) - Number(a[0].ask !== undefined),
  );
  for (const each of told.slice(0, MOST))
    lines.push(titleText(each), ...reasonLines(ofAll(each), agentName, time));
  const rest = told.slice(MOST).reduce((sum, each) => sum + each.length, 0);
  if (rest > 0) lines.push(`and ${rest} more who get nothing`);
  return `${lines.join('\n')}\n`;
}

/** Without the number of its allocations, in which frameworks of a role seldom are alike. */
function ofAny(each: Unserved): Unserved {
  return { ...each, reasons: each.reasons.map(forAny) };
}

function forAny({ reason, agents }: CandidateReason): CandidateReason {
  const isCounted = reason.rule === 'lost' && reason.by === 'allocations';
  return { agents, reason: isCounted ? { ...reason, ownAllocations: undefined } : reason };
}

/** What holds for all that are alike. */
function ofAll(alike: readonly Unserved[]): Unserved {
  const [first] = alike;
  const textAt = ({ reasons }: Unserved, at: number): string => reasonText(reasons[at].reason);
  const reasons = first.reasons.map((each, i) =>
    each.reason.rule !== 'lost' || alike.every((other) => textAt(other, i) === textAt(first, i))
      ? each
      : forAny(each),
  );
  return { ...first, reasons };
}

function titleText(alike: readonly Unserved[]): string {
  const named = alike
    .slice(0, NAMED)
    .map(({ name }) => name)
    .join(', ');
  const more = alike.length > NAMED ? ` and ${alike.length - NAMED} more` : '';
  const verb = alike.length === 1 ? 'gets' : 'get';
  return `${named}${more} in role ${alike[0].rolePath} ${verb} nothing${wantsText(alike[0])}:`;
}

function wantsText({ ask }: Unserved): string {
  return ask === undefined ? '' : `, ${counted(ask.waiting, 'task')} asked for, the next ${ask.resources}`;
}

function reasonLines({ reasons }: Unserved, agentName: AgentName, time: TimeText): string[] {
  const lines = groups(reasons).map(
    ({ reason, agents }) => `  ${where(agents, agentName)}${reasonText(reason, time)}`,
  );
  return [
    ...lines.slice(0, TOLD),
    ...(lines.length > TOLD ? [`  and ${lines.length - TOLD} more reasons`] : []),
  ];
}

/** Agents too small for an ask in one line: what matters is the one that has the most. */
function groups(reasons: readonly CandidateReason[]): CandidateReason[] {
  const kept: CandidateReason[] = [];
  const rooms = new Map<string, { reason: Extract<Reason, { rule: 'room' }>; agents: AgentId[] }>();
  for (const { reason, agents } of reasons) {
    if (reason.rule !== 'room') {
      kept.push({ reason, agents });
      continue;
    }
    const known = rooms.get(reason.resource);
    const most =
      known !== undefined && Number(known.reason.free) > Number(reason.free) ? known.reason : reason;
    rooms.set(reason.resource, { reason: most, agents: [...(known?.agents ?? []), ...agents] });
  }
  return [...kept, ...rooms.values()].sort((a, b) => b.agents.length - a.agents.length);
}

function where(agents: readonly AgentId[], agentName: AgentName): string {
  if (agents.length === 0) return '';
  if (agents.length <= NAMED) return `${agents.map(agentName).join(', ')}: `;
  return `${counted(agents.length, 'agent')}: `;
}

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

function firstText({ first, after }: Lost): string {
  if (first === undefined) return '';
  if (first === 'turn') return ` before the cycle, which served role ${after} first`;
  return first === 'guarantee' ? ', whose guarantee goes first' : `, by the rules of ${first}`;
}

function share(value: number): string {
  return value.toFixed(4);
}

function seconds(us: number): string {
  return `${us / 1e6} s`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** The same as plain data: times in seconds, agents by name, each reason in words beside its numbers. */
export function explanationJson(
  { atUs, sorters, offers, unserved }: CycleExplanation,
  agentName: AgentName,
): unknown {
  return {
    at: atUs / 1e6,
    ...(sorters && { sorters }),
    offers: offers.map((offer) => offerJson(offer, agentName)),
    unserved: unserved.map((each) => unservedJson(each, agentName)),
  };
}

export function offerJson(
  { name, rolePath, agent, resources }: CycleExplanation['offers'][number],
  agentName: AgentName,
): Readonly<Record<string, unknown>> {
  return { framework: name, role: rolePath, agent: agentName(agent), resources };
}

export function unservedJson(
  { name, rolePath, share: own, ask, reasons }: Unserved,
  agentName: AgentName,
  time: TimeText = seconds,
): Readonly<Record<string, unknown>> {
  return {
    framework: name,
    role: rolePath,
    share: own,
    ...(ask && { ask }),
    reasons: reasons.map(({ reason, agents }) => ({
      text: reasonText(reason, time),
      ...plainReason(reason),
      ...(agents.length > 0 && { agents: agents.map(agentName) }),
    })),
  };
}

function plainReason(reason: Reason): object {
  if (reason.rule === 'filter') {
    return { rule: reason.rule, refused: reason.refused, until: reason.untilUs / 1e6 };
  }
  if (reason.rule !== 'policy') return reason;
  const { rule, why, atUs } = reason;
  return { rule, ...(why !== undefined && { why }), ...(atUs !== undefined && { at: atUs / 1e6 }) };
}
