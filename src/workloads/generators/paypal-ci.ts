import { ciCommon, circleciTeamSigma } from './ci-common.js';
import type { CiParameterSet } from './parameters.js';

const slides2015 = 'Selvaraj and Oruganti, "Efficiency Blast with Containers at PayPal", slides, 2015';
const clusterAfter = `2,400 CPUs, 7.2 TB RAM, 18 TB disk after Mesos: ${slides2015}`;

/** PayPal, 2015 to 2017: one Jenkins master per application, builds on demand through Mesos. */
export const paypalCi: CiParameterSet = {
  ...ciCommon,
  masters: { value: 2500, tag: 'P', source: `one Jenkins per application, 2,500+: ${slides2015}` },
  masterCpus: {
    value: 0.2,
    tag: 'A',
    source: 'below the 0.96 CPU per master that the cluster allows with builds',
  },
  masterMem: {
    value: 1536,
    tag: 'A',
    source: 'below the 2.9 GB per master that the cluster allows with builds',
  },
  buildingShare: { value: 1, tag: 'A', source: 'every application builds, most of them rarely' },
  buildsPerDay: {
    value: 24000,
    tag: 'P',
    source: `24,000 builds a day: ${slides2015}; Narayanan, "Running CI at scale", 2017`,
  },
  teamSigma: circleciTeamSigma,
  agents: { value: 100, tag: 'A', source: `their number is not published, the sum is: ${clusterAfter}` },
  agentCpus: { value: 24, tag: 'D', source: `a 100th of ${clusterAfter}` },
  agentMem: { value: 73728, tag: 'D', source: 'a 100th of the published 7.2 TB: 72 GB' },
  agentDisk: { value: 184320, tag: 'D', source: 'a 100th of the published 18 TB: 180 GB' },
};
