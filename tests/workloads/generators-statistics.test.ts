/**
 * Generated weeks against the published figures. Each tolerance is worked out from the law that is sampled
 * and the number of draws, before looking at any: 4.5 standard deviations, which a right generator leaves
 * about once in 150,000 comparisons. The seeds are fixed, so a failure is a change of the generator and no
 * bad luck.
 */
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../src/workloads/generators/arrivals.js';
import { generate, generators } from '../../src/workloads/generators/index.js';
import { capShares, makeTeams } from '../../src/workloads/generators/teams.js';
import type { TraceRow } from '../../src/workloads/generators/trace-row.js';
import { randomStream } from '../../src/workloads/random-streams.js';
import { buildsOf, isNightly, isRestart } from './generated-csv.js';

const z = 4.5;
const days = 7;
/** Sigma of the lognormal law with the published quantiles 240 s and 600 s. */
const sigma = 1.0887;
const hourWeights = [
  0.2, 0.15, 0.12, 0.1, 0.1, 0.12, 0.2, 0.45, 0.95, 1.75, 2.25, 2.3, 1.75, 1.7, 2.15, 2.3, 2.2, 1.8, 1.25,
  0.8, 0.55, 0.4, 0.25, 0.16,
];
const weekdayWeights = [1.2, 1.32, 1.34, 1.28, 1.12, 0.37, 0.37];

/** Standard deviation of a Poisson count. */
const ofCount = (mean: number): number => z * Math.sqrt(mean);
/** Of the share of successes among n trials. */
const ofShare = (share: number, n: number): number => z * Math.sqrt((share * (1 - share)) / n);
/**
 * Of the logarithm of the p-quantile of n lognormal draws; density of the standard normal law at that
 * quantile.
 */
const ofLogQuantile = (p: number, density: number, n: number): number =>
  (z * sigma * Math.sqrt((p * (1 - p)) / n)) / density;

function expectNear(value: number, expected: number, tolerance: number): void {
  expect(Math.abs(value - expected), `${value} is not ${expected} ± ${tolerance}`).toBeLessThan(tolerance);
}

function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(p * sorted.length)];
}

function shareOf(rows: readonly TraceRow[], isSuch: (row: TraceRow) => boolean): number {
  return rows.filter(isSuch).length / rows.length;
}

