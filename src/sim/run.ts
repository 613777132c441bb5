import { assemble, type Assembly } from './assemble.js';
import type { RunConfig, RunControl, RunProgress, RunResult } from './run-config.js';
import { SimError } from './sim-error.js';
import { unfinishedGroups, type EndState } from './unfinished.js';

/** Events and offers between two looks at the control: a few milliseconds. */
const workBetweenPauses = 20_000;

/**
 * Replays a trace on a simulated cluster. The same configuration gives the same run, whatever the control does.
 *
 * @throws SimError when the configuration makes no sense, or when a check of the run itself fails
 */
export async function runSimulation(config: RunConfig, control?: RunControl): Promise<RunResult> {
  const assembly = assemble(config);
  const { simulation, journal, master, world, check } = assembly;
  config.track?.(() => ({ event: world.events, nowUs: simulation.now }));
  try {
    // To put a large cluster together takes a while, too.
    if (control !== undefined && (await control.pause(progressOf(assembly)))) simulation.interrupt();
    while (simulation.end === undefined) {
      simulation.run(workBetweenPauses);
      if (control === undefined || simulation.end !== undefined) continue;
      if (await control.pause(progressOf(assembly))) simulation.interrupt();
    }
    const broken = check?.end(master);
    if (broken !== undefined) throw new SimError(`${broken} (at the end of the run)`);
    journal?.end(master);
  } finally {
    // Also what led to a fault is worth having.
    journal?.flush();
  }
  return resultOf(assembly, config);
}

function progressOf({ simulation, world, arrivals, ledger, setup }: Assembly): RunProgress {
  const arrived = arrivals.arrivedCount;
  return {
    nowUs: simulation.now,
    events: world.events,
    arrived,
    ended: arrived - ledger.openCount - ledger.waitingServices,
    tasks: setup.trace.taskCount,
  };
}

function resultOf(assembly: Assembly, config: RunConfig): RunResult {
  const { simulation, world, ledger, setup, infos, allocator, roles, unschedulable } = assembly;
  const end = simulation.end ?? 'interrupted';
  const state: EndState = {
    trace: setup.trace,
    outcome: ledger.outcome,
    shapes: setup.shapes,
    agents: infos,
    allocator,
    limits: new Map([...(config.quotas ?? [])].map(([path, { limits }]) => [path, limits])),
    rolePath: (role) => roles.path(role),
    end,
  };
  return {
    end,
    partial: end === 'interrupted',
    stalled: end === 'stalled',
    endUs: simulation.now,
    events: world.events,
    allocations: ledger.allocationCount,
    tasks: ledger.counts(),
    unschedulable,
    unfinished: unfinishedGroups(state),
  };
}
