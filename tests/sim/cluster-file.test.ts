import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { formatAttributes } from '../../src/cluster/attributes.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { ClusterFileError, type Cluster } from '../../src/sim/cluster-file/cluster.js';
import { parseClusterFile, readCluster } from '../../src/sim/cluster-file/read.js';
import { clusterJsonSchema } from '../../src/sim/cluster-file/schema.js';
import { smallRun } from './small-run.js';
import { smallTrace } from './small-trace.js';

/** `2 × cpus:4 (rack:r1)` for each shape. */
function shapesOf({ agents }: Cluster): string[] {
  return agents.map(({ count, resources, attributes }) => {
    const given = formatAttributes(attributes);
    return `${count} × ${formatResources(resources)}${given === '' ? '' : ` (${given})`}`;
  });
}

function parse(json: unknown): Cluster {
  return parseClusterFile(JSON.stringify(json));
}

const agent = { count: 4, resources: 'cpus:8;mem:8192', attributes: { rack: 'r1' } };

describe('a cluster file', () => {
  it('has agents as text or objects, weights and quota', () => {
    const cluster = parse({
      agents: [
        agent,
        { resources: { cpus: 2.5, mem: 1e3, ports: '[1-9]' }, attributes: 'rack:r2;cores:4' },
        { resources: 'cpus:1;cpus(prod):1', domain: { region: 'eu', zone: 'a' } },
      ],
      roles: {
        prod: { weight: 3, quota: { guarantees: { cpus: 4 }, limits: { cpus: 6, mem: 1024 } } },
        'test/unit': { weight: 0.5 },
        empty: {},
      },
    });
    expect(shapesOf(cluster)).toEqual([
      '4 × cpus:8;mem:8192 (rack:r1)',
      '1 × cpus:2.5;mem:1000;ports:[1-9] (rack:r2;cores:4)',
      '1 × cpus:1;cpus(prod):1',
    ]);
    expect(cluster.agents[2].domain).toEqual({ region: 'eu', zone: 'a' });
    expect([...cluster.weights]).toEqual([
      ['prod', 3],
      ['test/unit', 0.5],
    ]);
    expect([...cluster.quotas]).toEqual([
      ['prod', { guarantees: { cpus: 4000 }, limits: { cpus: 6000, mem: 1024000 } }],
    ]);
  });

  it('reserves a part of some agents, or of all that meet a condition', () => {
    const agents = [agent, { count: 2, resources: 'cpus:4;mem:1024', attributes: { rack: 'r2' } }];
    const reserved = (reservation: object): string[] =>
      shapesOf(parse({ agents, roles: { 'prod/web': { reservations: [reservation] } } }));
    expect(reserved({ resources: { cpus: 2, mem: 1024 }, agents: 5 })).toEqual([
      '4 × cpus:6;mem:7168;cpus(prod/web):2;mem(prod/web):1024 (rack:r1)',
      '1 × cpus:2;cpus(prod/web):2;mem(prod/web):1024 (rack:r2)',
      '1 × cpus:4;mem:1024 (rack:r2)',
    ]);
    expect(reserved({ resources: { cpus: 5 }, agents: 3 })).toEqual([
      '3 × cpus:3;mem:8192;cpus(prod/web):5 (rack:r1)',
      '1 × cpus:8;mem:8192 (rack:r1)',
      '2 × cpus:4;mem:1024 (rack:r2)',
    ]);
    expect(reserved({ resources: { cpus: 4 }, where: 'rack=r2' })).toEqual([
      '4 × cpus:8;mem:8192 (rack:r1)',
      '2 × mem:1024;cpus(prod/web):4 (rack:r2)',
    ]);
  });

  it('brings its reservations to the agents of a run: others wait, the role does not', async () => {
    const { agents } = parse({
      agents: [{ resources: 'cpus:4;mem:4096' }],
      roles: { prod: { reservations: [{ resources: { cpus: 3 } }] } },
    });
    const rows = ['test', 'test', 'prod'].map((role) => ({ framework: role, role, cpus: 1, s: 10 }));
    const coarse = { agents, offers: 'coarse', instant: false } as object;
    const { starts } = await smallRun(smallTrace(rows), coarse);
    expect(starts.map((start) => Math.floor(start!))).toEqual([1, 11, 0]);
  });

  it.each<[unknown, string]>([
    [[], 'a cluster file is a JSON object with agents and roles.'],
    [{}, 'agents is missing; agents is a list of agents.'],
    [{ agents: [] }, 'agents is []; a cluster has an agent at least.'],
    [{ agents: [{ ...agent, count: 0 }] }, 'agents[0].count is 0; a count is a whole number from 1.'],
    [{ agents: [agent, { count: 2 }] }, 'agents[1].resources is missing; resources are a text such as'],
    [{ agents: [{ resources: 'cpus:x' }] }, 'agents[0].resources: resource text "cpus:x": '],
    [{ agents: [{ resources: { cpus: -1 } }] }, 'agents[0].resources.cpus is -1; an amount is 0 or more.'],
    [{ agents: [{ resources: '' }] }, 'agents[0].resources is empty; an agent has resources.'],
    [
      { agents: [{ resources: 'cpus:1', attributes: 'rack' }] },
      'agents[0].attributes: attribute "rack": write name:value',
    ],
    [
      { agents: [{ resources: 'cpus:1', atributes: 'a:b' }] },
      'agents[0].atributes is not known; did you mean attributes?',
    ],
    [{ agents: [agent], rolls: {} }, 'rolls is not known; did you mean roles?'],
    [
      { agents: [agent], roles: { builds: { quota: { limits: { cpus: -4 } } } } },
      'roles.builds.quota.limits.cpus is -4; a limit is 0 or more, or left out for none.',
    ],
    [
      { agents: [agent], roles: { builds: { quota: { guarantees: { cpus: 5 }, limits: { cpus: 4 } } } } },
      'roles.builds.quota.guarantees.cpus is 5; a guarantee is at most the limit, 4.',
    ],
    [{ agents: [agent], roles: { 'a b': {} } }, 'roles: role "a b" holds white space (R-2.1).'],
    [{ agents: [agent], roles: { a: { weight: 0 } } }, 'roles.a.weight is 0; a weight is a number above 0.'],
    [
      { agents: [agent], roles: { a: { reservations: [{ resources: { cpus: 9 } }] } } },
      'roles.a.reservations[0].resources is cpus:9; an agent of cpus:8;mem:8192 has less unreserved.',
    ],
    [
      { agents: [agent], roles: { a: { reservations: [{ resources: { cpus: 9 }, agents: 1 }] } } },
      'roles.a.reservations[0].agents is 1; only 0 agents meet the condition and have room.',
    ],
    [
      { agents: [agent], roles: { a: { reservations: [{ resources: { cpus: 1 }, where: 'rack=r9' }] } } },
      'roles.a.reservations[0].where is "rack=r9"; no agent meets it.',
    ],
    [
      { agents: [agent], roles: { a: { reservations: [{ resources: { 'cpus(': 1 }, agents: 1 }] } } },
      'roles.a.reservations[0].resources: resource text "cpus((a):1": ',
    ],
    [
      { agents: [agent], roles: { a: { quota: { limits: 'cpus:4' } } } },
      'roles.a.quota.limits is "cpus:4"; limits are an object of numbers, such as',
    ],
    [{ agents: [{ ...agent, count: 500_001 }] }, 'agents[0].count is 500001; a count is at most 500,000.'],
    [
      {
        agents: [
          { ...agent, count: 400_000 },
          { ...agent, count: 400_000 },
        ],
      },
      'there are more than 500,000 agents.',
    ],
    [{ slaves: [{ resources: { cpus: 1 } }] }, 'slaves[0].hostname is missing; it is a name.'],
    [{ slaves: 3, agents: [agent] }, 'slaves is not known; the keys are'],
    [{ slaves: [{ hostname: 7 }] }, 'slaves[0].hostname is 7; it is a name.'],
    [{ slaves: [{ hostname: 'a', active: false }] }, 'slaves has no active agent (1 are not).'],
    [
      { slaves: [{ hostname: 'a', resources: { cpus: null } }] },
      'slaves[0].resources.cpus is null; it is a number or a text.',
    ],
    [{ get_agents: {} }, 'get_agents.agents is missing; it is a list of agents.'],
  ])('%j is refused, the field named', (json, message) => {
    expect(() => parse(json)).toThrow(ClusterFileError);
    expect(() => parse(json)).toThrow(message);
  });

  it('is refused in one line, whatever it holds', async () => {
    await expect(readCluster('no/such.json')).rejects.toThrow('no/such.json: there is no such file.');
    expect(() => parseClusterFile('{"agents":\n  [}')).toThrow(/^not JSON: [^\n]*\.$/);
    const value = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(key, tie('json')), fc.array(tie('json'))),
    })).json;
    fc.assert(
      fc.property(value, (json) => {
        try {
          parse(json);
        } catch (error) {
          expect(error).toBeInstanceOf(ClusterFileError);
          expect((error as Error).message.split('\n').length).toBeLessThan(3);
        }
      }),
    );
  });

  it('is what schemas/agora-cluster.schema.json says (vitest run FILE -u writes it anew)', async () => {
    const text = await format(JSON.stringify(clusterJsonSchema()), { parser: 'json', printWidth: 110 });
    await expect(text).toMatchFileSnapshot('../../schemas/agora-cluster.schema.json');
  });
});

