/**
 * The shape that all generators of continuous-integration workloads share: masters, teams, builds, restarts.
 */
import { randomStream } from '../random-streams.js';
import { arrivalsPerDay, dayMs, type Arrival } from './arrivals.js';
import type { CiSettings } from './ci-settings.js';
import { buildDurations } from './durations.js';
import { flavourPick } from './flavours.js';
import { weightedPick } from './pick.js';
import { restartDelays } from './restarts.js';
import { makeTeams } from './teams.js';
import type { TraceRow } from './trace-row.js';

/** Raised when the same seed and parameters give other rows than before. */
export const ciVersion = 1;

/** Counts that shrink or grow with the scale. */
export interface CiScale {
  readonly masters: number;
  readonly teams: number;
  readonly agents: number;
  readonly buildsPerDay: number;
}

export interface CiRun {
  /** Begins the names of the random streams, so that two generators under one seed differ. */
  readonly generator: string;
  readonly seed: string;
  /** Above 0; the last day may be cut short. */
  readonly days: number;
  readonly sizes: CiScale;
  readonly settings: CiSettings;
}

/**
 * Counts of masters, teams, builds and agents, all scaled alike; at least one of each thing that is counted.
 */
export function scaleCi(settings: CiSettings, scale: number): CiScale {
  const scaled = (count: number): number => Math.max(1, Math.round(count * scale));
  const masters = scaled(settings.masters);
  return {
    masters,
    teams: Math.min(masters, scaled(settings.masters * settings.buildingShare)),
    agents: scaled(settings.agents),
    buildsPerDay: settings.buildsPerDay * scale,
  };
}

/** Rows in order of submit time: the masters at 0, then builds and restarts as they come. */
export function* ciRows(run: CiRun): Generator<TraceRow> {
  const horizonMs = Math.round(run.days * dayMs);
  for (let master = 0; master < run.sizes.masters; master += 1) {
    yield masterRow(run, master, horizonMs);
  }
  yield* sortedBuilds(run, horizonMs);
}

function* sortedBuilds(run: CiRun, horizonMs: number): Generator<TraceRow> {
  const buildsOfDay = buildMaker(run);
  let waiting: TraceRow[] = [];
  for (let day = 0; day * dayMs < horizonMs; day += 1) {
    const endMs = Math.min((day + 1) * dayMs, horizonMs);
    // A restart belongs to the day on which it is made, maybe days after the build that failed.
    const builds = [...waiting, ...buildsOfDay(day)].sort((a, b) => a.submitMs - b.submitMs);
    waiting = builds.filter((build) => build.submitMs >= endMs);
    yield* builds.filter((build) => build.submitMs < endMs);
  }
}

/**
 * A function that draws the builds of one day together with the restarts that they lead to, sooner or later.
 */
function buildMaker({ generator, seed, sizes, settings }: CiRun): (day: number) => TraceRow[] {
  const stream: StreamOf = (name) => randomStream(seed, `${generator}/${name}`);
  const pickBuilder = builderPick(sizes, settings, stream);
  const firstRunsPerDay = sizes.buildsPerDay / (1 + settings.restartShare);
  const arrivals = arrivalsPerDay({ ...settings, firstRunsPerDay }, stream('arrivals'), stream('nightly'));
  const pickFlavour = flavourPick(settings, stream('flavours'));
  // First runs and restarts have streams of their own: more restarts leave the first runs as they were.
  const firstRun = runDraws(settings, stream, 'first-run');
  const restart = runDraws(settings, stream, 'restart');
  const drawRestartDelayMs = restartDelays(settings, stream('restart-delays'));
  let buildCount = 0;

  const buildOf = ({ submitMs, isNightly }: Arrival): TraceRow => {
    const { framework, role } = pickBuilder();
    const { cpus, mem } = pickFlavour();
    return {
      submitMs,
      durationMs: firstRun.durationMs(),
      cpus,
      mem,
      job: `b${(buildCount += 1)}`,
      framework,
      role: isNightly ? 'nightly' : role,
      kind: 'batch',
      exit: firstRun.exit(),
      constraint: settings.buildConstraint,
    };
  };
  const restartOf = (build: TraceRow): TraceRow | undefined => {
    const delayMs = build.exit === 0 ? undefined : drawRestartDelayMs();
    if (delayMs === undefined) return undefined;
    // Without waiting: a trace is made before anybody knows how long the build will queue.
    const submitMs = build.submitMs + build.durationMs + delayMs;
    const { durationMs, exit } = restart;
    return { ...build, submitMs, durationMs: durationMs(), exit: exit(), job: `${build.job}-retry` };
  };
  return (day) => {
    const builds = arrivals(day).map(buildOf);
    return [...builds, ...builds.map(restartOf).filter((build) => build !== undefined)];
  };
}

type StreamOf = (name: string) => () => number;

/** A function that draws who builds next: a team's framework, and its role in the daytime. */
function builderPick(
  { masters, teams: count }: CiScale,
  { teamSigma: sigma, teamShareMax: shareMax, stackNames, stackShares }: CiSettings,
  stream: StreamOf,
): () => { readonly framework: string; readonly role: string } {
  const teams = makeTeams({ count, sigma, shareMax, stackShares }, stream('teams'));
  const builders = teams.map(({ master, stack }) => ({
    framework: masterName(master, masters),
    role: `builds-${stackNames[stack]}`,
  }));
  const shares = teams.map((team) => team.share);
  const pick = weightedPick(shares, stream('builders'));
  return () => builders[pick()];
}

/** What is drawn for each run of a build. */
function runDraws(
  settings: CiSettings,
  stream: StreamOf,
  kind: string,
): { readonly durationMs: () => number; readonly exit: () => 0 | 1 } {
  const random = stream(`${kind}-failures`);
  return {
    durationMs: buildDurations(settings, stream(`${kind}-durations`)),
    exit: () => (random() < settings.failureShare ? 1 : 0),
  };
}

function masterRow({ sizes, settings }: CiRun, master: number, horizonMs: number): TraceRow {
  return {
    submitMs: 0,
    durationMs: horizonMs,
    cpus: settings.masterCpus,
    mem: settings.masterMem,
    job: masterName(master, sizes.masters),
    framework: 'marathon',
    role: 'masters',
    kind: 'service',
    exit: 0,
    constraint: settings.masterConstraint,
  };
}

/** Counted from 1, with leading zeros: `jenkins-0001` of 2,500. */
function masterName(master: number, count: number): string {
  return `jenkins-${String(master + 1).padStart(String(count).length, '0')}`;
}
