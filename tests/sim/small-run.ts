import { createAllocator } from '../../src/allocators/registry.js';
import { Recorder } from '../../src/metrics/recorder.js';
import { parseAgents } from '../../src/sim/cluster-spec.js';
import { runSimulation } from '../../src/sim/run.js';
import type { RunConfig, RunControl, RunResult } from '../../src/sim/run-config.js';
import type { Trace } from '../../src/workloads/trace.js';

export interface SmallRun {
  readonly result: RunResult;
  readonly recorder: Recorder;
  /** Start of each task in seconds; undefined: never. */
  readonly starts: (number | undefined)[];
  readonly agents: number[];
}

export interface SmallOptions extends Partial<Omit<RunConfig, 'trace' | 'agents' | 'allocator'>> {
  readonly cluster?: readonly string[];
  /** A built-in allocator, or one made by hand. @defaultValue drf */
  readonly policy?: string | RunConfig['allocator'];
  readonly control?: RunControl;
}

/** Demand offers, first fit, instant, and every check on, unless told otherwise. */
export async function smallRun(trace: Trace, options: SmallOptions = {}): Promise<SmallRun> {
  const { cluster = ['cpus:4;mem:4096'], policy = 'drf', control, ...rest } = options;
  const made: Recorder[] = [];
  const result = await runSimulation(
    {
      trace,
      agents: cluster.map(parseAgents),
      allocator:
        typeof policy === 'string' ? (allocatorOptions) => createAllocator(policy, allocatorOptions) : policy,
      offers: 'demand',
      agentOrder: 'first-fit',
      instant: true,
      check: true,
      ...rest,
      observe: (setup) => {
        const recorder = new Recorder(setup);
        made.push(recorder);
        return recorder;
      },
    },
    control,
  );
  const [recorder] = made;
  return {
    result,
    recorder,
    starts: Array.from(recorder.startUs, (us) => (us < 0 ? undefined : us / 1e6)),
    agents: [...recorder.agent],
  };
}
