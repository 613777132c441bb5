/** Explanations in words. */
import { reasonLines, type AgentName } from './reason-lines.js';
import { counted, NAMED, reasonText, seconds, type TimeText } from './reason-text.js';
import type { CandidateReason, CycleExplanation, Reason, Unserved } from './reasons.js';

/** Most groups of candidates for whom the same holds that are told. */
const MOST = 20;

/** A cycle in lines of words. */
export function explanationText(
  explanation: CycleExplanation,
  agentName: AgentName,
  time: TimeText = seconds,
): string {
  const { unserved, offers, atUs } = explanation;
  const lines = [`a cycle at ${time(atUs)}: ${counted(offers.length, 'offer')}`];
  for (const { name, agent, resources } of offers.slice(0, NAMED)) {
    lines.push(`  ${name} gets ${resources} on ${agentName(agent)}`);
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
  for (const each of told.slice(0, MOST)) lines.push(titleText(each), ...linesOfAll(each, agentName, time));
  const rest = told.slice(MOST).reduce((sum, each) => sum + each.length, 0);
  if (rest > 0) lines.push(`and ${rest} more who get nothing`);
  return `${lines.join('\n')}\n`;
}

/** Without the number of its allocations, in which frameworks of a role seldom are alike. */
function ofAny({ reasons }: Unserved): CandidateReason[] {
  return reasons.map(forAny);
}

function forAny({ reason, agents }: CandidateReason): CandidateReason {
  const isCounted = reason.rule === 'lost' && reason.by === 'allocations';
  return { agents, reason: isCounted ? { ...reason, ownAllocations: undefined } : reason };
}

/** What holds for all that are alike, line by line. */
function linesOfAll(alike: readonly Unserved[], agentName: AgentName, time: TimeText): string[] {
  const lines = alike.map(({ reasons }) => reasonLines(reasons, agentName, time));
  const ofEach = reasonLines(ofAny(alike[0]), agentName, time);
  return ofEach.map((line, at) => (lines.every((other) => other[at] === lines[0][at]) ? lines[0][at] : line));
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

/** The same as plain data: times in seconds, agents by name, each reason in words beside its numbers. */
export function explanationJson({ atUs, offers, unserved }: CycleExplanation, agentName: AgentName): unknown {
  return {
    at: atUs / 1e6,
    offers: offers.map((offer) => offerJson(offer, agentName)),
    unserved: unserved.map((each) => unservedJson(each, agentName)),
  };
}

export function offerJson(
  { name, agent, resources }: CycleExplanation['offers'][number],
  agentName: AgentName,
): Readonly<Record<string, unknown>> {
  return { framework: name, agent: agentName(agent), resources };
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
