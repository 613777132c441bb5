import { describe, expect, it } from 'vitest';
import { agora } from '../../src/cli/agora-main.js';
import { runWith, type Outcome } from '../cli/fake-terminal.js';
import { localCluster } from './cluster.js';
import { ask } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

/** Runs `agora` against a master. */
async function call(port: number, line: string): Promise<Outcome> {
  return await runWith(agora, [...line.split(' '), '--master', `127.0.0.1:${port}`]);
}

async function running(): Promise<{ port: number; scheduler: RawScheduler }> {
  const { port } = (await localCluster()).master;
  const scheduler = await RawScheduler.subscribe(port);
  await scheduler.launch('long', { value: 'sleep 60' });
  while ((await scheduler.update()).state !== 'TASK_RUNNING');
  return { port, scheduler };
}

describe('agora, the clients of a master', () => {
  it('ps, agents, frameworks and roles show what there is', async () => {
    const { port } = await running();
    expect((await call(port, 'ps')).out).toMatch(/^long +running +0\.1 +0 +S0 +0000$/m);
    expect((await call(port, 'agents')).out).toMatch(/^S0 +localhost +active +4 +0\.1/m);
    expect((await call(port, 'frameworks')).out).toMatch(/^0000 +raw +connected +1 +0\.1/m);
    expect((await call(port, 'roles')).out).toMatch(/^\* +1 +1 +0\.1/m);
    expect(JSON.parse((await call(port, 'ps --json')).out)).toMatchObject({ tasks: [{ id: 'long' }] });
  });

  it('explain says why a framework gets nothing, in words and as JSON', async () => {
    const { port, scheduler } = await running();
    const [rest] = (await scheduler.next('OFFERS')).offers.offers;
    await scheduler.call('DECLINE', { offer_ids: [rest.id], filters: { refuse_seconds: 3600 } });
    const { out, err, status } = await call(port, 'explain --framework raw');
    expect({ err, status }).toEqual({ err: '', status: 0 });
    expect(out).toMatch(/^a cycle at \d\d:\d\d:\d\d UTC: 0 offers\nraw in role \* gets nothing:\n/);
    expect(out).toMatch(/^ {2}S0: filtered until \d\d:\d\d:\d\d UTC \(in \d+ s\): it refused cpus:3\.9/m);
    const json = JSON.parse((await call(port, 'explain --role * --json')).out);
    expect(json.unserved).toMatchObject([{ framework: 'raw', reasons: [{ rule: 'filter' }] }]);
    expect(await call(port, 'explain --framework x')).toMatchObject({
      status: 1,
      err: expect.stringContaining('there is no framework "x"'),
    });
    expect((await call(port, 'explain --role x')).err).toContain('no framework has the role "x"');
  });

  it('weights and quota are set and shown', async () => {
    const { port } = (await localCluster()).master;
    expect(await call(port, 'weights eng=2.5')).toMatchObject({ status: 0, err: '' });
    expect(await call(port, 'quota eng --guarantee cpus:1 --limit cpus:2;mem:64')).toMatchObject({
      status: 0,
    });
    expect((await call(port, 'quota')).out).toMatch(/^eng +2\.5 +0 +0 +0 +cpus:1 +cpus:2;mem:64$/m);
    expect((await call(port, 'quota eng')).status).toBe(0);
    expect(await ask(port, 'GET_QUOTA')).toEqual({ status: {} });
  });

  it('drain ends the tasks of an agent, reactivate offers it again', async () => {
    const { port, scheduler } = await running();
    expect((await call(port, 'drain S0 --max-grace-period 1s')).out).toContain('draining S0');
    while ((await scheduler.update()).state !== 'TASK_KILLED');
    expect((await call(port, 'agents')).out).toMatch(/^S0 +localhost +drained/m);
    expect(await call(port, 'reactivate localhost')).toMatchObject({ status: 0 });
    expect((await call(port, 'agents')).out).toMatch(/^S0 +localhost +active/m);
  });

  it('teardown ends a framework', async () => {
    const { port, scheduler } = await running();
    expect(await call(port, 'teardown raw')).toMatchObject({ status: 0 });
    await scheduler.rest();
    expect((await call(port, 'ps')).out.trim().split('\n')).toHaveLength(1);
    expect((await call(port, 'ps --all')).out).toMatch(/^long +killed/m);
  });

  it.each([
    ['drain S7', 2, 'no agent "S7". There are S0.'],
    ['drain', 2, 'name the agent'],
    ['weights eng', 2, '"eng" is no weight'],
    ['quota a/b --limit cpus:1', 1, 'not at the top level'],
    ['ps extra', 2, 'no argument "extra"'],
  ])('%s is refused in one line', async (line, status, message) => {
    const { port } = (await localCluster()).master;
    const outcome = await call(port, line);
    expect(outcome.status).toBe(status);
    expect(outcome.err).toContain(message);
  });

  it('says so when there is no master', async () => {
    const { master } = await localCluster();
    await master.stop();
    const outcome = await call(master.port, 'ps');
    expect(outcome.status).toBe(1);
    expect(outcome.err).toContain('nobody listens there');
  });
});
