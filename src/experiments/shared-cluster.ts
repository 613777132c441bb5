import type { Trace } from '../workloads/trace.js';
import { measure, type Measured } from './measure.js';

/** What must hold of a cluster that serves builds: the bound is ours. */
const promptSeconds = 60;

/** All services run, and 95% of the builds run within a minute of their submit. */
export function serves({ services, servicesUp, untilRunning }: Measured): boolean {
  return servicesUp === services && (untilRunning.p95 ?? 0) <= promptSeconds;
}

export interface SharedCluster {
  readonly agents: number;
  readonly measured: Measured;
}

/**
 * The fewest agents on which the trace is served, by bisection under demand offers, where a wait is a lack of room and not of
 * an offer.
 *
 * @param agent resources of one agent
 * @param least fewer are not tried
 * @param tried heard after each run
 */
export async function smallestServing(
  trace: Trace,
  agent: string,
  least: number,
  run: { readonly seed: string; readonly until: number; readonly signal: AbortSignal },
  tried: () => void,
): Promise<SharedCluster> {
  const attempt = async (agents: number): Promise<Measured> => {
    const cluster = `${agents}*${agent}`;
    const measured = await measure({ ...run, trace, cluster, allocator: 'drf', offers: 'demand' });
    tried();
    return measured;
  };
  let [low, high] = [least - 1, Math.ceil(least * 1.25)];
  let best = await attempt(high);
  while (!serves(best)) {
    [low, high] = [high, high * 2];
    best = await attempt(high);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const measured = await attempt(middle);
    if (serves(measured)) [high, best] = [middle, measured];
    else low = middle;
  }
  return { agents: high, measured: best };
}
