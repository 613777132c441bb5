/**
 * Random histories of allocator calls. A step names things by picks, numbers that the driver takes modulo what is there
 * when the step comes, so that any part of a history can be left out when it is shrunk.
 */
import fc from 'fast-check';
import type { AgentOrderName, OfferMode, SorterName } from '../../src/cluster/allocator.js';
import { SECOND, type Micros } from '../../src/cluster/ids.js';
import type { Quantities } from '../../src/cluster/protocol.js';

type Pick = number;

export interface AskPick {
  readonly role: Pick;
  readonly shape: string;
  readonly count: number;
  readonly gang: boolean;
  readonly constraint: string | null;
}

export interface FrameworkPick {
  readonly roles: readonly Pick[];
  readonly capabilities: number;
  /** Which of its roles are suppressed, as bits. */
  readonly suppressed: number;
  readonly minAllocatable: number;
  /** Of its first role. */
  readonly constraints: number;
}

export type Operation = 'reserve' | 'unreserve' | 'create' | 'createShared' | 'destroy' | 'remove';
export type Part = 'all' | 'half';

export type Step =
  | { readonly do: 'addAgent'; readonly shape: string; readonly traits: Pick; readonly user: Pick }
  | { readonly do: 'updateAgent'; readonly agent: Pick; readonly shape: string | null; readonly traits: Pick }
  | { readonly do: 'removeAgent' | 'activateAgent' | 'deactivateAgent'; readonly agent: Pick }
  | { readonly do: 'setWhitelist'; readonly agents: number | null }
  | { readonly do: 'addFramework'; readonly framework: FrameworkPick; readonly active: boolean }
  | { readonly do: 'updateFramework'; readonly framework: Pick; readonly to: FrameworkPick }
  | {
      readonly do: 'removeFramework' | 'activateFramework' | 'deactivateFramework';
      readonly framework: Pick;
    }
  | { readonly do: 'request'; readonly framework: Pick; readonly asks: readonly AskPick[] }
  | { readonly do: 'suppress' | 'revive'; readonly framework: Pick; readonly roles: readonly Pick[] }
  | { readonly do: 'recover'; readonly held: Pick; readonly part: Part }
  | { readonly do: 'decline'; readonly held: Pick; readonly part: Part; readonly refuseUs: Micros }
  | { readonly do: 'rescind'; readonly held: Pick }
  | { readonly do: 'recoverAll'; readonly refuseUs: Micros }
  | {
      readonly do: 'convertHeld';
      readonly held: Pick;
      readonly entry: Pick;
      readonly part: Part;
      readonly operation: Operation;
    }
  | {
      readonly do: 'convertFree';
      readonly agent: Pick;
      readonly entry: Pick;
      readonly role: Pick;
      readonly part: Part;
      readonly operation: Operation;
    }
  | {
      readonly do: 'setQuota';
      readonly role: Pick;
      readonly guarantees: Quantities;
      readonly limits: Quantities;
    }
  | { readonly do: 'updateWeights'; readonly role: Pick; readonly weight: number }
  | { readonly do: 'run' }
  | { readonly do: 'advance'; readonly quarters: number }
  | { readonly do: 'restore' }
  | { readonly do: 'mistake'; readonly which: Pick; readonly on: Pick };

export interface Settings {
  readonly offers: OfferMode;
  readonly agentOrder: AgentOrderName;
  readonly roleSorter: SorterName;
  readonly frameworkSorter: SorterName;
  readonly instant: boolean;
  readonly minAllocatable: readonly Quantities[];
  readonly fairnessExclude: readonly string[];
  /** Run what was triggered after every step, as scenarios do; else only at `run` and at batch runs. */
  readonly eager: boolean;
}

export interface History {
  readonly settings: Settings;
  readonly steps: readonly Step[];
}

/** Nested, with a name that sorts before `/` and one that sorts before `.`, and with reservations below. */
export const ROLES = ['*', 'eng', 'eng/web', 'eng/web/ui', 'eng!', 'ops', 'ops/db', 'ops/"db'];

