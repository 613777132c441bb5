import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencySampler, Links, parseLatency, type LatencySpec } from '../../src/sim/network.js';
import { SimError } from '../../src/sim/sim-error.js';
import { randomStream } from '../../src/workloads/random-streams.js';

const noFile = (): string => {
  throw new Error('ENOENT');
};

describe('latency models', () => {
  it.each<[string, LatencySpec]>([
    ['none', { type: 'none' }],
    ['0ms', { type: 'none' }],
    ['2ms', { type: 'constant', delayUs: 2000 }],
    ['250us', { type: 'constant', delayUs: 250 }],
    ['0.5', { type: 'constant', delayUs: 500_000 }],
    ['5secs', { type: 'constant', delayUs: 5_000_000 }],
    ['lognormal:median=2ms,sigma=0.5', { type: 'lognormal', medianUs: 2000, sigma: 0.5 }],
    ['lognormal:sigma=1, median=1s', { type: 'lognormal', medianUs: 1_000_000, sigma: 1 }],
    ['uniform:1ms-5ms', { type: 'uniform', leastUs: 1000, mostUs: 5000 }],
    ['exponential:mean=2ms', { type: 'exponential', meanUs: 2000 }],
  ])('%s', (text, spec) => {
    expect(parseLatency(text, noFile)).toEqual(spec);
  });

  it('reads a file of delays in seconds, with empty lines and comments', () => {
    const spec = parseLatency('delays.txt', () => '# measured\n0.001\n\n2.5e-3\n0\n');
    expect(spec).toEqual({
      type: 'empirical',
      delaysUs: Float64Array.of(1000, 2500, 0),
      source: 'delays.txt',
    });
  });

  it.each([
    ['lognorml:median=2ms', 'latency "lognorml:median=2ms" is neither a model nor a file that can be read'],
    ['2parsecs', 'latency "2parsecs" is neither a model nor a file'],
    ['lognormal:median=2ms', 'latency "lognormal:median=2ms": sigma=… is missing'],
    ['lognormal:median=2ms,sigma=-1', 'sigma is "-1"; it is a number, 0 or more'],
    ['lognormal:mean=2ms,sigma=1', '"mean=2ms" is not one of median=…, sigma=…'],
    ['uniform:1ms', 'a uniform latency is written uniform:1ms-5ms'],
    ['uniform:5ms-1ms', '5ms is larger than 1ms; write the smaller first'],
    ['uniform:a-5ms', 'the least delay is "a"; a delay is written like 2ms or 0.5s'],
    ['exponential:2ms', '"2ms" is not one of mean=…'],
  ])('%s is refused in one line', (text, message) => {
    const parse = (): LatencySpec => parseLatency(text, noFile);
    expect(parse).toThrow(SimError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/\n/);
  });

  it('names the line of a bad delay in a file', () => {
    expect(() => parseLatency('d.txt', () => '0.1\n2ms\n')).toThrow('d.txt:2: "2ms" is no delay');
    expect(() => parseLatency('d.txt', () => '-1\n')).toThrow('d.txt:1: "-1" is no delay');
    expect(() => parseLatency('d.txt', () => '\n')).toThrow('d.txt has no delays');
  });

  it.each<[LatencySpec, number]>([
    [{ type: 'constant', delayUs: 2000 }, 2000],
    [{ type: 'lognormal', medianUs: 2000, sigma: 0.5 }, 2000],
    [{ type: 'uniform', leastUs: 1000, mostUs: 3000 }, 2000],
    [{ type: 'exponential', meanUs: 2000 }, 2000 * Math.log(2)],
    [{ type: 'empirical', delaysUs: Float64Array.of(1000, 2000, 90_000), source: '' }, 2000],
  ])('draws whole microseconds around the median: %o', (spec, median) => {
    const sample = latencySampler(spec, randomStream('1', 'network'));
    const draws = Array.from({ length: 4001 }, sample).sort((a, b) => a - b);
    expect(draws.every((us) => Number.isInteger(us) && us >= 0)).toBe(true);
    expect(Math.abs(draws[2000] / median - 1)).toBeLessThan(0.06);
  });

  it('cuts a heavy tail at a day', () => {
    const sample = latencySampler(
      { type: 'lognormal', medianUs: 1e6, sigma: 100 },
      randomStream('1', 'network'),
    );
    expect(Math.max(...Array.from({ length: 100 }, sample))).toBe(86_400e6);
  });
});

describe('links', () => {
  it('I-3: are first in, first out, and no link holds up another', () => {
    const sends = fc.array(fc.record({ link: fc.nat(3), after: fc.nat(500), delay: fc.nat(2000) }));
    fc.assert(
      fc.property(sends, (list) => {
        let now = 0;
        let drawn = 0;
        const links = new Links(4, () => drawn);
        const last = [0, 0, 0, 0];
        for (const { link, after, delay } of list) {
          now += after;
          drawn = delay;
          const at = links.arrival(link, now);
          expect(at).toBe(Math.max(now + delay, last[link]));
          last[link] = at;
        }
      }),
    );
  });
});
