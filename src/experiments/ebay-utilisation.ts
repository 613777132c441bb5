import { humanDuration, humanPart } from '../report/human.js';
import { ebayCi } from '../workloads/generators/ebay-ci.js';
import type { Trace } from '../workloads/trace.js';
import { TaskFlag } from '../workloads/trace.js';
import type { Experiment } from './experiment.js';
import { measure, type Measured } from './measure.js';
import { resultMarkdown } from './result-text.js';
import { factorText, parametersAt, sweepPoints, type SweepPoint } from './sweep.js';
import { drawForMachines, drawTrace, type Machines } from './workload.js';

/** "VM utilization < 5 %" (Soni and Hunnargikar, DockerCon slides, 2014). */
const published = 0.05;
/** An assumption, all of it: no size is published. */
const vm: Machines = { cpus: 4, mem: 8192, executors: 2 };
const day = 86_400;

interface Line extends SweepPoint {
  readonly machines: Measured;
  /** Part of all CPU time, of the builds alone and with what the masters themselves take. */
  readonly byBuilds: number;
  readonly withMasters: number;
}

/** `experiments/ebay-utilisation`: a VM for each developer's Jenkins, most of them unused. */
export const ebayUtilisation: Experiment = {
  name: 'ebay-utilisation',
  about: 'eBay: a VM for each Jenkins master is used to less than 5 %',
  takes: '90 s',
  run: async ({ seed, quick, signal, onProgress }) => {
    const scale = quick ? 0.02 : 1;
    const days = quick ? 2 : 7;
    const vms = ebayCi.masters.value * scale;
    const points = sweepPoints(quick);
    const lines: Line[] = [];
    let machines: Measured | undefined;
    for (const [i, point] of points.entries()) {
      const options = { seed: '1', days, scale, parameters: parametersAt(ebayCi, point) };
      if (machines === undefined || points[i - 1].duration !== point.duration) {
        const trace = await drawForMachines('ebay-ci', options, vm, vms);
        const cluster = `${vms}*cpus:${vm.cpus};mem:${vm.mem}`;
        machines = await measure({
          trace,
          cluster,
          allocator: 'static?by=framework',
          seed,
          until: days * day,
          signal,
        });
      }
      onProgress(i + 1, points.length);
      // Sizes and durations of builds are drawn apart from each other: the mean size is that of the busy time, too.
      const cpus = meanCpus(await drawTrace('ebay-ci', options));
      const byBuilds = (machines.busy * cpus) / (days * day * vms * vm.cpus);
      const withMasters = byBuilds + ebayCi.masterCpus.value / vm.cpus;
      lines.push({ ...point, machines, byBuilds, withMasters });
    }
    const differences = lines.filter(({ withMasters }) => withMasters >= published).map(differenceText);
    const perUsedVm = ({ busy }: Measured): number => busy / (days * vms * ebayCi.buildingShare.value);
    const what = `${days} days of builds on ${vms} VMs of ${vm.cpus} CPUs with 2 executors`;
    const most = Math.max(...lines.map(({ withMasters }) => withMasters));
    const markdown = resultMarkdown(
      [
        {
          title: `${what}, each of one master (static?by=framework)`,
          columns: [
            'build size',
            'duration',
            'build time a day, used VM',
            'CPUs used, builds',
            'with masters',
            'published < 5 %',
          ],
          rows: lines.map(({ size, duration, machines: each, byBuilds, withMasters }) => [
            factorText(size),
            factorText(duration),
            humanDuration(perUsedVm(each)),
            humanPart(byBuilds),
            humanPart(withMasters),
            withMasters < published ? 'holds' : 'does not hold',
          ]),
        },
      ],
      differences.length === 0 ? 'consistent' : 'not consistent',
      `At most ${humanPart(most)} over the sweep. The builds a day come from another published figure (a fifth of the VMs, ` +
        'each used for less than 25 minutes a day): what is found is that the two agree.',
    );
    return {
      markdown,
      json: { experiment: 'ebay-utilisation', seed, quick, scale, days, lines },
      differences,
    };
  },
};

function differenceText({ size, duration, withMasters }: Line): string {
  const which = `builds of size ${factorText(size)} and duration ${factorText(duration)}`;
  return `${which}: ${humanPart(withMasters)} used, published < 5 %`;
}

/** Of a build. */
function meanCpus({ shapes, shape, flags, taskCount }: Trace): number {
  let [sum, builds] = [0, 0];
  for (let task = 0; task < taskCount; task++) {
    if ((flags[task] & TaskFlag.service) !== 0) continue;
    sum += shapes[shape[task]].cpusMilli / 1000;
    builds++;
  }
  return sum / builds;
}
