/** Fault domains of real daemons. */
import { expect, it } from 'vitest';
import { agora } from '../../src/cli/agora-main.js';
import { runWith } from '../cli/fake-terminal.js';
import { temporaryFolder } from './cluster.js';
import { startAgentDaemon, startMasterDaemon } from './daemon.js';
import { RawScheduler } from './raw-client.js';

it('agents of another region go to REGION_AWARE frameworks, and say where they are', async () => {
  const master = startMasterDaemon(temporaryFolder(), '--domain', 'eu/eu-1');
  const agent = startAgentDaemon(await master.port, temporaryFolder(), '--domain', 'us/us-1');
  await agent.logged('registered');
  const aware = { roles: ['dev'], capabilities: [{ type: 'MULTI_ROLE' }, { type: 'REGION_AWARE' }] };
  const plain = await RawScheduler.subscribe(await master.port);
  const scheduler = await RawScheduler.subscribe(await master.port, aware);
  const [offer] = (await scheduler.next('OFFERS')).offers.offers;
  expect(offer.domain).toEqual({ fault_domain: { region: { name: 'us' }, zone: { name: 'us-1' } } });
  // Given back, and not offered to the one that cannot tell regions apart.
  await scheduler.call('DECLINE', { offer_ids: [offer.id], filters: { refuse_seconds: 0 } });
  await scheduler.next('OFFERS');
  await plain.call('TEARDOWN');
  expect(await plain.rest()).not.toContain('OFFERS');
});

it('an agent with a domain is turned away by a master without one', async () => {
  const master = startMasterDaemon(temporaryFolder());
  const agent = startAgentDaemon(await master.port, temporaryFolder(), '--domain', 'us/us-1');
  expect(await agent.ended).not.toBe(0);
  expect(agent.lines.join('\n')).toContain('the master has none (R-9.7)');
});

it('--domain is a region and a zone', async () => {
  const args = ['--work-dir', temporaryFolder(), '--domain', 'eu'];
  const { status, err } = await runWith(agora, ['master', '--port', '0', ...args]);
  expect(status).toBe(2);
  expect(err).toContain('--domain is "eu"; it is a region and a zone, such as eu/eu-1.');
});
