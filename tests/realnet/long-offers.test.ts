import { describe, expect, it, onTestFinished } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { PLAIN_ALLOCATION, startMaster, type RunningMaster } from '../../src/realnet/master/start-master.js';
import { newStreamId, Schedulers } from '../../src/realnet/master/schedulers.js';
import { encodeSliced, Sliced } from '../../src/realnet/wire/sliced.js';
import type { Encoding } from '../../src/realnet/wire/codec.js';
import type { Message } from '../../src/realnet/wire/message-reader.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { silent } from './cluster.js';
import { RawScheduler, type Received } from './raw-client.js';

/** More than are made into a message at once. */
const AGENTS = 300;

async function masterOf(agents: number): Promise<RunningMaster> {
  const master = await startMaster({
    ip: '127.0.0.1',
    port: 0,
    hostname: 'localhost',
    allocator: (options) => createAllocator('drf', options),
    allocation: { ...PLAIN_ALLOCATION, agentOrder: 'first-fit', intervalUs: 1e12 },
    seed: 'test',
    log: silent,
  });
  onTestFinished(() => master.stop());
  const total = parseResources('cpus:16;mem:65536;ports:[1-100]');
  for (let index = 0; index < agents; index++) {
    const id = `S${index}`;
    const agent = master.host.names.agents.intern(id);
    const info = { id, hostname: `host-${index}`, total, attributes: [], capabilities: [] };
    master.host.step({ type: 'REGISTER_AGENT', agent, info, tasks: [] });
  }
  return master;
}

describe('one event with many offers', () => {
  it.each<Encoding>(['json', 'protobuf'])(
    'comes whole and before what happens while it is made, in %s',
    async (encoding) => {
      const { host, port } = await masterOf(AGENTS);
      const scheduler = await RawScheduler.subscribe(port, {}, encoding);
      // All within one turn: nothing of it has left this process before the end.
      host.step({ type: 'ALLOCATE' });
      host.step({ type: 'AGENT_LOST', agent: 7, reason: 'REASON_AGENT_REMOVED' });
      const { offers } = (await scheduler.next('OFFERS')).offers;
      const hosts = offers.map(({ hostname }: Received) => hostname as string);
      expect(hosts).toEqual(Array.from({ length: AGENTS }, (_, index) => `host-${index}`));
      expect(await scheduler.rest('FAILURE')).toEqual(['RESCIND', 'FAILURE']);
    },
  );

  it('comes in the same way when it asks to leave many agents (R-9.12)', async () => {
    const { host, port } = await masterOf(AGENTS);
    const scheduler = await RawScheduler.subscribe(port);
    host.step({ type: 'ALLOCATE' });
    await scheduler.next('OFFERS');
    const machines = Array.from({ length: AGENTS }, (_, index) => ({ hostname: `host-${index}` }));
    const windows = [{ machines, unavailability: { startUs: 2e15 } }];
    host.step({ type: 'UPDATE_MAINTENANCE_SCHEDULE', windows });
    host.step({ type: 'ALLOCATE' });
    host.step({ type: 'AGENT_LOST', agent: 7, reason: 'REASON_AGENT_REMOVED' });
    const { inverse_offers: asked } = (await scheduler.next('INVERSE_OFFERS')).inverse_offers;
    const hosts = asked.map(({ url }: Received) => url.address.hostname as string);
    expect(hosts).toEqual(machines.map(({ hostname }) => hostname));
    expect(await scheduler.rest('FAILURE')).toEqual(['RESCIND', 'RESCIND_INVERSE_OFFER', 'FAILURE']);
  });

  it('can be paused at each offer, and says the same as one with few', async () => {
    const events = await Promise.all(
      [AGENTS, 3].map(async (agents) => {
        const { host } = await masterOf(agents);
        const schedulers = new Schedulers(host, { heartbeatSeconds: 15, masterInfo: {} });
        const sent: (Message | Sliced)[] = [];
        const sink = { send: (event: Message | Sliced) => void sent.push(event), end: () => undefined };
        const info = { user: 'u', name: 'f', failover_timeout: 0, checkpoint: false };
        const call = { type: 'SUBSCRIBE', subscribe: { framework_info: info } };

        schedulers.subscribe(call, newStreamId(), sink);
        host.step({ type: 'ALLOCATE' });
        return sent.at(-1);
      }),
    );
    const [many, few] = events;
    if (!(many instanceof Sliced)) throw new Error('it is made at once');
    const work = encodeSliced(messageType('scheduler', 'Event').type, 'json', many);
    let pauses = 0;
    let step = work.next();
    for (; step.done !== true; step = work.next()) pauses++;
    expect(pauses).toBeGreaterThanOrEqual(AGENTS);
    const { offers } = JSON.parse(Buffer.concat(step.value).toString('latin1'));
    const withoutMaster = (offer: object): string =>
      JSON.stringify(offer).replace(/[0-9a-f]{8}-[0-9a-f-]+-/g, '');
    const [first, firstOfFew] = [offers.offers[0], (few as Received).offers.offers[0]];
    expect(withoutMaster(first)).toBe(withoutMaster(firstOfFew));
  });
});
