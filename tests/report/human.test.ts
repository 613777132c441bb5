import { describe, expect, it } from 'vitest';
import {
  humanCount,
  humanDuration,
  humanFactor,
  humanPart,
  humanResource,
  humanSpan,
} from '../../src/report/human.js';

describe('durations', () => {
  it.each([
    [null, '-'],
    [0, '0 s'],
    [0.0001, '<1 ms'],
    [0.043, '43 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1 s'],
    [3.24, '3.2 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1m 00s'],
    [242, '4m 02s'],
    [3599.6, '1h 00m'],
    [14280, '3h 58m'],
    [47 * 3600, '47h 00m'],
    [48 * 3600, '2d 00h'],
    [1e8, '1,157d 10h'],
  ])('%s s is %s', (seconds, text) => {
    expect(humanDuration(seconds)).toBe(text);
  });

  it.each([
    [86_400, '24 h'],
    [7 * 86_400 - 100, '7 days'],
    [8100, '2h 15m'],
    [90, '1m 30s'],
  ])('a span of %s s is %s', (seconds, text) => {
    expect(humanSpan(seconds)).toBe(text);
  });
});

describe('parts and numbers', () => {
  it.each([
    [null, '-'],
    [0, '0 %'],
    [0.0001, '<0.1 %'],
    [0.004, '0.4 %'],
    [0.05, '5 %'],
    [0.31, '31 %'],
    [0.994, '99 %'],
    [0.9999, '99.9 %'],
    [1, '100 %'],
  ])('%s is %s', (part, text) => {
    expect(humanPart(part)).toBe(text);
  });

  it('separate thousands and keep few digits', () => {
    expect([999, 1000, 24_131, 1_234_567].map(humanCount)).toEqual(['999', '1,000', '24,131', '1,234,567']);
    expect([0.314, 1.25, 9.99, 9.996, 12.3, 4321].map(humanFactor)).toEqual([
      '0.31',
      '1.25',
      '9.99',
      '10',
      '12',
      '4,321',
    ]);
  });

  it('give memory and disk in units of 1024', () => {
    expect(humanResource('cpus', 2_400_000)).toBe('2,400 cpus');
    expect(humanResource('cpus', 12_500)).toBe('12.5 cpus');
    expect(humanResource('mem', 512_000)).toBe('512 MB mem');
    expect(humanResource('mem', 7_372_800_000)).toBe('7.0 TB mem');
    expect(humanResource('disk', 2048 * 1000)).toBe('2 GB disk');
  });
});
