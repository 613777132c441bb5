/**
 * What the generators of continuous-integration workloads can be told: one entry per parameter, the same for
 * all.
 */
import { constraintReader, namesReader, numberReader, numbersReader, type Reader } from './readers.js';

/** The values of all parameters; `ciDefinitions` has the meaning and unit of each. */
export interface CiSettings {
  readonly masters: number;
  readonly masterCpus: number;
  readonly masterMem: number;
  readonly buildingShare: number;
  readonly buildsPerDay: number;
  readonly teamSigma: number;
  readonly teamShareMax: number;
  readonly stackNames: readonly string[];
  readonly stackShares: readonly number[];
  readonly hourWeights: readonly number[];
  readonly weekdayWeights: readonly number[];
  readonly firstWeekday: number;
  readonly nightlyShare: number;
  readonly nightlyHour: number;
  readonly nightlySpreadHours: number;
  readonly nightlyWeight: number;
  readonly durationP50: number;
  readonly durationP80: number;
  readonly durationMax: number;
  readonly flavourCpus: readonly number[];
  readonly flavourMem: readonly number[];
  readonly flavourShares: readonly number[];
  readonly failureShare: number;
  readonly restartShare: number;
  readonly restartWithinHour: number;
  readonly coldStartSeconds: number;
  readonly keepSeconds: number;
  readonly agents: number;
  readonly agentCpus: number;
  readonly agentMem: number;
  readonly agentDisk: number;
  readonly masterConstraint: string;
  readonly buildConstraint: string;
}

export type CiName = keyof CiSettings;

/** What a parameter means, whatever its value. */
export interface Definition<V> {
  readonly meaning: string;
  /** `seconds`, `MB`, `builds/day`, …; empty for text. */
  readonly unit: string;
  readonly reader: Reader<V>;
}

const share = numberReader({ min: 0, max: 1 });
const count = numberReader({ min: 1, max: 1e6, integer: true });
const megabytes = numberReader({ min: 0, max: 1e9 });
const seconds = numberReader({ min: 0.001, max: 1e7 });

