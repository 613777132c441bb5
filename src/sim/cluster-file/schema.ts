/**
 * The shape of an `agora-cluster/1` file. The `error` of a schema ends the sentence "KEY is VALUE; …".
 *
 * What is read here is also what schemas/agora-cluster.schema.json says to editors.
 */
import { z } from 'zod';
import { humanCount } from '../../report/human.js';
import { mostAgents } from '../cluster-spec.js';

export const CLUSTER_FORMAT = 'agora-cluster/1';

const note = z.string({ error: 'a note is a text' }).optional().describe('For people; it is ignored.');

const amount = (what: string) =>
  z
    .record(
      z.string(),
      z
        .number({ error: `${what} is a number` })
        .min(0, { error: `${what} is 0 or more, or left out for none` }),
      { error: `${what.replace(/^an? /, '')}s are an object of numbers, such as { "cpus": 4, "mem": 1024 }` },
    )
    .describe('By resource name: cpus, mem and disk in MB, gpus.');

const resources = z.union(
  [
    z.string(),
    z.record(z.string(), z.union([z.number().min(0, { error: 'an amount is 0 or more' }), z.string()])),
  ],
  {
    error:
      'resources are a text such as "cpus:16;mem:65536", or an object such as { "cpus": 16, "mem": 65536 }',
  },
);

const attributes = z.union([z.string(), z.record(z.string(), z.union([z.string(), z.number()]))], {
  error: 'attributes are a text such as "rack:r1;cores:8", or an object such as { "rack": "r1" }',
});

const name = (what: string) =>
  z.string({ error: `${what} is a name` }).min(1, { error: `${what} is a name` });

const agentSchema = z
  .strictObject(
    {
      note,
      count: z
        .int({ error: 'a count is a whole number from 1' })
        .min(1, { error: 'a count is a whole number from 1' })
        .max(mostAgents, { error: `a count is at most ${humanCount(mostAgents)}` })
        .default(1)
        .describe('Agents that are alike.'),
      resources: resources.describe(
        'Of each: "cpus:16;mem:65536;cpus(prod):4" (memory in MB, name(role) reserved), or an object by name.',
      ),
      attributes: attributes.optional().describe('"rack:r1;cores:8", or an object.'),
      domain: z
        .strictObject(
          { region: name('a region'), zone: name('a zone') },
          { error: 'a domain is an object with region and zone' },
        )
        .optional()
        .describe('Fault domain.'),
    },
    { error: 'an entry of agents is an object' },
  )
  .describe('Agents that are alike.');

const reservationSchema = z.strictObject(
  {
    note,
    resources: amount('a reserved amount').describe('On each agent, taken from what is unreserved there.'),
    where: z
      .string({ error: 'where is a condition such as "rack=r1"' })
      .optional()
      .describe('Attributes of the agents: "rack=r1;zone!=z2". Left out: any.'),
    agents: z
      .int({ error: 'agents is a whole number from 1, or left out for all' })
      .min(1, { error: 'agents is a whole number from 1, or left out for all' })
      .optional()
      .describe('The first so many agents that have room; left out: all of them.'),
  },
  { error: 'a reservation is an object' },
);

const roleSchema = z.strictObject(
  {
    note,
    weight: z
      .number({ error: 'a weight is a number above 0' })
      .gt(0, { error: 'a weight is a number above 0' })
      .optional()
      .describe('Left out: 1.'),
    quota: z
      .strictObject(
        {
          guarantees: amount('a guarantee').optional(),
          limits: amount('a limit').optional().describe('Names left out are not limited.'),
        },
        { error: 'a quota is an object with guarantees and limits' },
      )
      .optional()
      .describe('Of a nested role only with drf?quota=strict.'),
    reservations: z
      .array(reservationSchema, { error: 'reservations are a list' })
      .optional()
      .describe('Static reservations, made in the order of the roles.'),
  },
  { error: 'a role is an object with weight, quota, reservations' },
);

export const clusterSchema = z.strictObject(
  {
    $schema: z.string().optional(),
    format: z
      .literal(CLUSTER_FORMAT, { error: `the format is "${CLUSTER_FORMAT}"` })
      .optional()
      .describe('Left out: this one.'),
    note,
    agents: z
      .array(agentSchema, { error: 'agents is a list of agents' })
      .min(1, { error: 'a cluster has an agent at least' }),
    roles: z.record(z.string(), roleSchema, { error: 'roles is an object by role path' }).optional(),
  },
  { error: 'a cluster file is a JSON object with agents and roles' },
);

export type ClusterJson = z.output<typeof clusterSchema>;
export type AgentJson = z.output<typeof agentSchema>;
export type RoleJson = z.output<typeof roleSchema>;

/** The keys of the object at a path, for a hint at a misspelt one. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(clusterSchema.shape);
  if (path[0] === 'agents')
    return Object.keys(path.includes('domain') ? { region: 0, zone: 0 } : agentSchema.shape);
  if (path.includes('quota')) return ['guarantees', 'limits'];
  return Object.keys(path.includes('reservations') ? reservationSchema.shape : roleSchema.shape);
}

/** The JSON Schema (draft 7) of a cluster file, for editors. */
export function clusterJsonSchema(): unknown {
  const file = clusterSchema.meta({
    title: CLUSTER_FORMAT,
    description: 'A cluster to simulate: agents, and what roles may have of them. See docs/clusters.md.',
  });
  return z.toJSONSchema(file, { io: 'input', target: 'draft-7' });
}
