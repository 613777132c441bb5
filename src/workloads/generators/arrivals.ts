import { randomNormal, randomPoisson } from 'd3-random';
import type { CiSettings } from './ci-settings.js';
import { toMeanOne, weightedPick } from './pick.js';

/** A build that is wanted, by nobody in particular yet. */
export interface Arrival {
  /** Milliseconds from the start of the trace. */
  readonly submitMs: number;
  readonly isNightly: boolean;
}

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export interface ArrivalOptions extends Pick<
  CiSettings,
  'hourWeights' | 'weekdayWeights' | 'firstWeekday' | 'nightlyShare' | 'nightlyHour' | 'nightlySpreadHours'
> {
  /** Builds per day, the mean of a week, without restarts. */
  readonly firstRunsPerDay: number;
}

/**
 * A Poisson process whose rate follows the hour and the weekday, and a second one of nightly builds with the
 * same rate every night. It is the sum of the processes of all teams: giving each arrival a team by its share
 * afterwards is the same as one process per team.
 *
 * @param random draws of the daytime
 * @param nightRandom draws of the nights; neither shifts the other
 * @returns a function that draws one day's arrivals, sorted; days are asked for in order, from 0
 */
export function arrivalsPerDay(
  options: ArrivalOptions,
  random: () => number,
  nightRandom: () => number,
): (day: number) => Arrival[] {
  const weekday = toMeanOne(options.weekdayWeights);
  const pickHour = weightedPick(options.hourWeights, random);
  const nightHour = randomNormal.source(nightRandom)(options.nightlyHour, options.nightlySpreadHours);
  const daytimeRate = options.firstRunsPerDay * (1 - options.nightlyShare);
  const nightRate = options.firstRunsPerDay * options.nightlyShare;
  const drawCount = randomPoisson.source(random);
  const drawNightCount = randomPoisson.source(nightRandom)(nightRate);

  return (day) => {
    const at = (hours: number): number => day * dayMs + Math.floor(hours * hourMs);
    const count = drawCount(daytimeRate * weekday[(options.firstWeekday + day) % 7])();
    const nightCount = drawNightCount();
    const daytime = Array.from({ length: count }, () => ({
      submitMs: at(pickHour() + random()),
      isNightly: false,
    }));
    const nightly = Array.from({ length: nightCount }, () => ({
      submitMs: at(wrapHour(nightHour())),
      isNightly: true,
    }));
    return [...daytime, ...nightly].sort((a, b) => a.submitMs - b.submitMs);
  };
}

/** A time of day in [0, 24): what falls before midnight is late on the same day. */
function wrapHour(hour: number): number {
  return ((hour % 24) + 24) % 24;
}
