import type { Attribute } from './protocol.js';

/** What an agent must be like: every pair holds. */
export type Constraint = readonly { readonly name: string; readonly value: string }[];

/** Reads `rack=r1;zone=z`. A part without `=` asks for an attribute of that name and no value, which no agent has. */
export function parseConstraint(text: string): Constraint {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      if (at < 0) return { name: part, value: '' };
      return { name: part.slice(0, at).trim(), value: part.slice(at + 1).trim() };
    });
}

/**
 * True when the attributes satisfy the constraint. Of several attributes of one name the first counts. A text
 * equals its text or one of several alternatives (`gpu_model=P100|T4`), a scalar its number, ranges hold a whole number.
 */
export function satisfies(attributes: readonly Attribute[], constraint: Constraint): boolean {
  return constraint.every(({ name, value }) => {
    const attribute = attributes.find((candidate) => candidate.name === name);
    return attribute !== undefined && matches(attribute, value);
  });
}

function matches(attribute: Attribute, value: string): boolean {
  switch (attribute.type) {
    case 'TEXT':
      return attribute.text === value || value.split('|').includes(attribute.text);
    case 'SCALAR':
      return value !== '' && Math.round(Number(value) * 1000) === attribute.milli;
    case 'RANGES': {
      const number = Number(value);
      return value !== '' && attribute.ranges.some(([begin, end]) => begin <= number && number <= end);
    }
  }
}
