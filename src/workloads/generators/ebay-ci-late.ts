import { ciCommon, circleciTeamSigma } from './ci-common.js';
import type { CiParameterSet } from './parameters.js';

const cloudbees = 'CloudBees session "eBay: CI build at scale", about 2020-21';

/** eBay about 2020: 6,000 Jenkins instances, all in use. */
export const ebayCiLate: CiParameterSet = {
  ...ciCommon,
  masters: { value: 6000, tag: 'P', source: `6,000+ Jenkins instances: ${cloudbees}` },
  masterCpus: { value: 0.2, tag: 'A', source: 'as paypal-ci' },
  masterMem: { value: 1536, tag: 'A', source: 'as paypal-ci' },
  buildingShare: {
    value: 1,
    tag: 'A',
    source: 'at 7.2 builds per instance and day (43,000 / 6,000) all are in use',
  },
  buildsPerDay: { value: 43000, tag: 'P', source: `about 43,000 builds a day: ${cloudbees}` },
  teamSigma: circleciTeamSigma,
  agents: {
    value: 125,
    tag: 'A',
    source: '3,000 CPUs and 12,000 GB in all, our guess; no size is published',
  },
  agentCpus: { value: 24, tag: 'A', source: '3,000 CPUs over 125 agents' },
  agentMem: { value: 98304, tag: 'A', source: '12,000 GB over 125 agents: 96 GB' },
  agentDisk: { value: 0, tag: 'A', source: 'no size is published and no task asks for disk' },
};
