import { setImmediate } from 'node:timers/promises';
import { createAllocator } from '../allocators/registry.js';
import type { OfferMode } from '../cluster/allocator.js';
import { distributionOfMicros, type Distribution } from '../metrics/distribution.js';
import { Recorder } from '../metrics/recorder.js';
import { parseCluster } from '../sim/cluster-spec.js';
import { runSimulation } from '../sim/run.js';
import { TaskFlag, type Trace } from '../workloads/trace.js';
import { ExperimentInterrupted } from './experiment.js';

export interface MeasuredRun {
  readonly trace: Trace;
  /** `100*cpus:24;mem:73728`; several joined by line ends. */
  readonly cluster: string;
  /** As after --allocator. */
  readonly allocator: string;
  /** @defaultValue 'coarse' */
  readonly offers?: OfferMode;
  readonly seed: string;
  /** The run ends here at the latest, in seconds. */
  readonly until?: number;
  readonly signal: AbortSignal;
}

/** What came of the tasks that are no services; times in seconds. */
export interface Measured {
  /** Tasks, and those of them that ran. */
  readonly tasks: number;
  readonly ran: number;
  /** Services, and those of them that ran. */
  readonly services: number;
  readonly servicesUp: number;
  /** From submit to TASK_RUNNING, over all tasks; one that did not run waited until the end of the run. */
  readonly untilRunning: Distribution;
  /** From submit to the end, over those that ended. */
  readonly untilEnd: Distribution;
  /** Seconds of task time. */
  readonly busy: number;
  readonly offers: number;
}

/**
 * One run of the simulator.
 *
 * @throws ExperimentInterrupted
 */
export async function measure(run: MeasuredRun): Promise<Measured> {
  const { trace, allocator, offers = 'coarse', seed, until, signal } = run;
  const recorders: Recorder[] = [];
  const { endUs, partial } = await runSimulation(
    {
      trace,
      agents: parseCluster(run.cluster.split('\n')),
      allocator: (options) => createAllocator(allocator, options),
      offers,
      seed,
      ...(until !== undefined && { untilUs: Math.round(until * 1e6) }),
      observe: (setup) => {
        const recorder = new Recorder(setup);
        recorders.push(recorder);
        return recorder;
      },
    },
    // Signals are heard while the event loop turns.
    { pause: async () => (await setImmediate(), signal.aborted) },
  );
  if (partial) throw new ExperimentInterrupted('the run was interrupted');
  return figures(trace, recorders[0], endUs);
}

function figures(trace: Trace, recorder: Recorder, overUs: number): Measured {
  const untilRunning: number[] = [];
  const untilEnd: number[] = [];
  let [ran, services, servicesUp, busyUs] = [0, 0, 0, 0];
  for (let task = 0; task < trace.taskCount; task++) {
    const [submitUs, runningUs, endUs] = [
      trace.submitUs[task],
      recorder.runningUs[task],
      recorder.endUs[task],
    ];
    if ((trace.flags[task] & TaskFlag.service) !== 0) {
      services++;
      if (runningUs >= 0) servicesUp++;
      continue;
    }
    untilRunning.push((runningUs >= 0 ? runningUs : Math.max(overUs, submitUs)) - submitUs);
    if (runningUs < 0) continue;
    ran++;
    busyUs += (endUs >= 0 ? endUs : overUs) - runningUs;
    if (endUs >= 0) untilEnd.push(endUs - submitUs);
  }
  return {
    tasks: untilRunning.length,
    ran,
    services,
    servicesUp,
    untilRunning: distributionOfMicros(Float64Array.from(untilRunning)),
    untilEnd: distributionOfMicros(Float64Array.from(untilEnd)),
    busy: busyUs / 1e6,
    offers: recorder.offers.made,
  };
}
