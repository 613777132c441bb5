/**
 * The shape of an `agora-scenario/1` file as zod schemas: one strict object per verb and per check. What they
 * accept is also what the JSON Schema for editors says (json-schema.ts).
 *
 * Resource texts are read here, so that a bad one makes the file invalid. What only a run can judge (unknown
 * names, role names, weights, times) is left to the runner, because a step may expect to be refused for it.
 *
 * The `error` of a schema completes the sentence "KEY is VALUE; it takes ...".
 */
import { z } from 'zod';
import {
  parseQuantities,
  parseResources,
  ResourceTextError,
  formatResources,
} from '../cluster/resources/text.js';
import {
  ConstraintTextError,
  parseConstraintGroup,
  type ConstraintGroup,
} from '../cluster/offer-constraints.js';
import { AttributeTextError } from '../cluster/attributes.js';
import { parseDomain } from '../cluster/domain.js';
import type { Attribute, Domain, Quantities } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { kindOf } from '../cluster/resources/kinds.js';
import { freeAttributes, typedAttributes } from './attributes.js';

export const SCENARIO_FORMAT = 'agora-scenario/1';
/** A superset of it, for what Mesos's allocator does not do. */
export const SCENARIO_FORMAT_2 = 'agora-scenario/2';

const note = z.string({ error: 'a text, which is ignored' }).optional();
const name = z.string({ error: 'a name' }).min(1, { error: 'a name' });
const names = z.array(name, { error: 'a list of names' });
/** The empty text is no role, but it is the allocator that refuses it, like any other malformed role. */
const role = z.string({ error: 'a name' });
const roles = z.array(role, { error: 'a list of names' });
const number = (what: string) => z.number({ error: what });

