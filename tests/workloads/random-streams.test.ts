import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/workloads/random-streams.js';

function draw(seed: string, name: string, count: number): number[] {
  const random = randomStream(seed, name);
  return Array.from({ length: count }, random);
}

describe('a random stream', () => {
  it('gives the numbers it always gave, or every seed in a paper would mean another run', () => {
    expect(draw('1', 'arrivals', 3)).toEqual([0.040297543397173285, 0.3183343056589365, 0.4461775596719235]);
    expect(draw('42', 'durations', 3)).toEqual([0.8384418629575521, 0.400989769725129, 0.7088083464186639]);
  });

  it('differs by seed and by name', () => {
    const streams = [draw('1', 'a', 5), draw('2', 'a', 5), draw('1', 'b', 5), draw('', '', 5)];
    expect(new Set(streams.map(String)).size).toBe(streams.length);
  });

  it('is not moved by draws from another stream of the same seed', () => {
    const alone = draw('7', 'durations', 10);
    const durations = randomStream('7', 'durations');
    const faults = randomStream('7', 'faults');
    const beside = Array.from({ length: 10 }, () => {
      faults();
      return durations();
    });
    expect(beside).toEqual(alone);
  });

  // 10,000 uniform draws: standard deviation of the mean 0.2887 / 100; four of them.
  it.each(['1', '2', 'a long seed with blanks'])('is uniform on [0, 1) for seed %s', (seed) => {
    const draws = draw(seed, 'uniform', 10_000);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * 0.002887);
  });
});
