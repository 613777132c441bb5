import { ciCommon } from './ci-common.js';
import type { CiParameterSet } from './parameters.js';

const partOne = 'eBay Tech Blog, "Delivering eBay\'s CI Solution with Apache Mesos, Part I", 2014';
const trainJenkins = 'Selvaraj, "How to Train Jenkins", Jenkins User Conference, 2014';

/** eBay in 2014: one Jenkins master per developer, most of them idle, each a framework of its own. */
export const ebayCi: CiParameterSet = {
  ...ciCommon,
  masters: { value: 5000, tag: 'A', source: `"thousands of VMs", one master each: ${partOne}` },
  masterCpus: { value: 0.1, tag: 'A', source: 'a master that does not build itself is nearly idle' },
  masterMem: { value: 1024, tag: 'A', source: 'a Jenkins of one developer' },
  buildingShare: { value: 0.2, tag: 'P', source: `20 % of the instances are used: ${trainJenkins}` },
  buildsPerDay: {
    value: 3400,
    tag: 'D',
    source: `1,000 used masters x 25 min/day (an upper bound: ${trainJenkins}) / 434 s per build`,
  },
  teamSigma: { value: 1.5, tag: 'A', source: 'developers differ less than the projects of CircleCI' },
  agents: { value: 80, tag: 'A', source: 'holds the masters with room for builds; no size is published' },
  agentCpus: { value: 12.5, tag: 'A', source: '1,000 CPUs over 80 agents; no size is published' },
  agentMem: { value: 76800, tag: 'A', source: '6,000 GB over 80 agents: 75 GB; no size is published' },
  agentDisk: { value: 0, tag: 'A', source: 'no size is published and no task asks for disk' },
};
