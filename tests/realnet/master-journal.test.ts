import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { checksum } from '../../src/cluster/journal/format.js';
import { sim } from '../cli/fake-terminal.js';
import { temporaryFolder } from './cluster.js';
import { startAgentDaemon, startMasterDaemon } from './daemon.js';
import { callOperator } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

async function untilState(scheduler: RawScheduler, state: string): Promise<void> {
  while ((await scheduler.update()).state !== state);
}

async function check(path: string): Promise<{ status: number; outcome: string; inputs: number }> {
  const { status, out } = await sim(['journal', 'check', path, '--json']);
  return { status, ...JSON.parse(out) };
}

it("a real master's inputs give the same effects and the same state again, also after a restart", async () => {
  const [masterFolder, agentFolder] = [temporaryFolder(), temporaryFolder()];
  const journal = join(temporaryFolder(), 'master.journal');
  const first = startMasterDaemon(masterFolder, '--journal', journal);
  const port = await first.port;
  // A resource of a name that nobody knew when the journal was begun.
  const resources = 'cpus:4;mem:4096;licences:2;ports:[31000-31009]';
  const agent = startAgentDaemon(port, agentFolder, '--resources', resources);
  const { agent: id } = await agent.logged('registered');
  const weights = { weight_infos: [{ role: 'eng', weight: 2 }] };
  await callOperator(port, { type: 'UPDATE_WEIGHTS', update_weights: weights });
  const roles = { roles: ['eng'], capabilities: [{ type: 'MULTI_ROLE' }], failover_timeout: 60 };
  const scheduler = await RawScheduler.subscribe(port, { ...roles, checkpoint: true });
  await scheduler.launch('short', { value: 'true' });
  await untilState(scheduler, 'TASK_FINISHED');
  await scheduler.launch('long', { value: 'sleep 1000' });
  await untilState(scheduler, 'TASK_RUNNING');
  const reserved = { name: 'licences', type: 'SCALAR', scalar: { value: 1 } };
  const reservations = [{ type: 'DYNAMIC', role: 'eng' }];
  await callOperator(port, {
    type: 'RESERVE_RESOURCES',
    reserve_resources: { agent_id: { value: String(id) }, resources: [{ ...reserved, reservations }] },
  });
  await scheduler.call('REVIVE', {});
  await scheduler.next('OFFERS');
  expect(await first.stop()).toBe(0);

  const second = startMasterDaemon(masterFolder, '--journal', journal, '--port', String(port));
  await second.logged('recovered');
  await agent.logged('registered');
  const again = await RawScheduler.subscribe(port, {
    ...roles,
    checkpoint: true,
    id: { value: scheduler.frameworkId },
  });
  await again.call('KILL', { task_id: { value: 'long' } });
  await untilState(again, 'TASK_KILLED');
  expect(await second.stop()).toBe(0);

  for (const path of [`${journal}.1`, journal]) {
    const { status, outcome, inputs } = await check(path);
    expect({ status, outcome }).toEqual({ status: 0, outcome: 'same' });
    expect(inputs).toBeGreaterThan(5);
  }
  const bytes = readFileSync(`${journal}.1`);
  expect(bytes.includes('RECOVER')).toBe(false);
  expect(readFileSync(journal).includes('RECOVER')).toBe(true);

  // One byte of the role's name: the frame is whole, and another role has the weight.
  const at = bytes.indexOf('UPDATE_WEIGHTS');
  const weight = bytes.indexOf('"weight":2', at);
  bytes.write('"weight":3', weight);
  resealFrame(bytes, weight);
  const changed = join(temporaryFolder(), 'changed.journal');
  writeFileSync(changed, bytes);
  const { status, err } = await sim(['journal', 'check', changed]);
  expect(status).toBe(1);
  expect(err).toMatch(/input \d+ \(UPDATE_WEIGHTS .*\) has other effects than in the journal/);
});

/** Makes the checksum of the frame right that this byte is in. */
function resealFrame(bytes: Buffer, byte: number): void {
  let start = 0;
  for (;;) {
    const end = start + 8 + bytes.readUInt32LE(start);
    if (byte < end) {
      bytes.writeUInt32LE(checksum(bytes.subarray(start + 8, end)), start + 4);
      return;
    }
    start = end;
  }
}

it('a master that was killed leaves a journal that can be checked up to there', async () => {
  const journal = join(temporaryFolder(), 'master.journal');
  const master = startMasterDaemon(temporaryFolder(), '--journal', journal);
  const agent = startAgentDaemon(await master.port, temporaryFolder());
  await agent.logged('registered');
  // It is written within a second.
  while (!existsSync(journal) || !readFileSync(journal).includes('REGISTER_AGENT')) await delay(20);
  await master.stop('SIGKILL');
  const { status, out } = await sim(['journal', 'check', journal]);
  expect(status).toBe(0);
  expect(out).toMatch(
    /^same +as far as it goes \(\d+ inputs; it has no end: its writer was killed or still writes\)$/m,
  );
});
