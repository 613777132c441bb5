import type { OfferMode } from '../cluster/allocator.js';
import { humanCount, humanDuration } from '../report/human.js';
import type { Trace } from '../workloads/trace.js';
import type { Experiment } from './experiment.js';
import { measure, type Measured } from './measure.js';
import { resultMarkdown } from './result-text.js';
import { bundledTrace, drawTrace } from './workload.js';

/** So much longer from submit to end, in the mean, is no longer near the optimum: our reading of the claim. */
const nearly = 0.05;

interface Load {
  readonly name: string;
  readonly cluster: string;
  /** Runs of it end here at the latest, in seconds. */
  readonly until: number;
  readonly draw: () => Promise<Trace>;
}

/** The day of paypal-ci at a tenth of its size, on so few agents that little is free. */
const crowded: Load = {
  name: 'paypal-ci × 0.1, 7 agents',
  cluster: '7*cpus:24;mem:73728',
  until: 172_800,
  draw: () => drawTrace('paypal-ci', { seed: '1', days: 1, scale: 0.1 }),
};

const whole: readonly Load[] = [
  {
    name: 'traces/paypal-ci.csv',
    cluster: '100*cpus:24;mem:73728',
    until: 172_800,
    draw: () => bundledTrace('paypal-ci'),
  },
  {
    name: 'traces/ebay-ci.csv',
    cluster: '80*cpus:12.5;mem:76800',
    until: 691_200,
    draw: () => bundledTrace('ebay-ci'),
  },
  crowded,
];

/** `experiments/price-of-coarse-offers`: whole agents on offer, as Mesos does it, against offers cut for each task. */
export const priceOfCoarseOffers: Experiment = {
  name: 'price-of-coarse-offers',
  about: 'what whole agents on offer cost builds, on three traces',
  takes: '15 s',
  run: async ({ seed, quick, signal, onProgress }) => {
    const loads = quick ? [crowded] : whole;
    const lines: { load: string; coarse: Measured; demand: Measured; longer: number }[] = [];
    for (const [i, { name, cluster, until, draw }] of loads.entries()) {
      const trace = await draw();
      const under = async (offers: OfferMode): Promise<Measured> =>
        await measure({ trace, cluster, allocator: 'drf', offers, seed, until, signal });
      const coarse = await under('coarse');
      onProgress(2 * i + 1, 2 * loads.length);
      const demand = await under('demand');
      onProgress(2 * i + 2, 2 * loads.length);
      lines.push({
        load: name,
        coarse,
        demand,
        longer: coarse.untilEnd.mean! / demand.untilEnd.mean! - 1,
      });
    }
    const dear = lines.filter(({ longer }) => longer > nearly);
    const markdown = resultMarkdown(
      [
        {
          title: 'Coarse against demand offers under drf, one run each',
          columns: [
            'trace',
            'offers',
            'until running, mean',
            'p95',
            'until end, mean',
            'longer',
            'offers made',
          ],
          rows: lines.flatMap(({ load, coarse, demand, longer }) => [
            [load, 'coarse', ...cells(coarse, percent(longer))],
            [load, 'demand', ...cells(demand, '')],
          ]),
        },
      ],
      dear.length === 0 ? 'consistent' : 'not consistent',
      dear.length === 0
        ? `Nowhere do builds take over ${percent(nearly)} longer with coarse offers.`
        : `With coarse offers builds take over ${percent(nearly)} longer on ${dear.length} of ${loads.length}.`,
    );
    // No figure was published that these could differ from: the verdict is on our reading of the claim.
    const json = { experiment: 'price-of-coarse-offers', seed, quick, lines };
    return { markdown, json, differences: [] };
  },
};

function cells({ untilRunning, untilEnd, offers }: Measured, longer: string): string[] {
  return [
    humanDuration(untilRunning.mean),
    humanDuration(untilRunning.p95),
    humanDuration(untilEnd.mean),
    longer,
    humanCount(offers),
  ];
}

function percent(part: number): string {
  const value = part * 100;
  return `${value >= 9.95 ? Math.round(value) : Math.round(value * 10) / 10} %`;
}
