import { randomExponential } from 'd3-random';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/workloads/random-streams.js';
import { TraceBuilder, emptyRow } from '../../src/workloads/trace-builder.js';
import type { Trace } from '../../src/workloads/trace.js';
import { smallRun } from './small-run.js';

const SERVERS = 4;
const REPLICATIONS = 20;
const TASKS = 7000;
/** Tasks that come while the queue is still shorter than it will be. */
const WARM_UP = 1000;
/** Student's t for 19 degrees of freedom, two-sided 99%. */
const T_99 = 2.861;

/** Mean wait of M/M/c with mean service time 1, in service times (Erlang C). */
function erlangC(servers: number, load: number): number {
  const offered = servers * load;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < servers; n++) {
    term *= offered / n;
    sum += term;
  }
  const allBusy = (term * offered) / servers / (1 - load);
  return allBusy / (sum + allBusy) / (servers - offered);
}

/** Poisson arrivals, exponential durations of 1 s on average, one cpu each. */
function markovTrace(load: number, seed: string): Trace {
  const gap = randomExponential.source(randomStream(seed, 'arrivals'))(SERVERS * load);
  const duration = randomExponential.source(randomStream(seed, 'durations'))(1);
  const builder = new TraceBuilder();
  const framework = builder.frameworks.id('f');
  const role = builder.roles.id('*');
  let seconds = 0;
  for (let task = 0; task < TASKS; task++) {
    seconds += gap();
    builder.add({
      ...emptyRow(),
      submitUs: Math.round(seconds * 1e6),
      durationUs: Math.round(duration() * 1e6),
      cpusMilli: 1000,
      framework,
      role,
      job: builder.newJob(),
    });
  }
  return builder.finish({ format: 'csv' });
}

async function meanWait(load: number, seed: string): Promise<number> {
  const trace = markovTrace(load, seed);
  const { recorder } = await smallRun(trace, { cluster: [`cpus:${SERVERS}`], policy: 'fifo', check: false });
  let sum = 0;
  for (let task = WARM_UP; task < TASKS; task++) sum += recorder.startUs[task] - trace.submitUs[task];
  return sum / (TASKS - WARM_UP) / 1e6;
}

describe('Erlang C', () => {
  it('has the known values of small queues', () => {
    // M/M/1: load / (1 - load). M/M/2: load^2 / (1 - load^2).
    expect(erlangC(1, 0.5)).toBeCloseTo(1, 12);
    expect(erlangC(2, 0.5)).toBeCloseTo(1 / 3, 12);
  });
});

describe('M/M/c', () => {
  it.each([0.5, 0.7, 0.9])('waits as long as theory says, at load %d', async (load) => {
    const waits: number[] = [];
    for (let i = 1; i <= REPLICATIONS; i++) waits.push(await meanWait(load, `mmc-${i}`));
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / REPLICATIONS;
    const variance = waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / (REPLICATIONS - 1);
    const half = T_99 * Math.sqrt(variance / REPLICATIONS);
    const theory = erlangC(SERVERS, load);
    expect(theory).toBeGreaterThan(mean - half);
    expect(theory).toBeLessThan(mean + half);
    // An interval that holds everything would prove nothing.
    expect(half).toBeLessThan(theory / 4);
  });
});