export const CAPABILITIES = [
  ['MULTI_ROLE'],
  ['MULTI_ROLE', 'SHARED_RESOURCES', 'REVOCABLE_RESOURCES', 'RESERVATION_REFINEMENT', 'GPU_RESOURCES'],
  ['MULTI_ROLE', 'REVOCABLE_RESOURCES', 'REGION_AWARE'],
  ['MULTI_ROLE', 'SHARED_RESOURCES', 'RESERVATION_REFINEMENT'],
  [],
] as const;

/** Groups of which one must hold. */
export const CONSTRAINTS: readonly (readonly string[])[] = [
  [],
  ['rack=r1'],
  ['rack~r[12]', '@zone=z2'],
  ['rack!=r1;@hostname!~a[0-2]'],
  ['!rack', '@region'],
  ['size=big'],
  ['!size;rack!~r.'],
];

const SPECIALS = [
  'cpus[revocable]:2',
  'cpus[revocable]:1;mem[revocable]:256',
  'cpus(eng):2;mem(eng):512',
  'cpus(eng/web):1',
  'cpus(eng):1;cpus(+eng):1;cpus(eng/web):1;cpus(eng>+eng/web):1',
  'cpus(eng>+eng/web):1;mem(+eng>+eng/web):128',
  'cpus(+ops):1;mem(+ops/db):256',
  'ports:[31000-31009]',
  'gpus:1',
  'disk:100',
  'disk(+eng):50',
  'disk[mount=/m1]:100',
  'disk(+eng)[volume=v1,shared]:5',
  'disk(+ops)[volume=v2]:10',
  'flavour:{red,blue}',
];

const few = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const pick = fc.nat({ max: 11 });
const part = fc.oneof({ weight: 3, arbitrary: fc.constant<Part>('all') }, fc.constant<Part>('half'));

const agentShape = fc
  .record({
    plain: few(
      'cpus:4;mem:4096',
      'cpus:4;mem:4096',
      'cpus:2;mem:1024',
      'cpus:8;mem:1024',
      'cpus:0.005;mem:16',
    ),
    special: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, few(...SPECIALS)),
    another: fc.oneof({ weight: 4, arbitrary: fc.constant('') }, few('cpus(eng):1', 'ports:[80-80]')),
  })
  .map(({ plain, special, another }) => [plain, special, another].filter((text) => text !== '').join(';'));

const ask: fc.Arbitrary<AskPick> = fc.record({
  role: pick,
  shape: few(
    'cpus:1;mem:256',
    'cpus:1;mem:256',
    'cpus:2;mem:512',
    'cpus:3',
    'mem:1024',
    'cpus:0.001',
    'cpus(eng):1',
    'cpus:1;cpus(eng):1',
    'cpus(eng>+eng/web):1',
    'cpus[revocable]:1',
    'disk:60',
    'disk[mount=/m1]:100',
    'disk(+eng)[volume=v1,shared]:5',
    'cpus:1;ports:[31000-31001]',
  ),
  count: fc.integer({ min: 1, max: 4 }),
  gang: fc.boolean(),
  constraint: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, few('rack=r1', 'rack=r2', 'zone=z')),
});

const framework: fc.Arbitrary<FrameworkPick> = fc.record({
  roles: fc.array(pick, { minLength: 1, maxLength: 3 }),
  capabilities: few(0, 0, 1, 1, 2, 3, 4),
  suppressed: few(0, 0, 0, 1, 3),
  minAllocatable: few(0, 0, 0, 1, 2),
  constraints: few(0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6),
});

const refuseUs = few(0, 1, 0.25 * SECOND, SECOND, 1.5 * SECOND, 2 * SECOND, 10 * SECOND);
const quota = fc.record({
  role: pick,
  guarantees: few<Quantities>(
    {},
    { cpus: 3000 },
    { cpus: 6000, mem: 2_048_000 },
    { disk: 50_000 },
    { mem: 0 },
  ),
  limits: few<Quantities>({}, { cpus: 6000, mem: 2_048_000, disk: 80_000 }, { cpus: 12_000 }, { cpus: 3500 }),
});
const weighted = <K extends Step['do']>(
  weight: number,
  arbitrary: fc.Arbitrary<Extract<Step, { do: K }>>,
): { weight: number; arbitrary: fc.Arbitrary<Step> } => ({ weight, arbitrary });

const addAgent = fc.record({
  do: fc.constant('addAgent' as const),
  shape: agentShape,
  traits: pick,
  user: pick,
});
const addFramework = fc.record({
  do: fc.constant('addFramework' as const),
  framework,
  active: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
});