/** The parameters in the order in which help and documentation list them. */
export const ciDefinitions: { readonly [K in CiName]: Definition<CiSettings[K]> } = {
  masters: {
    meaning: 'Jenkins masters, each a service for the whole trace',
    unit: 'services',
    reader: count,
  },
  masterCpus: {
    meaning: 'processors of one master',
    unit: 'cpus',
    reader: numberReader({ min: 0, max: 1e4 }),
  },
  masterMem: { meaning: 'memory of one master', unit: 'MB', reader: megabytes },
  buildingShare: {
    meaning: 'masters that build at all: the teams; each is a framework of its own',
    unit: 'share of masters',
    reader: numberReader({ min: 0.0001, max: 1 }),
  },
  buildsPerDay: {
    meaning: 'builds per day, the mean of a week, restarts and nightly builds included',
    unit: 'builds/day',
    reader: numberReader({ min: 0, max: 2e6 }),
  },
  teamSigma: {
    meaning: 'spread of the builds per team: sigma of their lognormal law (0: all teams equal)',
    unit: 'log units',
    reader: numberReader({ min: 0, max: 5 }),
  },
  teamShareMax: {
    meaning: 'most that one team builds; never less than ten times the mean team',
    unit: 'share of builds',
    reader: share,
  },
  stackNames: {
    meaning: 'stacks, one per team; builds have the role builds-<stack>',
    unit: '',
    reader: namesReader(),
  },
  stackShares: {
    meaning: 'builds of each stack, in the order of stackNames',
    unit: 'weights',
    reader: numbersReader(),
  },
  hourWeights: {
    meaning: 'arrivals in each hour of the day, from midnight; scaled to a mean of 1',
    unit: 'weights',
    reader: numbersReader(24),
  },
  weekdayWeights: {
    meaning: 'arrivals on each day, from Monday; scaled to a mean of 1; nightly builds run every night alike',
    unit: 'weights',
    reader: numbersReader(7),
  },
  firstWeekday: {
    meaning: 'day on which the trace starts, at midnight: 0 Monday to 6 Sunday',
    unit: 'weekday',
    reader: numberReader({ min: 0, max: 6, integer: true }),
  },
  nightlyShare: { meaning: 'scheduled builds, in the role nightly', unit: 'share of builds', reader: share },
  nightlyHour: {
    meaning: 'time of day around which nightly builds start (mean of a normal law)',
    unit: 'hours',
    reader: numberReader({ min: 0, max: 24 }),
  },
  nightlySpreadHours: {
    meaning: 'spread of the nightly starts (standard deviation)',
    unit: 'hours',
    reader: numberReader({ min: 0, max: 24 }),
  },
  nightlyWeight: {
    meaning: 'weight of the role nightly that the header of the trace suggests; builds have 1',
    unit: 'weight',
    reader: numberReader({ min: 0.001, max: 1000 }),
  },
  durationP50: { meaning: 'median duration of a build (lognormal law)', unit: 'seconds', reader: seconds },
  durationP80: { meaning: 'duration under which 80 % of builds stay', unit: 'seconds', reader: seconds },
  durationMax: { meaning: 'a longer build is cut off here', unit: 'seconds', reader: seconds },
  flavourCpus: {
    meaning: 'processors of a build, one number per flavour',
    unit: 'cpus',
    reader: numbersReader(),
  },
  flavourMem: {
    meaning: 'memory of a build, in the order of flavourCpus',
    unit: 'MB',
    reader: numbersReader(),
  },
  flavourShares: {
    meaning: 'builds of each flavour, in the order of flavourCpus',
    unit: 'weights',
    reader: numbersReader(),
  },
  failureShare: { meaning: 'builds that end failed (exit 1)', unit: 'share of builds', reader: share },
  restartShare: {
    meaning: 'failed builds that a person starts again, once, as a row of its own (job <build>-retry)',
    unit: 'share of builds',
    reader: share,
  },
  restartWithinHour: {
    meaning: 'restarts that come within an hour of the end of the failed build (exponential delay)',
    unit: 'share of restarts',
    reader: numberReader({ min: 0.001, max: 0.999 }),
  },
  coldStartSeconds: {
    meaning: 'from TASK_RUNNING of an executor until its first build (framework model ci)',
    unit: 'seconds',
    reader: numberReader({ min: 0, max: 1e6 }),
  },
  keepSeconds: {
    meaning: 'how long a master keeps an executor without a build (framework model ci)',
    unit: 'seconds',
    reader: numberReader({ min: 0, max: 1e7 }),
  },
  agents: { meaning: 'agents of the cluster line in the header of the trace', unit: 'agents', reader: count },
  agentCpus: {
    meaning: 'processors of one agent of the cluster line',
    unit: 'cpus',
    reader: numberReader({ min: 0, max: 1e5 }),
  },
  agentMem: { meaning: 'memory of one agent of the cluster line', unit: 'MB', reader: megabytes },
  agentDisk: {
    meaning: 'disk of one agent of the cluster line (0: not named)',
    unit: 'MB',
    reader: megabytes,
  },
  masterConstraint: {
    meaning: 'constraint of every master, for agents with that attribute: group=masters',
    unit: '',
    reader: constraintReader(),
  },
  buildConstraint: {
    meaning: 'constraint of every build, for agents with that attribute: group=builds',
    unit: '',
    reader: constraintReader(),
  },
};

export const ciNames = Object.keys(ciDefinitions) as readonly CiName[];

/**
 * What no single value can show: lists that belong together, shares that exceed each other.
 * @returns one sentence on the first thing wrong, or undefined
 */
export function findConflict(settings: CiSettings): string | undefined {
  const { stackNames, stackShares, flavourCpus, flavourMem, flavourShares } = settings;
  if (stackNames.length !== stackShares.length) {
    const lengths = `${stackNames.length} and ${stackShares.length}`;
    return `stackNames and stackShares have ${lengths} entries; set both alike`;
  }
  if (flavourCpus.length !== flavourMem.length || flavourCpus.length !== flavourShares.length) {
    const lengths = `${flavourCpus.length}, ${flavourMem.length} and ${flavourShares.length}`;
    return `flavourCpus, flavourMem and flavourShares have ${lengths} entries; set all three alike`;
  }
  if (settings.restartShare > settings.failureShare) {
    const shares = `restartShare is ${settings.restartShare} and failureShare ${settings.failureShare}`;
    return `${shares}; only failed builds are started again`;
  }
  const { durationP50, durationP80 } = settings;
  if (durationP80 < durationP50) {
    return `durationP80 is ${durationP80} and durationP50 ${durationP50}; it is the larger one`;
  }
  return undefined;
}
