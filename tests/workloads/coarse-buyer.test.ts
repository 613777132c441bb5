/** An event of many offers is answered as the same offers one event each: its loops over refusals are only shorter. */
import fc from 'fast-check';
import { it } from 'vitest';
import type { Offer } from '../../src/cluster/protocol.js';
import type { SchedulerDriver } from '../../src/cluster/scheduler.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { CoarseBuyer } from '../../src/workloads/frameworks/coarse-buyer.js';
import { Stage, TaskProgress, type Workload } from '../../src/workloads/frameworks/workload.js';
import { smallTrace, type SmallRow } from '../sim/small-trace.js';

const bags = ['cpus:1;mem:10', 'cpus:4;mem:100', 'cpus:9;mem:5', 'cpus:3;mem:50;ports:[1-9]'].map((text) =>
  parseResources(text),
);

const rows: fc.Arbitrary<SmallRow[]> = fc.array(
  fc
    .record({
      cpus: fc.integer({ min: 1, max: 5 }),
      mem: fc.integer({ min: 1, max: 60 }),
      tasks: fc.integer({ min: 1, max: 3 }),
      role: fc.constantFrom('a', 'a', 'a', 'b'),
      constraint: fc.constantFrom(undefined, undefined, 'rack=1'),
    })
    .map(({ constraint, ...row }) => (constraint === undefined ? row : { ...row, constraint })),
  { maxLength: 6 },
);
const offerLists = fc.array(
  fc.record({ bag: fc.nat(bags.length - 1), agent: fc.nat(3), role: fc.constantFrom(0, 0, 0, 1) }),
  { minLength: 1, maxLength: 20 },
);

/** What a buyer does with offers: who is launched where, who is declined, and why. */
function answers(trace: ReturnType<typeof smallTrace>, events: readonly (readonly Offer[])[]): string {
  const progress = new TaskProgress(trace.flags);
  const reasons = new Map<string, number>();
  const workload: Workload = {
    trace,
    resources: trace.shapes.map((s) => Resources.plain(s.cpusMilli, s.memMilli, s.diskMilli, s.gpusMilli)),
    roleIds: trace.roles.map((_, role) => role),
    specs: (task) => ({ name: String(task) }),
    agentFits: (_constraint, agent) => agent % 2 === 0,
    progress,
    declined: (why, count) => reasons.set(why, (reasons.get(why) ?? 0) + count),
  };
  const tasks = Int32Array.from({ length: trace.taskCount }, (_, task) => task);
  for (const id of tasks) progress.set(id, Stage.queued);
  const launched: string[] = [];
  const declined: number[] = [];
  const driver = {
    framework: 0,
    now: 0,
    accept: (ids: readonly number[], operations: readonly object[]) =>
      launched.push(`${ids.join()} ${JSON.stringify(operations)}`),
    decline: (ids: readonly number[]) => declined.push(...ids),
    suppress: () => undefined,
    revive: () => undefined,
  } as unknown as SchedulerDriver;
  const buyer = new CoarseBuyer(workload, tasks, 5_000_000, 0);
  buyer.enter(0, tasks.length);
  buyer.buy(0, driver);
  for (const offers of events) buyer.offers(offers, driver);
  return JSON.stringify([launched, declined, [...reasons].sort()]);
}

it('launches, declines and gives the reasons as for one offer at a time', () => {
  const property = fc.property(rows, offerLists, (list, offers) => {
    const trace = smallTrace([{ cpus: 1, mem: 1, role: 'a' }, ...list]);
    const event = offers.map(({ bag, agent, role }, id) => {
      const resources = bags[bag];
      return {
        id,
        framework: 0,
        role,
        agent,
        resources,
        ask: undefined,
      };
    });
    const single = answers(
      trace,
      event.map((offer) => [offer]),
    );
    const all = answers(trace, [event]);
    if (all !== single) throw new Error(`in one event:\n${all}\none by one:\n${single}`);
  });
  fc.assert(property, { numRuns: fc.readConfigureGlobal().numRuns ?? 500 });
});
