import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator } from '../../src/cluster/allocator.js';
import { runScenario, type ScenarioOptions, type ScenarioResult } from '../../src/scenario/runner.js';

export type Json = Readonly<Record<string, unknown>>;

/** The text of a scenario with these steps. */
export function scenarioText(steps: readonly Json[], rest: Json = {}): string {
  return JSON.stringify({ format: 'agora-scenario/1', name: 'test', ...rest, steps });
}

/** Runs steps against `drf`. */
export function run(
  steps: readonly Json[],
  rest: Json = {},
  options: Partial<ScenarioOptions> = {},
): ScenarioResult {
  return runScenario(scenarioText(steps, rest), {
    create: createAllocator,
    ...options,
  });
}

/** `STEP: MESSAGE` of a failed result, `ok` of another. */
export function outcome({ ok, failure }: ScenarioResult): string {
  return ok ? 'ok' : `${failure?.step ?? '-'}: ${failure?.message ?? ''}`;
}

/** `drf` with some methods replaced. */
export function runWith(steps: readonly Json[], replace: (real: Allocator) => Partial<Allocator>): string {
  return outcome(
    run(
      steps,
      {},
      {
        create: (name, options) => {
          const real = createAllocator(name, options);
          const replaced = replace(real);
          return new Proxy<Allocator>(real, {
            get(target, key) {
              const value: unknown = Reflect.get(key in replaced ? replaced : target, key);
              return typeof value === 'function' ? value.bind(key in replaced ? replaced : target) : value;
            },
          });
        },
      },
    ),
  );
}

export const agent = (name: string, resources = 'cpus:4;mem:4096', more: Json = {}): Json => ({
  do: 'addAgent',
  agent: name,
  resources,
  ...more,
});

export const framework = (name: string, roles: string | readonly string[], more: Json = {}): Json => ({
  do: 'addFramework',
  framework: name,
  roles: typeof roles === 'string' ? [roles] : roles,
  ...more,
});

export const advance = (seconds: number): Json => ({ do: 'advance', seconds });
export const noOffers: Json = { expect: 'noOffers' };

/** Each offer as `framework role agent resources`. */
export const offers = (...expected: readonly string[]): Json => ({
  expect: 'offers',
  offers: expected.map(offerOf),
});

export function offerOf(text: string): Json {
  const [of, role, on, resources] = text.split(' ');
  return { framework: of, role, agent: on, resources };
}

/** A recover step of `framework role agent resources`. */
export const recover = (text: string, more: Json = {}): Json => {
  const [of, role, on, resources] = text.split(' ');
  return { do: 'recover', framework: of, role, agent: on, resources, ...more };
};
