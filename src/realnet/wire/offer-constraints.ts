import type { RoleId } from '../../cluster/ids.js';
import type {
  AttributeConstraint,
  ConstraintGroup,
  ConstraintPredicate,
  ConstraintSelector,
  OfferConstraints,
} from '../../cluster/offer-constraints.js';
import type { Roles } from '../../cluster/roles.js';
import { internRole } from './framework-info.js';
import type { Message } from './message-reader.js';
import type { AttributeConstraintMessage, OfferConstraintsMessage } from './messages.js';
import { WireError } from './wire-error.js';

/** Offer constraints in the core's terms; what they must be like beyond that, the core says. @throws WireError */
export function readOfferConstraints(message: OfferConstraintsMessage, roles: Roles): OfferConstraints {
  const entries = Object.entries(message.role_constraints ?? {});
  return new Map(
    entries.map(([role, { groups = [] }]): [RoleId, readonly ConstraintGroup[]] => {
      const read = groups.map(({ attribute_constraints: each = [] }) => each.map(readConstraint));
      return [internRole(role, roles), read];
    }),
  );
}

function readConstraint({ selector, predicate }: AttributeConstraintMessage): AttributeConstraint {
  return { selector: readSelector(selector), predicate: readPredicate(predicate) };
}

function readSelector(message: AttributeConstraintMessage['selector']): ConstraintSelector {
  const { attribute_name: attribute, pseudoattribute_type: pseudo } = message;
  const isPseudo = pseudo === 'HOSTNAME' || pseudo === 'REGION' || pseudo === 'ZONE';
  if (attribute !== undefined && pseudo === undefined) return { attribute };
  if (attribute === undefined && isPseudo) return { pseudo };
  throw new WireError(
    "a 'selector' has one of 'attribute_name' and 'pseudoattribute_type' (HOSTNAME, REGION or ZONE)",
  ).within('offer_constraints');
}

function readPredicate(message: AttributeConstraintMessage['predicate']): ConstraintPredicate {
  const found: ConstraintPredicate[] = [];
  if (message.exists !== undefined) found.push({ type: 'exists' });
  if (message.not_exists !== undefined) found.push({ type: 'not_exists' });
  for (const type of ['text_equals', 'text_not_equals'] as const) {
    const content = message[type];
    if (content !== undefined) found.push({ type, value: content.value });
  }
  for (const type of ['text_matches', 'text_not_matches'] as const) {
    const content = message[type];
    if (content !== undefined) found.push({ type, value: content.regex });
  }
  if (found.length === 1) return found[0];
  throw new WireError(
    "a 'predicate' is one of exists, not_exists, text_equals, text_not_equals, text_matches and text_not_matches",
  ).within('offer_constraints');
}

/** The message again, for those who ask what a framework wants. */
export function offerConstraintsMessage(constraints: OfferConstraints, roles: Roles): Message {
  const entries = [...constraints].map(([role, groups]) => [
    roles.path(role),
    { groups: groups.map((group) => ({ attribute_constraints: group.map(constraintMessage) })) },
  ]);
  return { role_constraints: Object.fromEntries(entries) as Message };
}

function constraintMessage({ selector, predicate }: AttributeConstraint): Message {
  const { type } = predicate;
  const key = type === 'text_matches' || type === 'text_not_matches' ? 'regex' : 'value';
  return {
    selector:
      'attribute' in selector
        ? { attribute_name: selector.attribute }
        : { pseudoattribute_type: selector.pseudo },
    predicate: { [type]: 'value' in predicate ? { [key]: predicate.value } : {} },
  };
}