describe.each([
  { name: 'paypal-ci', buildsPerDay: 24_000, masters: 2_500, seed: 'a' },
  { name: 'ebay-ci', buildsPerDay: 3_400, masters: 5_000, seed: 'a' },
  { name: 'ebay-ci', buildsPerDay: 3_400, masters: 5_000, seed: 'b' },
  { name: 'ebay-ci-late', buildsPerDay: 43_000, masters: 6_000, seed: 'a' },
])('a week of $name, seed $seed', ({ name, buildsPerDay, masters, seed }) => {
  const builds = buildsOf(name, { seed, days, scale: 1 });
  const restarts = builds.filter(isRestart);
  const firstRuns = builds.filter((build) => !isRestart(build));
  const daytime = firstRuns.filter((build) => !isNightly(build));
  const daytimePerDay = (buildsPerDay / 1.0172) * 0.85;

  it(`has ${masters} masters`, () => {
    const services = [...generate(name, { seed, days: 0.001, scale: 1 }).rows].filter(
      (row) => row.kind === 'service',
    );
    expect(services).toHaveLength(masters);
  });

  it(`has ${buildsPerDay} builds per day (published; for ebay-ci derived)`, () => {
    expectNear(builds.length, buildsPerDay * days, ofCount(buildsPerDay * days));
  });

  it('takes 240 s in the median and 600 s at 80 % (CircleCI)', () => {
    const seconds = builds.map((build) => build.durationMs / 1000);
    expectNear(Math.log(quantile(seconds, 0.5)), Math.log(240), ofLogQuantile(0.5, 0.3989, builds.length));
    expectNear(Math.log(quantile(seconds, 0.8)), Math.log(600), ofLogQuantile(0.8, 0.28, builds.length));
  });

  it('takes 434 s in the mean, which agrees with the 432 to 564 s of Travis CI', () => {
    const mean = builds.reduce((sum, build) => sum + build.durationMs / 1000, 0) / builds.length;
    const variation = Math.sqrt(Math.exp(sigma * sigma) - 1);
    expectNear(mean, 434, (z * 434 * variation) / Math.sqrt(builds.length));
  });

  it('fails in 20 % of builds (CircleCI, Travis CI)', () => {
    expectNear(
      shareOf(builds, (build) => build.exit === 1),
      0.2,
      ofShare(0.2, builds.length),
    );
  });

  it('restarts 1.72 % of builds, 54 % of them within an hour (Durieux et al.)', () => {
    expectNear(restarts.length / firstRuns.length, 0.0172, ofShare(0.0172, firstRuns.length));
    const ends = new Map(firstRuns.map((build) => [build.job, build.submitMs + build.durationMs]));
    const isSoon = (build: TraceRow): boolean =>
      build.submitMs - ends.get(build.job.slice(0, -'-retry'.length))! < hourMs;
    expectNear(shareOf(restarts, isSoon), 0.54, ofShare(0.54, restarts.length));
  });

  it('has 15 % nightly builds, around 02:00 with a spread of an hour', () => {
    expectNear(shareOf(builds, isNightly), 0.15, ofShare(0.15, builds.length));
    const hours = firstRuns.filter(isNightly).map((build) => (build.submitMs % dayMs) / hourMs);
    const fromMidnight = hours.map((hour) => (hour > 12 ? hour - 24 : hour));
    const mean = fromMidnight.reduce((sum, hour) => sum + hour, 0) / hours.length;
    const variance = fromMidnight.reduce((sum, hour) => sum + (hour - mean) ** 2, 0) / hours.length;
    expectNear(mean, 2, z / Math.sqrt(hours.length));
    expectNear(variance, 1, z * Math.sqrt(2 / hours.length));
  });

  it.each(weekdayWeights.map((weight, day) => ({ day, weight })))(
    'has $weight of the mean daytime builds on day $day from Monday',
    ({ day, weight }) => {
      const count = daytime.filter((build) => Math.floor(build.submitMs / dayMs) === day).length;
      expectNear(count, daytimePerDay * weight, ofCount(daytimePerDay * weight));
    },
  );

  it('follows the weights of the hours, with a peak of 2.3', () => {
    const counts = new Array<number>(24).fill(0);
    for (const build of daytime) counts[Math.floor((build.submitMs % dayMs) / hourMs)] += 1;
    hourWeights.forEach((weight, hour) => {
      const expected = (daytimePerDay * days * weight) / 24;
      expectNear(counts[hour], expected, ofCount(expected));
    });
  });

  it('has the mix of flavours and stacks that the tables say', () => {
    const ofFlavour = (cpus: number, mem: number): number =>
      shareOf(firstRuns, (build) => build.cpus === cpus && build.mem === mem);
    const tolerance = ofShare(0.4, firstRuns.length);
    expectNear(ofFlavour(0.5, 768), 0.35, tolerance);
    expectNear(ofFlavour(1, 1408), 0.4, tolerance);
    expectNear(ofFlavour(2, 4506), 0.2, tolerance);
    expectNear(ofFlavour(4, 9011), 0.05, tolerance);
    // Dealt to teams by their shares, so only the draw of a team for each build is random.
    const stacks = { java: 0.5, node: 0.25, python: 0.15, cpp: 0.1 };
    for (const [stack, share] of Object.entries(stacks)) {
      const found = shareOf(daytime, (build) => build.role === `builds-${stack}`);
      expectNear(found, share, ofShare(share, daytime.length) + 0.001);
    }
  });

  it('lets no team build more than 2 %', () => {
    const counts = new Map<string, number>();
    for (const { framework } of firstRuns) counts.set(framework, (counts.get(framework) ?? 0) + 1);
    const largest = Math.max(...counts.values()) / firstRuns.length;
    expect(largest).toBeLessThan(0.02 + ofShare(0.02, firstRuns.length));
  });
});

