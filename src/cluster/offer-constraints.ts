/**
 * Offer constraints of a framework (R-9.14, R-9.15): per role, of which agents it wants offers. A role lists groups, of which
 * one must hold; a group holds when all its constraints do.
 *
 * Regular expressions are RE2's, matched in time linear in the text whatever the pattern is, and bounded as in Mesos.
 */
import { RE2JS, RE2JSException } from 're2js';
import type { RoleId } from './ids.js';
import type { AgentInfo, Attribute } from './protocol.js';
import type { Roles } from './roles.js';

/** An attribute by its name, or one of three facts about the agent that are treated like attributes. */
export type ConstraintSelector =
  { readonly attribute: string } | { readonly pseudo: 'HOSTNAME' | 'REGION' | 'ZONE' };

export type ConstraintPredicate =
  | { readonly type: 'exists' | 'not_exists' }
  | {
      readonly type: 'text_equals' | 'text_not_equals' | 'text_matches' | 'text_not_matches';
      /** The text, or the regular expression that has to match all of it. */
      readonly value: string;
    };

export interface AttributeConstraint {
  readonly selector: ConstraintSelector;
  readonly predicate: ConstraintPredicate;
}

export type ConstraintGroup = readonly AttributeConstraint[];
/** Roles that are not named are not constrained. */
export type OfferConstraints = ReadonlyMap<RoleId, readonly ConstraintGroup[]>;

/** What a constraint can look at. */
export type ConstrainedAgent = Pick<AgentInfo, 'hostname' | 'attributes' | 'domain'>;
export type AgentTest = (agent: ConstrainedAgent) => boolean;

/** Mesos's `--offer_constraints_re2_max_mem` and `…_max_program_size`: bytes of the pattern, instructions. */
const LONGEST_PATTERN = 4096;
const LARGEST_PROGRAM = 100;

/** Why a framework with these roles cannot have these constraints, in one line; undefined: it can. */
export function offerConstraintsProblem(
  constraints: OfferConstraints | undefined,
  frameworkRoles: readonly RoleId[],
  roles: Roles,
): string | undefined {
  for (const [role, groups] of constraints ?? []) {
    const of = `the offer constraints of role "${roles.has(role) ? roles.path(role) : role}"`;
    if (!frameworkRoles.includes(role))
      return `${of} are for a role that the framework does not have (R-9.15)`;
    if (groups.length === 0)
      return `${of} are an empty list of groups; leave the role out to have none (R-9.14)`;
    for (const group of groups) {
      if (group.length === 0) return `${of} have an empty group, which says nothing (R-9.14)`;
      for (const { predicate } of group) {
        const problem = patternProblem(predicate);
        if (problem !== undefined) return `${of}: ${problem} (R-9.14)`;
      }
    }
  }
  return undefined;
}

function patternProblem(predicate: ConstraintPredicate): string | undefined {
  if (predicate.type !== 'text_matches' && predicate.type !== 'text_not_matches') return undefined;
  const { value } = predicate;
  const shown = `regular expression ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`;
  if (value.length > LONGEST_PATTERN) return `${shown} has more than ${LONGEST_PATTERN} bytes`;
  try {
    const size = RE2JS.compile(value).programSize();
    if (size <= LARGEST_PROGRAM) return undefined;
    return `${shown} is too complex: its program has ${size} steps, and ${LARGEST_PROGRAM} are allowed`;
  } catch (error) {
    if (error instanceof RE2JSException) return `${shown}: ${error.message}`;
    throw error;
  }
}

/** One test per constrained role. An agent's description is tested once as long as it stays the same object. */
export function compileOfferConstraints(constraints: OfferConstraints): ReadonlyMap<RoleId, AgentTest> {
  return new Map([...constraints].map(([role, groups]) => [role, remembered(anyGroup(groups))]));
}

function anyGroup(groups: readonly ConstraintGroup[]): AgentTest {
  const tests = groups.map((group) => group.map(compileConstraint));
  return (agent) => tests.some((group) => group.every((test) => test(agent)));
}

function remembered(test: AgentTest): AgentTest {
  const known = new WeakMap<ConstrainedAgent, boolean>();
  return (agent) => {
    let answer = known.get(agent);
    if (answer === undefined) known.set(agent, (answer = test(agent)));
    return answer;
  };
}