/** A text that `read` turns into a value; what it objects to makes the file invalid. */
function readable<T>(what: string, read: (text: string) => T) {
  return z.string({ error: what }).transform((text, context): T => {
    try {
      return read(text);
    } catch (error) {
      const isOfText = [ResourceTextError, ConstraintTextError, AttributeTextError].some(
        (kind) => error instanceof kind,
      );
      if (!isOfText) throw error;
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

const resources = readable<Resources>('resource text such as "cpus:2;mem:1024"', parseResources);
const quantities = readable<Quantities>('quantities such as "cpus:4;mem:512"', parseQuantities);
/** Of ranges and sets too, in elements. */
const minimum = readable<Quantities>('quantities such as "cpus:4;mem:512"', (text) =>
  parseQuantities(text, true),
);
const scalars = readable<Resources>('scalars such as "cpus:4;mem:512"', (text) => {
  const read = parseResources(text);
  const other = read.filter((kind) => kind.type !== 'SCALAR');
  if (other.isEmpty) return read;
  throw new ResourceTextError(`${kindOf(other.kinds[0]).name} is no scalar in "${formatResources(other)}"`);
});

/** An object used as a map from names to values; a note in it is left out like any other. */
function named<T extends z.ZodType>(value: T, what: string) {
  const noteOrValue = z.union([z.string(), value], { error: what }).optional();
  return z
    .object({ note: noteOrValue }, { error: `an object of ${what} by name` })
    .catchall(value)
    .transform((map) =>
      Object.entries(map)
        .filter(([key, entry]) => !(key === 'note' && typeof entry === 'string'))
        .map(([key, entry]): [string, z.output<T>] => [key, entry as z.output<T>]),
    );
}

const sorter = z.enum(['drf', 'random'], { error: '"drf" or "random"' }).default('drf');

export const configSchema = z.strictObject(
  {
    allocationIntervalSeconds: number('a number of seconds above 0')
      .min(1e-6, { error: 'a number of seconds above 0' })
      .max(1e9, { error: 'a number of seconds, at most 1000000000' })
      .default(1)
      .describe('Period of the periodic allocation.'),
    minAllocatable: z
      .array(minimum, { error: 'a list of quantities' })
      .prefault(['cpus:0.01', 'mem:32'])
      .describe('An offer must contain at least one of these quantities; []: anything goes.'),
    fairnessExcludeResources: names.default([]).describe('Resource names that do not count in shares.'),
    roleSorter: sorter,
    frameworkSorter: sorter,
    seed: z
      .union([z.number(), z.string()], { error: 'a number or a text' })
      .default(1)
      .describe('Seed of every random choice.'),
    note,
  },
  { error: 'an object' },
);

const domain = readable<Domain>('a region and a zone such as "eu/eu-1"', (text) => {
  const read = parseDomain(text);
  if (read !== undefined) return read;
  throw new ResourceTextError(`"${text}" is no domain; write region/zone, such as eu/eu-1`);
})
  .optional()
  .describe('Fault domain, such as "eu/eu-1".');

/** `config` of the second format. */
export const config2Schema = configSchema.extend({
  offers: z
    .enum(['coarse', 'demand'], { error: '"coarse" or "demand"' })
    .optional()
    .describe('Whole agents, or one offer per granted ask.'),
  agentOrder: z
    .enum(['random', 'first-fit', 'best-fit', 'least-loaded'], {
      error: '"random", "first-fit", "best-fit" or "least-loaded"',
    })
    .optional(),
  domain,
  switches: named(
    z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false' }),
    'options of the allocator',
  )
    .optional()
    .describe('Options of the allocator, as after its name: {"quota": "strict"} is drf?quota=strict.'),
});

/** The file around its steps, which are read one by one: each is a line of its own in an error. */
export const fileSchema = z.strictObject(
  {
    format: z.literal(SCENARIO_FORMAT, { error: `"${SCENARIO_FORMAT}" or "${SCENARIO_FORMAT_2}"` }),
    name,
    about: z.string({ error: 'a line of prose' }).optional(),
    allocator: name.default('drf').describe('Which allocator is driven; --allocator overrides it.'),
    config: configSchema.prefault({}),
    steps: z.array(z.unknown(), { error: 'a list of steps' }),
    note,
  },
  { error: 'an object' },
);

export const file2Schema = fileSchema.extend({
  format: z.literal(SCENARIO_FORMAT_2, { error: `"${SCENARIO_FORMAT_2}"` }),
  config: config2Schema.prefault({}),
});

// ---- steps that act

const fails = z
  .union([z.literal(true), z.string()], { error: 'true, or a text that the refusal contains' })
  .optional()
  .describe('The step must be refused (with a message that contains the text) and change nothing.');

function action<V extends string, S extends z.ZodRawShape>(verb: V, shape: S) {
  return z.strictObject({ do: z.literal(verb), ...shape, fails, note });
}

const agentCapabilities = names.optional().meta({ examples: [['MULTI_ROLE', 'HIERARCHICAL_ROLE']] });
const attributesBy = (read: (text: string) => Attribute[], description: string) =>
  readable('text such as "rack:r1;zone:z"', read).optional().describe(description);
const attributes = attributesBy(freeAttributes, 'Free text such as "rack:r1;zone:z".');
const attributes2 = attributesBy(
  typedAttributes,
  'As --attributes of an agent: "rack:r1;cores:8;slots:[1-4]" has a text, a scalar and ranges.',
);
const frameworkKeys = {
  capabilities: names.optional().meta({
    description:
      'Default MULTI_ROLE; also SHARED_RESOURCES, REVOCABLE_RESOURCES, RESERVATION_REFINEMENT, GPU_RESOURCES',
  }),
  suppressedRoles: roles.optional(),
  minAllocatable: named(
    z.array(minimum, { error: 'a list of quantities' }),
    'lists of quantities',
  ).optional(),
};
const constraints = named(
  z.array(readable<ConstraintGroup>('text such as "rack=r1;zone!=z"', parseConstraintGroup), {
    error: 'a list of groups of constraints',
  }),
  'lists of groups of constraints',
)
  .optional()
  .describe('By role, groups of which one must hold, such as "rack=r1;@hostname~web-.*".');
const conversion = { from: resources, to: resources };
const refuseSeconds = number('a number of seconds; negative means 5').optional();

export const actionSchemas = {
  addAgent: action('addAgent', {
    agent: name,
    resources,
    attributes,
    capabilities: agentCapabilities,
    used: named(named(resources, 'resource text'), 'resources by role').optional(),
  }),
  updateAgent: action('updateAgent', {
    agent: name,
    resources: resources.optional(),
    attributes,
    capabilities: agentCapabilities,
  }),
  removeAgent: action('removeAgent', { agent: name }),
  activateAgent: action('activateAgent', { agent: name }),
  deactivateAgent: action('deactivateAgent', { agent: name }),
  addFramework: action('addFramework', {
    framework: name,
    roles,
    ...frameworkKeys,
    active: z.boolean({ error: 'true or false' }).optional(),
  }),
  updateFramework: action('updateFramework', { framework: name, roles: roles.optional(), ...frameworkKeys }),
  activateFramework: action('activateFramework', { framework: name }),
  deactivateFramework: action('deactivateFramework', { framework: name }),
  removeFramework: action('removeFramework', { framework: name }),
  suppress: action('suppress', { framework: name, roles: roles.optional() }),
  revive: action('revive', { framework: name, roles: roles.optional() }),
  recover: action('recover', {
    framework: name.optional(),
    role: role.optional(),
    agent: name.optional(),
    resources: resources.optional(),
    refuseSeconds,
  }),
  updateAllocation: action('updateAllocation', { framework: name, role, agent: name, ...conversion }),
  updateAvailable: action('updateAvailable', { agent: name, ...conversion }),
  setQuota: action('setQuota', {
    role,
    guarantees: quantities.optional(),
    limits: quantities.optional(),
  }),
  updateWeights: action('updateWeights', { weights: named(number('a number above 0'), 'numbers') }),
  setWhitelist: action('setWhitelist', {
    agents: z.array(name, { error: 'a list of names, or null for all' }).nullable(),
  }),
  advance: action('advance', { seconds: number('a number of seconds, 0 or more') }),
  repeat: action('repeat', {
    times: number('a whole number, 0 or more'),
    steps: z.array(z.unknown(), { error: 'a list of steps' }),
  }),
};

const ask = z.strictObject(
  {
    role,
    resources,
    count: number('a whole number, 1 or more').default(1),
    allOrNothing: z.boolean({ error: 'true or false' }).default(false),
    constraint: z.string({ error: 'text such as "rack=r1"' }).optional(),
    note,
  },
  { error: 'an object' },
);

/** Verbs of the second format beside those of the first. */
export const action2Schemas = {
  ...actionSchemas,
  addAgent: actionSchemas.addAgent.extend({ attributes: attributes2, domain }),
  updateAgent: actionSchemas.updateAgent.extend({ attributes: attributes2, domain }),
  addFramework: actionSchemas.addFramework.extend({ constraints }),
  updateFramework: actionSchemas.updateFramework.extend({ constraints }),
  maintenance: action('maintenance', {
    agent: name,
    start: number('seconds, or null: it stays').nullable().describe('When it goes away; null: it stays.'),
    duration: number('a number of seconds').optional(),
  }),
  drain: action('drain', {
    agent: name,
    markGone: z.boolean({ error: 'true or false' }).optional(),
  }),
  answerInverse: action('answerInverse', {
    framework: name,
    agent: name,
    accept: z.boolean({ error: 'true or false' }),
    refuseSeconds,
  }),
  request: action('request', { framework: name, asks: z.array(ask, { error: 'a list of asks' }) }),
};

export type Verb = keyof typeof action2Schemas;
export type Action<V extends Verb = Verb> = { [K in Verb]: z.output<(typeof action2Schemas)[K]> }[V];

// ---- steps that check

function check<K extends string, S extends z.ZodRawShape>(kind: K, shape: S) {
  return z.strictObject({ expect: z.literal(kind), ...shape, note });
}

const offer = z.strictObject(
  { framework: name, role: name, agent: name, resources, note },
  { error: 'an object' },
);
const offers = z.array(offer, { error: 'a list of offers' });
const total = z.strictObject(
  { framework: name, role: name, resources: scalars, note },
  { error: 'an object' },
);
const held = named(quantities, 'quantities').optional();
const shareMap = named(number('a share such as 0.5'), 'shares').optional();

// Checks that take their subject in one of two forms: parse.ts says so in words, this to editors.
const listOrLists = { oneOf: [{ required: ['offers'] }, { required: ['anyOf'] }] };
const rolesOrFrameworks = { oneOf: [{ required: ['roles'] }, { required: ['role', 'frameworks'] }] };

export const checkSchemas = {
  offers: check('offers', {
    offers: offers.optional(),
    anyOf: z
      .array(offers, { error: 'a list of lists of offers' })
      .min(1, { error: 'a list of lists' })
      .optional(),
  }).meta(listOrLists),
  noOffers: check('noOffers', {}),
  offerTotals: check('offerTotals', { totals: z.array(total, { error: 'a list of totals' }) }),
  offerCounts: check('offerCounts', {
    counts: named(number('a number of offers'), 'numbers of offers'),
    tolerance: number('a number, 0 or more').min(0, { error: 'a number, 0 or more' }).default(0),
  }),
  allocated: check('allocated', { frameworks: held, roles: held, agents: held }),
  shares: check('shares', { roles: shareMap, role: name.optional(), frameworks: shareMap }).meta(
    rolesOrFrameworks,
  ),
  order: check('order', {
    roles: names.optional(),
    role: name.optional(),
    frameworks: names.optional(),
  }).meta(rolesOrFrameworks),
};

/** Checks of the second format beside those of the first. */
export const check2Schemas = {
  ...checkSchemas,
  inverseOffers: check('inverseOffers', {
    offers: z.array(z.strictObject({ framework: name, agent: name, note }, { error: 'an object' }), {
      error: 'a list of frameworks and agents',
    }),
  }),
};

export type CheckKind = keyof typeof check2Schemas;
export type Check<K extends CheckKind = CheckKind> = {
  [C in CheckKind]: z.output<(typeof check2Schemas)[C]>;
}[K];
export type ExpectedOffer = z.output<typeof offer>;