describe('what is published of one company', () => {
  it('PayPal: 2,400 CPUs, 7.2 TB of memory, 18 TB of disk; 9.6 builds per master and day', () => {
    expect(clusterTotals('paypal-ci')).toEqual({ cpus: 2400, mem: 7200 * 1024, disk: 18_000 * 1024 });
    const { buildsPerDay, masters } = generators['paypal-ci'].parameters;
    expect(buildsPerDay.value / masters.value).toBe(9.6);
  });

  it('eBay 2014: a fifth of the masters builds, for 24.6 of the published 25 min/day at most', () => {
    const builds = buildsOf('ebay-ci', { seed: 'a', days: 28, scale: 1 });
    const used = new Set(builds.map((build) => build.framework)).size;
    // A team shows nothing in four weeks if it has about 1 of the mean team's 95 builds: about 1 % of the
    // 1,000 teams (normal law below (ln(1 / 95) + 1.125) / 1.5 = -2.3).
    expect(used).toBeLessThanOrEqual(1000);
    expect(used).toBeGreaterThan(950);
    const minutes = builds.reduce((sum, build) => sum + build.durationMs / 60_000, 0) / 1000 / 28;
    const tolerance = (z * 25 * Math.exp((sigma * sigma) / 2)) / Math.sqrt(builds.length);
    expectNear(minutes, (3400 * 434) / 60 / 1000, tolerance);
  });

  it('eBay 2020: 7.2 builds per instance and day', () => {
    const { buildsPerDay, masters } = generators['ebay-ci-late'].parameters;
    expect(buildsPerDay.value / masters.value).toBeCloseTo(7.2, 1);
  });

  it.each(Object.keys(generators))('%s: the masters fit the cluster of its header', (name) => {
    const { masters, masterCpus, masterMem } = generators[name].parameters;
    const { cpus, mem } = clusterTotals(name);
    expect(masters.value * masterCpus.value).toBeLessThan(0.6 * cpus);
    expect(masters.value * masterMem.value).toBeLessThan(0.9 * mem);
  });
});

describe('teams', () => {
  const stackShares = [50, 25, 15, 10];

  it('spread as the projects of CircleCI: mean / median near 11.7, p95 / p50 near 46', () => {
    const count = 100_000;
    const teams = makeTeams({ count, sigma: 2.2, shareMax: 1, stackShares }, randomStream('1', 'teams'));
    const logs = teams.map((team) => Math.log(team.share));
    const mean = logs.reduce((sum, log) => sum + log, 0) / count;
    const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / count;
    expectNear(Math.sqrt(variance), 2.2, (z * 2.2) / Math.sqrt(2 * count));
    // sigma 2.2 is between what the two ratios give, 2.22 and 2.33: e^(2.2^2/2) = 11.2, e^(1.645*2.2) = 37.3.
    const shares = teams.map((team) => team.share);
    expectNear(Math.log(1 / count / quantile(shares, 0.5)), 2.42, 0.1);
    expectNear(Math.log(quantile(shares, 0.95) / quantile(shares, 0.5)), 1.645 * 2.2, 0.1);
  });

  it('sum to 1 with the stacks as told, however few', () => {
    for (const count of [1, 2, 3, 40, 2500]) {
      const options = { count, sigma: 2.2, shareMax: 0.02, stackShares };
      const teams = makeTeams(options, randomStream('2', 'teams'));
      const sum = teams.reduce((total, team) => total + team.share, 0);
      expect(sum).toBeCloseTo(1, 9);
      const java = teams.filter((team) => team.stack === 0).reduce((total, team) => total + team.share, 0);
      const largest = Math.max(...teams.map((team) => team.share));
      expect(Math.abs(java - 0.5)).toBeLessThanOrEqual(largest);
    }
  });

  it('above the cap give what they lose to the others in proportion', () => {
    expect(capShares([60, 20, 10, 10], 0.4)).toEqual([0.4, 0.3, 0.15, 0.15]);
    expect(capShares([60, 30, 5, 5], 0.375)).toEqual([0.375, 0.375, 0.125, 0.125]);
    expect(capShares([1, 1, 1, 1], 0.4)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

function clusterTotals(name: string): Record<string, number> {
  const [count, shape] = generate(name, { seed: '1', days: 1, scale: 1 }).cluster.split('*');
  return Object.fromEntries(
    shape.split(';').map((item) => {
      const [resource, value] = item.split(':');
      return [resource, Number(count) * Number(value)];
    }),
  );
}
