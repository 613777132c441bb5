import { describe, expect, it } from 'vitest';
import { alignColumns, labelledFacts, sideBySide } from '../../src/report/columns.js';

describe('columns', () => {
  it('put names to the left and numbers to the right', () => {
    const rows = [
      ['', 'p50', 'max'],
      ['wait', '1 s', '10 s'],
      ['x', '100 s', ''],
    ];
    expect(alignColumns(rows, [6])).toEqual(['          p50   max', 'wait      1 s  10 s', 'x       100 s']);
  });

  it('stand side by side, whichever is longer', () => {
    expect(sideBySide(['ab', 'c'], ['x', 'y', 'z'], 2)).toEqual(['ab  x', 'c   y', '    z']);
    expect(sideBySide(['ab'], [], 2)).toEqual(['ab']);
  });
});

describe('facts behind a label', () => {
  const wrap = (...facts: string[]): string[] => labelledFacts('key', facts, 5, 20);

  it('stand on one line while they fit', () => {
    expect(wrap('one', 'two', '', 'three')).toEqual(['key  one · two', '     three']);
    expect(wrap('12345', '1234567')).toEqual(['key  12345 · 1234567']);
  });

  it('break between words when one is too long', () => {
    expect(wrap('one', 'two three four five', 'six')).toEqual([
      'key  one',
      '     two three four',
      '     five · six',
    ]);
  });

  it('keep a word whole that is longer than a line', () => {
    const path = '/a/very/long/path/to/a.csv';
    expect(wrap(path, 'rest')).toEqual([`key  ${path}`, '     rest']);
    expect(wrap(`see ${path} for more`)).toEqual(['key  see', `     ${path}`, '     for more']);
  });
});
