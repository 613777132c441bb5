/** Offer constraints over the wire, in both encodings. */
import { describe, expect, it } from 'vitest';
import { localCluster } from './cluster.js';
import { mediaHeaders, RawScheduler, send } from './raw-client.js';

const constraint = (predicate: object, selector: object = { attribute_name: 'rack' }) => ({
  role_constraints: { dev: { groups: [{ attribute_constraints: [{ selector, predicate }] }] } },
});
const framework = { user: 'root', name: 'raw', roles: ['dev'], capabilities: [{ type: 'MULTI_ROLE' }] };

describe.each(['json', 'protobuf'] as const)('a scheduler that speaks %s', (encoding) => {
  it('says which agents it wants, and is shown what it said', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, framework, encoding);
    const info = { ...framework, id: { value: scheduler.frameworkId } };
    await scheduler.next('OFFERS');
    const wanted = constraint(
      { text_not_matches: { regex: 'local.*' } },
      { pseudoattribute_type: 'HOSTNAME' },
    );
    const content = { framework_info: info, offer_constraints: wanted };
    expect(await scheduler.call('UPDATE_FRAMEWORK', content)).toMatchObject({ status: 200 });
    const body = JSON.stringify({ type: 'GET_FRAMEWORKS' });
    const shown = await send(master.port, { path: '/api/v1', headers: mediaHeaders('json'), body });
    const [known] = JSON.parse(shown.text).get_frameworks.frameworks;
    expect(known.offer_constraints).toEqual(wanted);
    const state = await send(master.port, { method: 'GET', path: '/state' });
    expect(JSON.parse(state.text).frameworks[0].offer_constraints).toEqual(wanted);
  });

  it.each([
    ['a selector of nothing', constraint({ exists: {} }, {}), /one of 'attribute_name'/],
    ['a predicate of nothing', constraint({}), /a 'predicate' is one of exists/],
    ['two predicates', constraint({ exists: {}, not_exists: {} }), /a 'predicate' is one of exists/],
    ['a bad pattern', constraint({ text_matches: { regex: '(' } }), /missing closing \)/],
    ['no group', { role_constraints: { dev: {} } }, /empty list of groups/],
    ['an empty group', { role_constraints: { dev: { groups: [{}] } } }, /empty group/],
    ['a role that it does not have', { role_constraints: { ops: {} } }, /does not have \(R-9\.15\)/],
  ])('is refused %s', async (_what, constraints, reason) => {
    const { master } = await localCluster({ agents: 0 });
    const scheduler = await RawScheduler.subscribe(master.port, framework, encoding);
    const info = { ...framework, id: { value: scheduler.frameworkId } };
    const content = { framework_info: info, offer_constraints: constraints };
    const reply = await scheduler.call('UPDATE_FRAMEWORK', content);
    expect(reply).toMatchObject({ status: 400, text: expect.stringMatching(reason) });
  });
});

it('a SUBSCRIBE with constraints of a role that it does not have gets an ERROR event', async () => {
  const { master } = await localCluster({ agents: 0 });
  const subscribe = { framework_info: framework, offer_constraints: { role_constraints: { ops: {} } } };
  const body = JSON.stringify({ type: 'SUBSCRIBE', subscribe });
  const reply = await send(master.port, { headers: mediaHeaders('json'), body });
  expect(reply.text).toMatch(/"ERROR".*does not have \(R-9\.15\)/);
});