const key = fc.constantFrom(
  ...[
    'agents',
    'roles',
    'count',
    'resources',
    'attributes',
    'slaves',
    'get_agents',
    'hostname',
    'quota',
    'limits',
  ],
  ...[
    'reservations',
    'where',
    'cpus',
    'mem',
    'agent_info',
    'unreserved_resources_full',
    'reserved_resources_full',
  ],
);

describe('a dump of a Mesos master', () => {
  const state = readFileSync(new URL('fixtures/mesos-state.json', import.meta.url), 'utf8');

  it('of /state gives its active agents: alike ones together, reservations and domains kept', () => {
    const cluster = parseClusterFile(state);
    expect(shapesOf(cluster)).toEqual([
      '2 × cpus:16;mem:63488;disk:470000;ports:[31000-32000] (rack:r1;cores:16)',
      '1 × cpus:6;mem:29696;gpus:2;cpus(prod):2;mem(prod):1024',
    ]);
    expect(cluster.agents.map(({ hostnames }) => hostnames)).toEqual([['node-1', 'node-2'], ['node-3']]);
    expect(cluster.agents[1].domain).toEqual({ region: 'eu', zone: 'b' });
    expect(cluster.notices).toEqual(['2 of 5 agents left out: inactive, deactivated or draining']);
  });

  it('of /slaves gives what is reserved dynamically and volumes too', () => {
    const scalar = (name: string, value: number, more: object = {}): object => ({
      name,
      type: 'SCALAR',
      scalar: { value },
      ...more,
    });
    const reservations = [{ type: 'DYNAMIC', role: 'db', principal: 'ops' }];
    const slaves = [
      {
        hostname: 'node-1',
        attributes: {},
        active: true,
        unreserved_resources_full: [scalar('cpus', 3), scalar('mem', 1024)],
        reserved_resources_full: {
          db: [
            scalar('cpus', 1, { reservations }),
            scalar('disk', 64, {
              reservations,
              disk: { persistence: { id: 'v1' }, volume: { container_path: 'data', mode: 'RW' } },
            }),
          ],
        },
      },
    ];
    const [shape] = shapesOf(parse({ slaves, recovered_slaves: [] }));
    expect(shape).toBe('1 × cpus:3;mem:1024;cpus(+db):1;disk(+db)[volume=v1]:64');
  });

  it('of GET_AGENTS gives the same agents', () => {
    const agents = [
      {
        agent_info: {
          hostname: 'node-1',
          attributes: [
            { name: 'rack', type: 'TEXT', text: { value: 'r1' } },
            { name: 'cores', type: 'SCALAR', scalar: { value: 16 } },
            { name: 'lanes', type: 'RANGES', ranges: { range: [{ begin: 1, end: 3 }] } },
          ],
        },
        active: true,
        total_resources: [
          { name: 'cpus', type: 'SCALAR', scalar: { value: 16 } },
          { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 32000 }] } },
        ],
      },
    ];
    expect(shapesOf(parse({ type: 'GET_AGENTS', get_agents: { agents } }))).toEqual([
      '1 × cpus:16;ports:[31000-32000] (rack:r1;cores:16;lanes:[1-3])',
    ]);
  });
});