const operation = few<Operation>(
  'reserve',
  'reserve',
  'unreserve',
  'create',
  'createShared',
  'destroy',
  'remove',
);

const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(3, addAgent),
  weighted(
    2,
    fc.record({
      do: fc.constant('updateAgent' as const),
      agent: pick,
      shape: fc.option(agentShape),
      traits: pick,
    }),
  ),
  weighted(4, fc.record({ do: few('removeAgent', 'activateAgent', 'deactivateAgent'), agent: pick })),
  weighted(
    1,
    fc.record({ do: fc.constant('setWhitelist' as const), agents: fc.option(fc.nat({ max: 63 })) }),
  ),
  weighted(3, addFramework),
  weighted(3, fc.record({ do: fc.constant('updateFramework' as const), framework: pick, to: framework })),
  weighted(
    4,
    fc.record({
      do: few('removeFramework', 'activateFramework', 'activateFramework', 'deactivateFramework'),
      framework: pick,
    }),
  ),
  weighted(
    8,
    fc.record({
      do: fc.constant('request' as const),
      framework: pick,
      asks: fc.oneof(
        { weight: 9, arbitrary: fc.array(ask, { minLength: 1, maxLength: 3 }) },
        fc.constant([]),
      ),
    }),
  ),
  weighted(
    5,
    fc.record({
      do: few('suppress', 'revive', 'revive'),
      framework: pick,
      roles: fc.array(pick, { maxLength: 2 }),
    }),
  ),
  weighted(10, fc.record({ do: fc.constant('recover' as const), held: pick, part })),
  weighted(12, fc.record({ do: fc.constant('decline' as const), held: pick, part, refuseUs })),
  weighted(3, fc.record({ do: fc.constant('rescind' as const), held: pick })),
  weighted(2, fc.record({ do: fc.constant('recoverAll' as const), refuseUs })),
  weighted(
    4,
    fc.record({ do: fc.constant('convertHeld' as const), held: pick, entry: pick, part, operation }),
  ),
  weighted(
    3,
    fc.record({
      do: fc.constant('convertFree' as const),
      agent: pick,
      entry: pick,
      role: pick,
      part,
      operation,
    }),
  ),
  weighted(
    4,
    quota.map((q) => ({ do: 'setQuota' as const, ...q })),
  ),
  weighted(
    2,
    fc.record({ do: fc.constant('updateWeights' as const), role: pick, weight: few(0.5, 1, 2, 3) }),
  ),
  weighted(5, fc.constant({ do: 'run' as const })),
  weighted(12, fc.record({ do: fc.constant('advance' as const), quarters: few(1, 2, 4, 4, 8) })),
  weighted(1, fc.constant({ do: 'restore' as const })),
  weighted(4, fc.record({ do: fc.constant('mistake' as const), which: fc.nat({ max: 99 }), on: pick })),
);

export const settings: fc.Arbitrary<Settings> = fc.record({
  offers: few('coarse' as const, 'demand' as const),
  agentOrder: fc.constant('first-fit' as const),
  roleSorter: fc.constant('drf' as const),
  frameworkSorter: fc.constant('drf' as const),
  instant: fc.boolean(),
  minAllocatable: few<readonly Quantities[]>(
    [{ cpus: 10 }, { mem: 32_000 }],
    [],
    [{ cpus: 1000, mem: 128_000 }, { disk: 1000 }],
  ),
  fairnessExclude: few<string[]>([], [], ['mem']),
  eager: fc.boolean(),
});

/** A small cluster with some frameworks, and then anything: 1 to 60 steps. */
export function histories(fixed: Partial<Settings> = {}): fc.Arbitrary<History> {
  return fc
    .record({
      settings,
      agents: fc.array(addAgent, { maxLength: 4, size: 'max' }),
      frameworks: fc.array(addFramework, { maxLength: 4, size: 'max' }),
      steps: fc.array(step, { minLength: 1, maxLength: 52, size: 'max' }),
    })
    .map(({ settings: drawn, agents, frameworks, steps }) => ({
      settings: { ...drawn, ...fixed },
      steps: [...agents, ...frameworks, ...steps],
    }));
}
