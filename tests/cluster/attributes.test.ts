import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AttributeTextError,
  formatAttributes,
  matchesConstraint,
  parseAttributes,
  parseConstraint,
} from '../../src/cluster/attributes.js';

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(AttributeTextError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('attributes (R-1.9)', () => {
  it('are text, scalars and ranges, in their order, names perhaps twice', () => {
    expect(
      parseAttributes(' rack : r1 ; zone:z;cores:8;level:-2.5;ports:[3-4, 1-2];url:http://h:80;rack:r2;'),
    ).toEqual([
      { name: 'rack', type: 'TEXT', text: 'r1' },
      { name: 'zone', type: 'TEXT', text: 'z' },
      { name: 'cores', type: 'SCALAR', milli: 8000 },
      { name: 'level', type: 'SCALAR', milli: -2500 },
      { name: 'ports', type: 'RANGES', ranges: [[1, 4]] },
      { name: 'url', type: 'TEXT', text: 'http://h:80' },
      { name: 'rack', type: 'TEXT', text: 'r2' },
    ]);
    expect(parseAttributes('')).toEqual([]);
  });

  it('are written as they are read', () => {
    const text = 'rack:r1;cores:8;level:-2.5;ports:[1-4,8-8];rack:r2';
    expect(formatAttributes(parseAttributes(text))).toBe(text);
  });

  it.each([
    ['rack', 'attribute "rack": write name:value, such as rack:r1'],
    ['rack:', 'attribute "rack:": write name:value, such as rack:r1'],
    ['zone:z;:r1', 'attribute ":r1": write name:value, such as rack:r1'],
    ['ports:[1]', 'attribute "ports:[1]": a range is written begin-end, such as [1-2] or [8-8]'],
    ['ports:[2-1]', 'attribute "ports:[2-1]": the range 2-1 ends before it begins (R-1.3)'],
    ['tags:{a,b}', 'attribute "tags:{a,b}": a set is no attribute; give the name once for each element'],
  ])('%j is refused', (text, message) => {
    expect(messageOf(() => parseAttributes(text))).toBe(message);
  });

  it('any text is read, and written to what reads the same, or refused', () => {
    const piece = fc.constantFrom('rack', ':', ';', '[', ']', '-', '1', '0.0005', '{', ',', ' ', '\n', 'é');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        try {
          const attributes = parseAttributes(pieces.join(''));
          expect(parseAttributes(formatAttributes(attributes))).toEqual(attributes);
        } catch (error) {
          expect(error).toBeInstanceOf(AttributeTextError);
        }
      }),
    );
  });
});

describe('constraints', () => {
  const attributes = parseAttributes('rack:r1;zone:z;cores:8;ports:[1-4];rack:r2');

  it.each([
    ['', true],
    ['rack=r1', true],
    ['rack=r2', false],
    ['rack!=r1', false],
    ['rack!=r2', true],
    [' rack = r1 ; zone = z ', true],
    ['rack=r1;zone=y', false],
    ['gpu=yes', false],
    ['gpu!=yes', true],
    ['cores=8.0', true],
    ['cores=9', false],
    ['cores!=many', true],
    ['ports=[1-4]', true],
    ['hostname=h1', true],
    ['hostname!=h1', false],
    ['hostname=h2', false],
  ])('%j: %s (R-9.14)', (constraint, expected) => {
    expect(matchesConstraint(constraint, attributes, 'h1')).toBe(expected);
  });

  it('an attribute called hostname comes before the host name', () => {
    expect(matchesConstraint('hostname=a', parseAttributes('hostname:a'), 'h1')).toBe(true);
  });

  it.each(['rack', 'rack=', '=r1', 'rack==r1', 'rack<r1', 'cores>=8', 'rack:r1', 'ra ck=r1', 'zone=z;rack'])(
    '%j is refused',
    (constraint) => {
      const item = constraint.split(';').at(-1);
      expect(messageOf(() => parseConstraint(constraint))).toBe(
        `constraint ${JSON.stringify(item)}: write name=value or name!=value, several joined by ";"`,
      );
    },
  );
});
