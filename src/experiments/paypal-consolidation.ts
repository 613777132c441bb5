import { humanCount, humanDuration, humanPart } from '../report/human.js';
import { paypalCi } from '../workloads/generators/paypal-ci.js';
import type { Experiment } from './experiment.js';
import { measure, type Measured } from './measure.js';
import { resultMarkdown } from './result-text.js';
import { smallestServing, type SharedCluster } from './shared-cluster.js';
import { factorText, parametersAt, sweepPoints, type SweepPoint } from './sweep.js';
import { drawForMachines, drawTrace, type Machines } from './workload.js';

/** 24,000 CPUs and 54 TB over 2,500 VMs; 2 executors on each (Selvaraj and Oruganti, slides, 2015). */
const vm: Machines = { cpus: 9.6, mem: 22_118, executors: 2 };
const vms = 2500;
/** CPUs before and after. */
const published = 24_000 / 2400;
/** Of the shared cluster: 24 CPUs and 72 GB, a 100th of the published cluster. */
const agent = `cpus:${paypalCi.agentCpus.value};mem:${paypalCi.agentMem.value}`;
const day = 86_400;

interface Line extends SweepPoint, SharedCluster {
  readonly machines: Measured;
  /** CPUs of the VMs over those of the smallest shared cluster. */
  readonly factor: number;
}

/** `experiments/paypal-consolidation`: a VM for each Jenkins master against one shared cluster, the same builds. */
export const paypalConsolidation: Experiment = {
  name: 'paypal-consolidation',
  about: 'PayPal: 24,000 CPUs in 2,500 VMs down to 2,400 shared',
  takes: '90 s',
  run: async ({ seed, quick, signal, onProgress }) => {
    const scale = quick ? 0.04 : 1;
    const points = sweepPoints(quick);
    const lines: Line[] = [];
    let [machines, steps]: [Measured | undefined, number] = [undefined, 0];
    // A guess: a search of the cluster takes about seven runs.
    const expected = points.length * 7 + new Set(points.map(({ duration }) => duration)).size;
    const step = (): void => onProgress(Math.min(++steps, expected), expected);
    for (const [i, point] of points.entries()) {
      const parameters = { ...parametersAt(paypalCi, point), weekdayWeights: '1,1,1,1,1,1,1' };
      const options = { seed: '1', days: 1, scale, parameters };
      // On its own machine a build has an executor, whatever its size.
      if (machines === undefined || points[i - 1].duration !== point.duration) {
        const trace = await drawForMachines('paypal-ci', options, vm, vms * scale);
        const cluster = `${vms * scale}*cpus:${vm.cpus};mem:${vm.mem}`;
        machines = await measure({ trace, cluster, allocator: 'static?by=framework', seed, signal });
        step();
      }
      const shared = await smallestServing(
        await drawTrace('paypal-ci', options),
        agent,
        leastAgents(scale),
        { seed, until: 1.25 * day, signal },
        step,
      );
      const factor = (vms * scale * vm.cpus) / (shared.agents * paypalCi.agentCpus.value);
      lines.push({ ...point, ...shared, machines, factor });
    }
    const missed = lines.filter(({ factor }) => factor < published);
    const isPossible = !missed.some(({ size, duration }) => size === 1 && duration === 1);
    return {
      markdown: report(lines, vms * scale, isPossible),
      json: { experiment: 'paypal-consolidation', seed, quick, scale, lines },
      differences: isPossible ? [] : missed.map(differenceText),
    };
  },
};

function differenceText({ size, duration, factor }: Line): string {
  const which = `builds of size ${factorText(size)} and duration ${factorText(duration)}`;
  return `${which}: ${factor.toFixed(1)} times fewer CPUs, published ${published}`;
}

/** @param isPossible the published factor, at the assumptions as they are */
function report(lines: readonly Line[], machineCount: number, isPossible: boolean): string {
  const factors = lines.map(({ factor }) => factor);
  const range = `${Math.min(...factors).toFixed(1)} to ${Math.max(...factors).toFixed(1)}`;
  const possible = factors.filter((factor) => factor >= published).length;
  const before = `${humanCount(machineCount)} VMs of ${vm.cpus} CPUs with 2 executors`;
  return resultMarkdown(
    [
      {
        title: `Before, ${before}, each of one team (static?by=framework)`,
        columns: ['duration', 'executors busy', 'until running, mean', 'p95'],
        rows: lines
          .filter(({ duration }, i) => lines[i - 1]?.duration !== duration)
          .map(({ duration, machines: { busy, untilRunning } }) => [
            factorText(duration),
            humanPart(busy / (day * machineCount * vm.executors)),
            humanDuration(untilRunning.mean),
            humanDuration(untilRunning.p95),
          ]),
      },
      {
        title:
          'After, the smallest shared cluster (drf) with all masters up and 95 % of builds running within 60 s',
        columns: ['build size', 'duration', 'CPUs', 'factor', 'until running, p95', 'published factor of 10'],
        rows: lines.map(({ size, duration, agents, factor, measured }) => [
          factorText(size),
          factorText(duration),
          humanCount(agents * paypalCi.agentCpus.value),
          factor.toFixed(1),
          humanDuration(measured.untilRunning.p95),
          factor >= published ? 'possible' : 'not possible',
        ]),
      },
    ],
    isPossible ? 'consistent' : 'not consistent',
    `Factors of ${range} over the sweep; ${possible} of ${lines.length} points allow the published ${published}.`,
  );
}

/** Fewer do not hold the masters. */
function leastAgents(scale: number): number {
  const perAgent = Math.floor(paypalCi.agentMem.value / paypalCi.masterMem.value);
  return Math.ceil((paypalCi.masters.value * scale) / perAgent);
}
