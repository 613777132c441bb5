import type { CiParameterSet } from './parameters.js';

/** What each generator states for itself. */
type OwnName =
  | 'masters'
  | 'masterCpus'
  | 'masterMem'
  | 'buildingShare'
  | 'buildsPerDay'
  | 'teamSigma'
  | 'agents'
  | 'agentCpus'
  | 'agentMem'
  | 'agentDisk';

const circleci = 'CircleCI reports and talks, 2019-2023';
const restarts = 'Durieux et al., MSR 2020';
const pluginIssue = 'sizes users asked for: jenkinsci/mesos-plugin issue 203, 2016';

/** The spread of builds per team that CircleCI's quantiles give. */
export const circleciTeamSigma = {
  value: 2.2,
  tag: 'D',
  source:
    'CircleCI, Stahnke, 2020: runs per project and day p50 0.70, p95 32.1, mean 8.22 (sigma 2.33, 2.22)',
} as const;

/**
 * What is the same at every company: the statistics of continuous integration in general, and our
 * assumptions.
 */
export const ciCommon: Omit<CiParameterSet, OwnName> = {
  teamShareMax: {
    value: 0.02,
    tag: 'A',
    source: 'keeps one draw of the heavy tail from being the whole trace',
  },
  stackNames: {
    value: ['java', 'node', 'python', 'cpp'],
    tag: 'P',
    source: 'Java, Node, Python and C++ at eBay (Tech Blog, Part II, 2014) and PayPal (slides, 2015)',
  },
  stackShares: { value: [50, 25, 15, 10], tag: 'A', source: 'no split is published' },
  hourWeights: {
    value: [
      0.2, 0.15, 0.12, 0.1, 0.1, 0.12, 0.2, 0.45, 0.95, 1.75, 2.25, 2.3, 1.75, 1.7, 2.15, 2.3, 2.2, 1.8, 1.25,
      0.8, 0.55, 0.4, 0.25, 0.16,
    ],
    tag: 'A',
    source: 'working hours; peak 2.3 lies between 1.3 (Travis CI, 2016) and 3 (Micco, Google, 2016)',
  },
  weekdayWeights: {
    value: [1.2, 1.32, 1.34, 1.28, 1.12, 0.37, 0.37],
    tag: 'A',
    source: 'published only that weekends are slower (Mozilla, 2010; GitHub, about 2012)',
  },
  firstWeekday: { value: 0, tag: 'A', source: 'a week starts on Monday' },
  nightlyShare: {
    value: 0.15,
    tag: 'D',
    source:
      'scheduled runs use 15.5 % of the resources of GitHub Actions, ICSE 2024; rounded, applied to builds',
  },
  nightlyHour: { value: 2, tag: 'A', source: 'nightly builds run when nobody works' },
  nightlySpreadHours: { value: 1, tag: 'A', source: 'schedules are spread so as not to collide' },
  nightlyWeight: { value: 0.5, tag: 'A', source: 'nobody waits for a nightly build' },
  durationP50: { value: 240, tag: 'P', source: `median below 4 min: ${circleci}` },
  durationP80: { value: 600, tag: 'P', source: `80 % under 10 min: ${circleci}` },
  durationMax: { value: 14400, tag: 'A', source: 'a timeout of 4 hours; it cuts about 1 build in 12,000' },
  flavourCpus: { value: [0.5, 1, 2, 4], tag: 'P', source: pluginIssue },
  flavourMem: {
    value: [768, 1408, 4506, 9011],
    tag: 'A',
    source: `512, 1,024, 4,096 and 8,192 MB (${pluginIssue}) + 10 % for the JVM, the small two more`,
  },
  flavourShares: { value: [35, 40, 20, 5], tag: 'A', source: 'no mix is published' },
  failureShare: {
    value: 0.2,
    tag: 'P',
    source: 'CircleCI 2020: 80 % succeed; Travis CI 2016: about 20 % fail',
  },
  restartShare: { value: 0.0172, tag: 'P', source: `1.72 % of builds are restarted by hand: ${restarts}` },
  restartWithinHour: { value: 0.54, tag: 'P', source: `54 % of restarts come within an hour: ${restarts}` },
  coldStartSeconds: {
    value: 45,
    tag: 'A',
    source: 'container start 10-20 s (docker-plugin issues 312, 336), 30-60 s (kubernetes-plugin PR 66)',
  },
  keepSeconds: {
    value: 180,
    tag: 'P',
    source: '3 min, the default of the Jenkins plugin for Mesos (configuration at tag 0.8.0, 2015)',
  },
  masterConstraint: {
    value: '',
    tag: 'A',
    source: 'eBay kept masters and builds apart by attribute (Tech Blog, Part I); the cluster line has none',
  },
  buildConstraint: { value: '', tag: 'A', source: 'as masterConstraint' },
};