/** Not there: positive forms are false, negative ones true. There but no text: every test of a text is true (R-9.14). */
function compileConstraint({ selector, predicate }: AttributeConstraint): AgentTest {
  const negative = predicate.type.includes('not_');
  if (!('value' in predicate)) {
    return (agent) => (valueOf(agent, selector) === undefined) === negative;
  }
  const { value } = predicate;
  const isText = predicate.type === 'text_equals' || predicate.type === 'text_not_equals';
  const pattern = isText ? undefined : RE2JS.compile(value);
  const matches = (text: string): boolean =>
    pattern === undefined ? text === value : pattern.testExact(text);
  return (agent) => {
    const found = valueOf(agent, selector);
    if (found === undefined) return negative;
    return typeof found !== 'string' || matches(found) !== negative;
  };
}

/** The text that a selector finds, an attribute that is no text, or undefined. The first of a name counts (R-1.9). */
function valueOf(agent: ConstrainedAgent, selector: ConstraintSelector): string | Attribute | undefined {
  if ('attribute' in selector) {
    const found = agent.attributes.find(({ name }) => name === selector.attribute);
    return found?.type === 'TEXT' ? found.text : found;
  }
  switch (selector.pseudo) {
    case 'HOSTNAME':
      return agent.hostname;
    case 'REGION':
      return agent.domain?.region;
    case 'ZONE':
      return agent.domain?.zone;
  }
}

// ------------------------------------------------------------------------------------------------------------ text

const OPERATORS: readonly (readonly [
  string,
  'text_equals' | 'text_not_equals' | 'text_matches' | 'text_not_matches',
])[] = [
  ['!=', 'text_not_equals'],
  ['!~', 'text_not_matches'],
  ['=', 'text_equals'],
  ['~', 'text_matches'],
];

/** Text of constraints that cannot be read. One line. */
export class ConstraintTextError extends Error {
  override readonly name = 'ConstraintTextError';
}

/**
 * Reads one group: `rack=r1;zone!=z;host~web-[0-9]+;@region!~eu.*;ssd;!gpu`, of which all must hold. `~` is a regular
 * expression, a name alone asks that the attribute exists, `!name` that it does not; `@hostname`, `@region` and `@zone` are
 * facts about the agent.
 *
 * @throws ConstraintTextError
 */
export function parseConstraintGroup(text: string): ConstraintGroup {
  const parts = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.map((part) => {
    const match = /^(!?)([^\s=!~]+)(?:(!?[=~])([^]*))?$/.exec(part);
    const [, not, name, sign, value] = match ?? [];
    if (match === null || (not === '!' && sign !== undefined)) {
      throw new ConstraintTextError(
        `constraint ${JSON.stringify(part)}: write name=text, name!=text, name~regex, name!~regex, name or !name`,
      );
    }
    const selector = selectorOf(name, part);
    if (sign === undefined) return { selector, predicate: { type: not === '!' ? 'not_exists' : 'exists' } };
    const type = OPERATORS.find(([text]) => text === sign)![1];
    return { selector, predicate: { type, value: value.trim() } };
  });
}

function selectorOf(name: string, part: string): ConstraintSelector {
  if (!name.startsWith('@')) return { attribute: name };
  const pseudo = name.slice(1).toUpperCase();
  if (pseudo === 'HOSTNAME' || pseudo === 'REGION' || pseudo === 'ZONE') return { pseudo };
  throw new ConstraintTextError(
    `constraint ${JSON.stringify(part)}: ${name} is none of @hostname, @region and @zone`,
  );
}

/** The text that {@link parseConstraintGroup} reads, groups joined by ` or `. */
export function formatConstraintGroups(groups: readonly ConstraintGroup[]): string {
  return groups.map((group) => group.map(formatConstraint).join(';')).join(' or ');
}

function formatConstraint({ selector, predicate }: AttributeConstraint): string {
  const name = 'attribute' in selector ? selector.attribute : `@${selector.pseudo.toLowerCase()}`;
  if (!('value' in predicate)) return predicate.type === 'exists' ? name : `!${name}`;
  const sign = OPERATORS.find(([, type]) => type === predicate.type)![0];
  return `${name}${sign}${predicate.value}`;
}
