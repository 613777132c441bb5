import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/sim/duration.js';

describe('durations', () => {
  it.each<[string, number | undefined]>([
    ['90', 90e6],
    ['90s', 90e6],
    ['1.5s', 1.5e6],
    ['.5ms', 500],
    ['15m', 900e6],
    ['10h', 36_000e6],
    ['7d', 604_800e6],
    ['2h15m', 8100e6],
    ['2h 15min 3s', 8103e6],
    ['5secs', 5e6],
    ['1weeks', 604_800e6],
    ['1500ns', 2],
    ['', undefined],
    ['-1s', undefined],
    ['1x', undefined],
    ['1s2', undefined],
    ['1e3', undefined],
    ['9999999999weeks', undefined],
  ])('"%s" is %s us', (text, us) => {
    expect(parseDuration(text)).toBe(us);
  });

  it.each([
    [0, '0 s'],
    [12.5e6, '12.5 s'],
    [185e6, '3m 05s'],
    [8043e6, '2h 14m 03s'],
  ])('%s us reads %s', (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });
});
