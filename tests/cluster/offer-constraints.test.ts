/** Offer constraints: what they say of agents, what is refused, how they are written. */
import { describe, expect, it } from 'vitest';
import {
  compileOfferConstraints,
  formatConstraintGroups,
  offerConstraintsProblem,
  parseConstraintGroup,
  type ConstrainedAgent,
} from '../../src/cluster/offer-constraints.js';
import { parseAttributes } from '../../src/cluster/attributes.js';
import { Roles } from '../../src/cluster/roles.js';
import { TestCluster } from './test-cluster.js';

const agent: ConstrainedAgent = {
  hostname: 'web-1',
  attributes: parseAttributes('rack:r1;rack:r2;cores:8;ports:[1-2]'),
  domain: { region: 'eu', zone: 'eu-1' },
};

function holds(groups: string[], on: ConstrainedAgent = agent): boolean {
  return compileOfferConstraints(new Map([[0, groups.map(parseConstraintGroup)]])).get(0)!(on);
}

describe('a constraint (R-9.14)', () => {
  it.each([
    ['rack', true],
    ['!rack', false],
    ['size', false],
    ['!size', true],
    ['rack=r1', true],
    ['rack=r2', false],
    ['rack!=r1', false],
    ['rack!=r2', true],
    ['rack~r[0-9]', true],
    ['rack~r', false],
    ['rack~.', false],
    ['rack!~r', true],
    ['rack!~r.', false],
    ['@hostname=web-1', true],
    ['@hostname~web-.*', true],
    ['@region=eu', true],
    ['@region!~e.', false],
    ['@zone=eu-1', true],
    ['@zone', true],
  ])('%s is %s on an agent of rack r1', (text, expected) => {
    expect(holds([text])).toBe(expected);
  });

  it.each(['size=1', 'size~.*'])('%s is false where there is no such attribute', (text) => {
    expect(holds([text])).toBe(false);
  });

  it.each(['size!=1', 'size!~.*'])('%s is true where there is no such attribute', (text) => {
    expect(holds([text])).toBe(true);
  });

  it.each(['cores=1', 'cores!=8', 'cores~x', 'cores!~.*', 'ports=x', 'ports!~.*'])(
    '%s is true of an attribute that is no text',
    (text) => expect(holds([text])).toBe(true),
  );

  it('takes a domain that is not there as an attribute that is not there', () => {
    const { hostname, attributes } = agent;
    expect(holds(['@region=eu'], { hostname, attributes })).toBe(false);
    expect(holds(['@zone!=eu-1'], { hostname, attributes })).toBe(true);
  });

  it('holds when one group does, a group when all its constraints do', () => {
    expect(holds(['rack=r1;@zone=x'])).toBe(false);
    expect(holds(['rack=r1;@zone=x', 'cores'])).toBe(true);
  });

  it('looks at an agent anew when its description was exchanged', () => {
    const test = compileOfferConstraints(new Map([[0, [parseConstraintGroup('rack=r1')]]])).get(0)!;
    expect(test(agent)).toBe(true);
    expect(test({ ...agent, attributes: [] })).toBe(false);
  });

  it('is matched in linear time', () => {
    // A backtracking engine does not end here.
    const long = { ...agent, attributes: parseAttributes(`rack:${'a'.repeat(5000)}`) };
    expect(holds(['rack~(a*)*b'], long)).toBe(false);
  });
});

describe('constraints that are refused', () => {
  const roles = new Roles();
  const [dev, ops] = [roles.intern('dev'), roles.intern('ops')];
  const problem = (role: number, groups: string[]) =>
    offerConstraintsProblem(new Map([[role, groups.map(parseConstraintGroup)]]), [dev], roles);

  it.each([
    [
      'for another role (R-9.15)',
      ops,
      ['rack=r1'],
      'the offer constraints of role "ops" are for a role that',
    ],
    ['without a group', dev, [], 'are an empty list of groups'],
    ['with an empty group', dev, ['rack=r1', ''], 'have an empty group'],
    [
      'a pattern that is none',
      dev,
      ['rack~('],
      'regular expression "(": error parsing regexp: missing closing )',
    ],
    ['a pattern that RE2 does not have', dev, ['rack~(?=a)'], 'invalid or unsupported Perl syntax'],
    [
      'a pattern of many steps',
      dev,
      ['rack!~x{200}'],
      'too complex: its program has 202 steps, and 100 are allowed',
    ],
    ['a pattern of many bytes', dev, [`rack~${'[ab]'.repeat(1025)}`], 'has more than 4096 bytes'],
  ])('%s', (_what, role, groups, message) => {
    expect(problem(role, groups)).toContain(message);
  });

  it('and others are not', () => {
    expect(problem(dev, ['rack~x{20}'])).toBeUndefined();
    expect(offerConstraintsProblem(undefined, [], roles)).toBeUndefined();
  });

  it.each(['=r1', 'rack=r1;@host=a', '!rack=r1', 'a b=c'])('text %s', (text) => {
    expect(() => parseConstraintGroup(text)).toThrow('constraint "');
  });
});

it('is written as it was read', () => {
  const texts = ['rack=r1;zone!=z;@hostname~web-.*', '!gpu;ssd;@region!~eu'];
  expect(formatConstraintGroups(texts.map(parseConstraintGroup))).toBe(texts.join(' or '));
});

describe('the master (R-9.14)', () => {
  const wanting = (cluster: TestCluster, group: string, role = 'dev') => ({
    constraints: new Map([[cluster.roles.intern(role), [parseConstraintGroup(group)]]]),
  });

  it('answers SUBSCRIBE with bad constraints with ERROR, and knows no framework', () => {
    const cluster = new TestCluster();
    cluster.subscribe(0, ['dev'], wanting(cluster, 'rack=r1', 'ops'));
    const message = expect.stringContaining('for a role that the framework does not have');
    expect(cluster.events(0)).toEqual([{ type: 'ERROR', message }]);
    expect(cluster.master.frameworks.get(0)).toBeUndefined();
  });

  it('leaves offers that are out alone when constraints change, and makes none against them', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1', { attributes: parseAttributes('rack:r1') });
    cluster.subscribe(0, ['dev']).allocate();
    const [offer] = cluster.offers();
    const info = { ...cluster.info(['dev']), ...wanting(cluster, 'rack=r2') };
    cluster.step({ type: 'UPDATE_FRAMEWORK', framework: 0, info, suppressedRoles: [] });
    expect(cluster.told).toEqual([]);
    expect(cluster.master.offers.size).toBe(1);
    cluster.decline(0, [offer.id]);
    cluster.now = 1;
    expect(cluster.allocate().offers()).toEqual([]);
  });

  it('refuses an UPDATE_FRAMEWORK with bad constraints whole', () => {
    const cluster = new TestCluster().subscribe(0, ['dev']);
    const info = { ...cluster.info(['dev', 'ops']), ...wanting(cluster, 'rack~(') };
    const before = cluster.master.digest();
    cluster.step({ type: 'UPDATE_FRAMEWORK', framework: 0, info, suppressedRoles: [] });
    expect(cluster.master.digest()).toBe(before);
    expect(cluster.master.frameworks.get(0)?.info.roles).toHaveLength(1);
  });
});
