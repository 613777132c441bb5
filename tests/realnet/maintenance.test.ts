/** Maintenance over the wire. */
import { describe, expect, it } from 'vitest';
import { localCluster } from './cluster.js';
import { mediaHeaders, RawScheduler, send } from './raw-client.js';

const machine = { hostname: 'localhost', ip: '127.0.0.1' };
const start = { nanoseconds: 2_000_000_000_000_000_000 };
const scheduleOf = (...machine_ids: object[]) => ({
  schedule: { windows: [{ machine_ids, unavailability: { start, duration: { nanoseconds: 60e9 } } }] },
});

async function operator(port: number, type: string, content?: object) {
  const body = JSON.stringify({ type, ...(content && { [type.toLowerCase()]: content }) });
  const { status, text } = await send(port, { path: '/api/v1', headers: mediaHeaders('json'), body });
  return { status, text, json: text.startsWith('{') ? JSON.parse(text)[type.toLowerCase()] : undefined };
}

describe.each(['json', 'protobuf'] as const)('a framework that speaks %s', (encoding) => {
  it('is asked to leave a machine, and what it answers is shown', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, {}, encoding);
    await scheduler.launch('t', { value: 'sleep 60' });
    expect((await operator(master.port, 'UPDATE_MAINTENANCE_SCHEDULE', scheduleOf(machine))).status).toBe(
      200,
    );
    const [asked] = (await scheduler.next('INVERSE_OFFERS')).inverse_offers.inverse_offers;
    expect(asked).toMatchObject({
      framework_id: { value: scheduler.frameworkId },
      unavailability: { start },
    });
    const answer = { inverse_offer_ids: [asked.id] };
    expect((await scheduler.call('ACCEPT_INVERSE_OFFERS', answer)).status).toBe(202);
    const { json } = await operator(master.port, 'GET_MAINTENANCE_STATUS');
    expect(json.status.draining_machines).toMatchObject([
      { id: machine, statuses: [{ status: 'ACCEPT', framework_id: { value: scheduler.frameworkId } }] },
    ]);
    const schedule = (await operator(master.port, 'GET_MAINTENANCE_SCHEDULE')).json.schedule;
    expect(schedule).toEqual(scheduleOf(machine).schedule);
    const old = await send(master.port, { method: 'GET', path: '/maintenance/schedule' });
    expect(JSON.parse(old.text)).toEqual(schedule);
  });

  it('loses its task when the machine goes down', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, {}, encoding);
    await scheduler.launch('t', { value: 'sleep 60' });
    await operator(master.port, 'UPDATE_MAINTENANCE_SCHEDULE', scheduleOf(machine));
    expect((await operator(master.port, 'START_MAINTENANCE', { machines: [machine] })).status).toBe(200);
    await scheduler.next('FAILURE');
    const down = (await operator(master.port, 'GET_MAINTENANCE_STATUS')).json;
    expect(down.status).toEqual({ down_machines: [machine] });
    expect((await operator(master.port, 'STOP_MAINTENANCE', { machines: [machine] })).status).toBe(200);
    expect((await operator(master.port, 'GET_MAINTENANCE_STATUS')).json.status).toEqual({});
  });
});

it.each([
  ['UPDATE_MAINTENANCE_SCHEDULE', scheduleOf(machine, machine), /twice/],
  ['UPDATE_MAINTENANCE_SCHEDULE', scheduleOf(), /no machines/],
  ['START_MAINTENANCE', { machines: [machine] }, /not in the maintenance schedule/],
  ['STOP_MAINTENANCE', { machines: [machine] }, /not DOWN/],
  ['UPDATE_MAINTENANCE_SCHEDULE', undefined, /Expecting 'update_maintenance_schedule'/],
])('%s is refused where it makes no sense', async (type, content, reason) => {
  const { master } = await localCluster({ agents: 0 });
  expect(await operator(master.port, type, content)).toMatchObject({
    status: 400,
    text: expect.stringMatching(reason),
  });
});
