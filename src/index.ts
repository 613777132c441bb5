/**
 * What a program, or a policy of one's own, imports from `agora-sim`. docs/writing-an-allocator.md shows how to use it.
 *
 * @packageDocumentation
 */

// A policy of one's own: an order of buyers over Mesos's bookkeeping.
export { definePolicy, type Needs, type Policy, type PolicyDefinition } from './plugins/policy.js';
export type { Amounts, Candidate, CandidateAgent, CandidateAsk } from './plugins/candidate.js';
export type { OptionSpec, OptionSpecs, OptionValues } from './plugins/policy-options.js';

// A whole allocator of one's own: all that a master asks, and all it is answered.
export { defineAllocator, type AllocatorDefinition, type AllocatorModule } from './plugins/policy.js';
export type {
  AgentOrderName,
  AllocationScope,
  Allocator,
  AllocatorOptions,
  AllocatorSnapshot,
  AllocatorStream,
  Holding,
  OfferMode,
  OfferSink,
  RandomSource,
  Refusal,
  SorterName,
} from './cluster/allocator.js';
export {
  SECOND,
  type AgentId,
  type FrameworkId,
  type Micros,
  type OfferId,
  type RoleId,
} from './cluster/ids.js';
export type {
  AgentInfo,
  Ask,
  Attribute,
  Domain,
  FrameworkInfo,
  Offer,
  Quantities,
} from './cluster/protocol.js';
export { Resources } from './cluster/resources/resources.js';
export { formatResources, parseQuantities, parseResources } from './cluster/resources/text.js';
export { isWithin, Roles } from './cluster/roles.js';

// Its building blocks: Mesos's bookkeeping and cycles under a serving order of one's own.
export { RankedAllocator, type OrderFactory } from './allocators/ranked-allocator.js';
export { DrfOrder, type Market, type ServingOrder, type Visit } from './allocators/serving-order.js';
export type { Books, Client } from './allocators/bookkeeping/books.js';
export type { PolicyHooks } from './allocators/policy-hooks.js';
export { allocatorNames, createAllocator } from './allocators/registry.js';

// Allocators by name or path, as the command line takes them.
export { resolveAllocator, type AllocatorChoice } from './plugins/resolve-allocator.js';
export { PluginError, PolicyFault } from './plugins/fault.js';

// A few tasks reckoned by hand, for tests of a policy.
export { simulateTasks, type SimulateOptions, type TaskOutcome, type TaskRow } from './sim/simulate-tasks.js';

// Whole runs, as `sim run` makes them.
export { readTrace, type TraceFile } from './workloads/read-trace.js';
export { parseCluster, type AgentSpec } from './sim/cluster-spec.js';
export { readCluster } from './sim/cluster-file/read.js';
export type { Cluster } from './sim/cluster-file/cluster.js';
export { runSimulation } from './sim/run.js';
export type {
  RunConfig,
  RunControl,
  RunPosition,
  RunProgress,
  RunResult,
  RunSetup,
} from './sim/run-config.js';
export { Recorder } from './metrics/recorder.js';
