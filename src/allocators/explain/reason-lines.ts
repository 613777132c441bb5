import type { AgentId } from '../../cluster/ids.js';
import { counted, firstText, NAMED, reasonText, share, type Lost, type TimeText } from './reason-text.js';
import type { CandidateReason, Reason } from './reasons.js';

/** Most lines that are told for one candidate. */
const TOLD = 6;

/** How the numbers of agents are written, in cluster order. */
export type AgentName = (agent: AgentId) => string;

type Of<Rule extends Reason['rule']> = CandidateReason & { readonly reason: Extract<Reason, { rule: Rule }> };

/** What is told in one line. */
interface Line {
  readonly agents: readonly AgentId[];
  readonly text: string;
}

/** The reasons of a candidate in lines: each, or where there are many of a sort what they have in common. */
export function reasonLines(
  reasons: readonly CandidateReason[],
  agentName: AgentName,
  time: TimeText,
): string[] {
  const sorted = [...byRule(reasons).values()]
    .flatMap((alike) => linesOf(alike, time))
    .sort((a, b) => b.agents.length - a.agents.length);
  const lines = sorted.map(({ agents, text }) => `  ${where(agents, agentName)}${text}`);
  return [
    ...lines.slice(0, TOLD),
    ...(lines.length > TOLD ? [`  and ${lines.length - TOLD} more reasons`] : []),
  ];
}

/** Agents too small for an ask belong together by what they lack. */
function byRule(reasons: readonly CandidateReason[]): Map<string, CandidateReason[]> {
  const found = new Map<string, CandidateReason[]>();
  for (const each of reasons) {
    const { reason } = each;
    const key = reason.rule === 'room' ? `room ${reason.resource}` : reason.rule;
    const alike = found.get(key);
    if (alike === undefined) found.set(key, [each]);
    else alike.push(each);
  }
  return found;
}

function linesOf(alike: readonly CandidateReason[], time: TimeText): Line[] {
  if (isOf(alike, 'room')) return [roomLine(alike)];
  if (alike.length <= NAMED) return alike.map((each) => lineOf(each, time));
  if (isOf(alike, 'lost')) return lostLines(alike, time);
  if (isOf(alike, 'filter')) return [filterLine(alike, time)];
  const [most, ...others] = [...alike].sort((a, b) => b.agents.length - a.agents.length);
  const count = agentsOf(others).length;
  const text = reasonText(most.reason, time);
  return [{ agents: agentsOf(alike), text: count === 0 ? text : `${text}; the like on ${count} of them` }];
}

function lineOf({ reason, agents }: CandidateReason, time: TimeText): Line {
  return { agents, text: reasonText(reason, time) };
}

/** What matters is the agent that has the most. */
function roomLine(alike: readonly Of<'room'>[]): Line {
  const most = alike.reduce((best, each) =>
    Number(each.reason.free) > Number(best.reason.free) ? each : best,
  );
  return { agents: agentsOf(alike), text: reasonText(most.reason) };
}

function filterLine(alike: readonly Of<'filter'>[], time: TimeText): Line {
  const untils = [...alike].sort((a, b) => a.reason.untilUs - b.reason.untilUs);
  const [first, last] = [untils[0], untils[untils.length - 1]].map(({ reason }) => time(reason.untilUs));
  const until = first === last ? ` until ${first}` : `, the first until ${first}, the last until ${last}`;
  const refused = new Set(alike.map(({ reason }) => reason.refused));
  const others = refused.size === 1 ? '' : ` and ${counted(refused.size - 1, 'other amount')}`;
  return {
    agents: agentsOf(alike),
    text: `filtered${until}: it refused ${alike[0].reason.refused}${others}`,
  };
}

/** One line for each way to lose, and for each level of the role tree: its shares are others. */
function lostLines(alike: readonly Of<'lost'>[], time: TimeText): Line[] {
  const ways = new Map<string, Of<'lost'>[]>();
  for (const each of alike) {
    const key = `${share(each.reason.ownShare)} ${wayText(each.reason)}`;
    const known = ways.get(key);
    if (known === undefined) ways.set(key, [each]);
    else known.push(each);
  }
  return [...ways.values()].map((losses) => {
    if (losses.length === 1) return lineOf(losses[0], time);
    const roles = [...new Set(losses.map(({ reason }) => reason.role))];
    const to = few([...new Set(losses.map(({ reason }) => reason.to))]);
    const inRoles = `${roles.length === 1 ? 'role' : 'roles'} ${few(roles)}`;
    const why = `${sharesText(losses)}${wayText(losses[0].reason)}`;
    return { agents: agentsOf(losses), text: `lost to ${to} in ${inRoles}: ${why}` };
  });
}

/** What decided, beside shares that differ. */
function wayText(reason: Lost): string {
  const { by } = reason;
  if (by === 'allocations') return `, fewer allocations${firstText(reason)}`;
  if (by !== undefined) return `, as are allocations; the ${by} comes first${firstText(reason)}`;
  return firstText(reason);
}

function sharesText(losses: readonly Of<'lost'>[]): string {
  const own = share(losses[0].reason.ownShare);
  const theirs = losses.map(({ reason }) => reason.theirShare);
  const [least, most] = [Math.min(...theirs), Math.max(...theirs)].map(share);
  if (least === most) return least === own ? `shares equal (${own})` : `shares ${least} against ${own}`;
  return `shares ${least} to ${most} against ${own}`;
}

function few(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function agentsOf(alike: readonly CandidateReason[]): AgentId[] {
  return [...new Set(alike.flatMap(({ agents }) => agents))];
}

function isOf<Rule extends Reason['rule']>(
  alike: readonly CandidateReason[],
  rule: Rule,
): alike is readonly Of<Rule>[] {
  return alike[0].reason.rule === rule;
}

function where(agents: readonly AgentId[], agentName: AgentName): string {
  if (agents.length === 0) return '';
  if (agents.length <= NAMED) return `${agents.map(agentName).join(', ')}: `;
  return `${counted(agents.length, 'agent')}: `;
}
