import type { Allocator } from '../../src/cluster/allocator.js';
import { runScenario, type ScenarioResult } from '../../src/scenario/runner.js';
import { referenceAllocator } from './reference-allocator.js';

/** What the reference leaves out of an allocator; run too often, it offers nothing more. */
const rest = { triggered: true, dirty: true, nextExpiry: () => 0, digest: () => '' };

/** Runs a scenario against the reference allocator, without the steps that have to be refused. */
export function runAgainstReference(text: string): ScenarioResult {
  const scenario = JSON.parse(text) as { readonly steps: readonly { readonly fails?: unknown }[] };
  const steps = scenario.steps.filter((step) => step.fails === undefined);
  return runScenario(JSON.stringify({ ...scenario, steps }), {
    create: (_name, options) => Object.assign(referenceAllocator(options), rest) as unknown as Allocator,
  });
}
