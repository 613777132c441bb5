import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { agora } from '../../src/cli/agora-main.js';
import { isNamed, shortNames } from '../../src/cli/cluster-lists.js';
import { resourcesFromJson, resourcesToJson } from '../../src/cluster/resources/json.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { runWith, type Outcome } from '../cli/fake-terminal.js';
import { localCluster, silent } from './cluster.js';
import { ask } from './operator-client.js';
import { RawScheduler, send } from './raw-client.js';

/** Runs `agora` against a master. */
async function call(port: number, line: string): Promise<Outcome> {
  return await runWith(agora, [...line.split(' '), '--master', `127.0.0.1:${port}`]);
}

/** What a client of TLS says first. */
async function clientHello(): Promise<Buffer> {
  return await new Promise((resolve) => {
    const write = (chunk: Buffer, _: unknown, done: () => void): void => {
      resolve(chunk);
      done();
    };
    connectTls({ socket: new Duplex({ read: () => undefined, write }) });
  });
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
    expect((await call(port, 'ps')).out).toMatch(/^long +long +running +0\.1 +0 +S0 +0000$/m);
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
    const [{ text, until }] = json.unserved[0].reasons;
    const iso = new Date(until * 1000).toISOString();
    expect(text).toMatch(new RegExp(`^filtered until ${iso}: it refused cpus:3\\.9`));
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
    expect(await call(port, 'quota eng')).toMatchObject({
      status: 0,
      out: 'quota of eng: guarantee cpus:1, limit cpus:2;mem:64\n',
    });
    expect(JSON.parse((await call(port, 'quota eng --json')).out)).toMatchObject({
      role: 'eng',
      quota: { guarantee: { cpus: 1 }, limit: { cpus: 2, mem: 64 } },
    });
    expect((await call(port, 'quota eng --remove')).out).toBe('eng has no quota\n');
    expect(await ask(port, 'GET_QUOTA')).toEqual({ status: {} });
  });

  it.each(['eng', 'nobody'])('of role %s, which has no quota, quota says so', async (role) => {
    const { port } = (await localCluster()).master;
    await call(port, 'weights eng=2.5');
    expect(await call(port, `quota ${role}`)).toMatchObject({ status: 0, out: `${role} has no quota\n` });
    expect(JSON.parse((await call(port, `quota ${role} --json`)).out)).toEqual({ role, quota: null });
  });

  it('drain ends the tasks of an agent, reactivate offers it again', async () => {
    const { port, scheduler } = await running();
    expect((await call(port, 'drain S0 --max-grace-period 1s')).out).toContain('draining S0');
    while ((await scheduler.update()).state !== 'TASK_KILLED');
    expect((await call(port, 'agents')).out).toMatch(/^S0 +localhost +drained/m);
    expect(await call(port, 'reactivate localhost')).toMatchObject({ status: 0 });
    expect((await call(port, 'agents')).out).toMatch(/^S0 +localhost +active/m);
  });

  it.each([
    ['weights eng=2', { weight_infos: [{ role: 'eng', weight: 2 }] }],
    ['quota eng --limit cpus:1', { quota_configs: [{ role: 'eng', limits: { cpus: { value: 1 } } }] }],
    ['drain S0', { mark_gone: false }],
    ['reserve S0 eng cpus:1', { resources: [{ name: 'cpus', scalar: { value: 1 } }] }],
    ['maintenance schedule S0', { schedule: { windows: [{ machine_ids: [{ hostname: 'localhost' }] }] } }],
  ])('%s --json prints the call that was taken', async (line, content) => {
    const { port } = (await localCluster()).master;
    const { status, out } = await call(port, `${line} --json`);
    expect(status).toBe(0);
    const { type, ...rest } = JSON.parse(out);
    expect(rest).toMatchObject({ [type.toLowerCase()]: content });
  });

  it('teardown ends a framework', async () => {
    const { port, scheduler } = await running();
    expect(await call(port, 'teardown raw')).toMatchObject({ status: 0 });
    await scheduler.rest();
    expect((await call(port, 'ps')).out.trim().split('\n')).toHaveLength(1);
    expect((await call(port, 'ps --all')).out).toMatch(/^long +long +killed/m);
  });

  it.each([
    ['drain S7', 2, 'no agent "S7". There are S0.'],
    ['drain', 2, 'name the agent'],
    ['weights eng', 2, '"eng" is no weight'],
    ['weights eng=2,ads=1', 2, 'several as eng=2 ads=1'],
    ['weights eng=1 ops=1 eng=2', 2, 'role "eng" is given two weights'],
    ['quota a/b --limit cpus:1', 1, 'not at the top level'],
    ['quota a=cpus:1', 2, '"a=cpus:1" is no role; amounts are options: agora quota a --guarantee cpus:1, or'],
    ['quota a=limit:cpus:1', 2, 'options: agora quota a --limit cpus:1.'],
    ['quota a cpus:1;mem:2', 2, "or agora quota a --limit 'cpus:1;mem:2'."],
    ['quota a=5', 2, '"a=5" is no role'],
    ['quota --limit cpus:1', 2, 'name the role'],
    ['quota --remove', 2, 'name the role'],
    ['quota a b', 2, 'one role at a time'],
    ['quota a --remove --limit cpus:1', 2, '--remove goes without --guarantee and --limit'],
    ['quota a --force', 2, '--force goes with --guarantee, --limit or --remove'],
    ['reserve S0 a=1 cpus:1', 2, '"a=1" is no role'],
    ['ps extra', 2, 'no argument "extra"'],
  ])('%s is refused in one line', async (line, status, message) => {
    const { port } = (await localCluster()).master;
    const outcome = await call(port, line);
    expect(outcome.status).toBe(status);
    expect(outcome.err).toContain(message);
    expect(outcome.err.trim().split('\n')).toHaveLength(1);
    const { weight_infos: weights } = await ask(port, 'GET_WEIGHTS');
    expect([weights ?? [], await ask(port, 'GET_QUOTA')]).toEqual([[], { status: {} }]);
  });

  it('says so when there is no master', async () => {
    const { master } = await localCluster();
    await master.stop();
    const outcome = await call(master.port, 'ps');
    expect(outcome.status).toBe(1);
    expect(outcome.err).toContain('nobody listens there. agora local starts one;');
  });
});

describe('ids', () => {
  const ids = ['1f3a9c02-77b1-S0', '1f3a9c02-77b1-S1', '9d04e1aa-03c5-S0', '1f3a9c02-77b1-S0'];

  it('are shown without what all share, and with more where two would look alike', () => {
    expect(ids.map(shortNames(ids))).toEqual(['1f3a9c02-S0', 'S1', '9d04e1aa-S0', '1f3a9c02-S0']);
  });

  it.each([
    ['9d04e1aa-03c5-S0', true],
    ['9d04e1aa-S0', true],
    ['S0', true],
    ['1f3a9c02-S0', false],
    ['S', false],
  ])('are meant by what is shown: %s', (text, is) => {
    expect(isNamed('9d04e1aa-03c5-S0', text)).toBe(is);
  });
});

describe('agora reserve, unreserve and volume', () => {
  it('move resources of an agent to a role and back', async () => {
    const resources = resourcesToJson(parseResources('cpus:4;mem:4096;disk:2048'), { legacy: false });
    const { port } = (await localCluster({ resources })).master;
    const said = async (line: string) => {
      const { status, out, err } = await call(port, line);
      return `${status} ${out}${err}`;
    };
    const total = async () => (await ask(port, 'GET_AGENTS')).agents[0].total_resources;
    expect(await said('reserve S0 db cpus:2;disk:1024')).toBe('0 reserved for db on S0\n');
    expect((await call(port, 'agents')).out).toMatch(/ reserved\nS0 .* db cpus:2;disk:1024$/m);
    expect(await said('volume create S0 db data --size 512 --path data')).toBe(
      '0 created volume data on S0\n',
    );
    expect(await total()).toContainEqual(
      expect.objectContaining({
        name: 'disk',
        scalar: { value: 512 },
        reservations: [{ type: 'DYNAMIC', role: 'db' }],
        disk: { persistence: { id: 'data' }, volume: { container_path: 'data', mode: 'RW' } },
      }),
    );
    // The volume is not for unreserving.
    expect(await said('unreserve S0 db disk:1024')).toBe(
      '2 agora: dynamically reserved for db on S0 is cpus:2;disk:512: disk:512 is missing (R-1.13).\n',
    );
    expect(await said('volume destroy S0 data')).toBe('0 destroyed volume data on S0\n');
    expect(await said('unreserve S0 db cpus:1;disk:1024')).toBe('0 unreserved on S0\n');
    const reserved = (await total()).filter((resource: object) => 'reservations' in resource);
    expect(reserved).toMatchObject([{ name: 'cpus', scalar: { value: 1 } }]);
    expect(await said('reserve S0 eng cpus:1 --from ops')).toMatch(
      /^2 .*for ops on S0 is nothing: cpus:1 is missing/,
    );
    expect(await said('reserve S0 eng cpus:1 --from db')).toBe(
      '0 reserved for eng on S0 what was reserved for db\n',
    );
    expect((await total()).filter((resource: object) => 'reservations' in resource)).toMatchObject([
      { name: 'cpus', scalar: { value: 1 }, reservations: [{ role: 'eng' }] },
    ]);
    expect(await said('reserve S0 db cpus:9')).toMatch(/^1 agora: not as much of these resources/);
    expect(await said('reserve S0 db')).toMatch(/^2 agora: 3 words are needed: AGENT ROLE RESOURCES/);
    expect(await said('reserve S0 db nonsense')).toMatch(/^2 agora: /);
    expect(await said('volume destroy S0 nothing')).toMatch(/^2 agora: S0 has no volume "nothing"/);
    expect(await said('volume create S0 db x --size 99 --path x')).toMatch(
      /^2 .*first: agora reserve S0 db disk:99/,
    );
  });
});

describe('agora reserve and unreserve', () => {
  const text = 'cpus:4;mem:4096;ports:[31000-31099];keys:{a,b,c};disk[mount=/m]:100';
  const resources = resourcesToJson(parseResources(text), { legacy: false });

  it('take ranges, sets and mounted disks', async () => {
    const { port } = (await localCluster({ resources })).master;
    const said = async (line: string) => {
      const { out, err } = await call(port, line);
      return out + err;
    };
    const reserved = async () => {
      const { resources: all } = resourcesFromJson((await ask(port, 'GET_AGENTS')).agents[0].total_resources);
      return formatResources(all.filter(({ owner }) => owner !== undefined));
    };
    await said('reserve S0 db cpus:1;ports:[31000-31005,31010-31011];keys:{a,b};disk[mount=/m]:100');
    expect(await reserved()).toBe(
      'cpus(+db):1;ports(+db):[31000-31005,31010-31011];keys(+db):{a,b};disk(+db)[mount=/m]:100',
    );
    expect(await said('unreserve S0 db cpus:3;ports:[31005-31006];keys:{b,c}')).toMatch(
      /: cpus:2;ports:\[31006-31006\];keys:\{c\} is missing \(R-1\.13\)\.\n$/,
    );
    expect(await said('unreserve S0 db ports:[31002-31004];keys:{b};disk[mount=/m]:100')).toBe(
      'unreserved on S0\n',
    );
    await said('reserve S0 eng ports:[31000-31001] --from db');
    expect(await reserved()).toBe(
      'cpus(+db):1;ports(+db):[31005-31005,31010-31011];keys(+db):{a};ports(+eng):[31000-31001]',
    );
  });

  it.each([
    ['ports:5', /"ports" takes ranges such as \[31000-32000\] \(R-1\.4\)/],
    ['cpus(+db):1', /the role is the word before the resources, here db: write cpus:… without one\./],
    ['disk[volume=v]:1', /a volume is made by agora volume create\./],
    ['cpus:1;cpus:1', /cpus is given twice/],
    ['cpus:0', /name resources, such as/],
  ])('say what is wrong with %s', async (wrong, why) => {
    for (const name of ['reserve', 'unreserve']) {
      const { status, err } = await call(1, `${name} S0 db ${wrong}`);
      expect([status, err]).toEqual([2, expect.stringMatching(why)]);
    }
  });
});

describe('agora maintenance', () => {
  it('schedules a machine, takes it down and up, and out of the schedule', async () => {
    const { port } = (await localCluster()).master;
    const said = async (line: string) => (await call(port, line)).out;
    expect(await said('maintenance status')).toBe('no machine is scheduled\n');
    expect(await said('maintenance schedule S0 --in 1h --for 30m')).toBe('scheduled localhost (127.0.0.1)\n');
    expect(await said('maintenance status')).toMatch(
      /^localhost \(127\.0\.0\.1\) {2}up {2}from \S+Z for 30m/,
    );
    await said('maintenance schedule localhost');
    const { windows } = JSON.parse(await said('maintenance status --json'));
    expect(windows).toHaveLength(1);
    expect(windows[0].unavailability.duration).toBeUndefined();
    await said('maintenance cancel localhost');
    expect(await said('maintenance status')).toBe('no machine is scheduled\n');
    await said('maintenance schedule localhost');
    expect(await said('maintenance down localhost')).toBe('localhost (127.0.0.1) is down\n');
    expect(await said('maintenance status')).toMatch(/ {2}down {2}/);
    expect((await ask(port, 'GET_AGENTS')).agents).toBeUndefined();
    expect(await said('maintenance up localhost')).toBe('localhost (127.0.0.1) is up\n');
    expect((await call(port, 'maintenance down localhost')).err).toMatch(/^agora: no agent "localhost"/);
  });
});

describe('a master on https', () => {
  const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

  it('is asked by clients that know who signed its certificate', async () => {
    const tls = {
      cert: readFileSync(fixture('test-only-cert.pem')),
      key: readFileSync(fixture('test-only-key.pem')),
    };
    const warnings: string[] = [];
    const log = { ...silent, warn: (_: object, message: string) => void warnings.push(message) };
    const cluster = await localCluster({ security: { tls }, log });
    const { port } = cluster.master;
    const args = ['agents', '--master', `https://127.0.0.1:${port}`];
    expect((await runWith(agora, args)).err).toMatch(
      /certificate is not trusted.*--tls-ca FILE says who signed it/,
    );
    const known = await runWith(agora, [...args, '--tls-ca', fixture('test-only-cert.pem')]);
    expect(known).toMatchObject({ status: 0, err: '' });
    expect(known.out).toMatch(/^S0 +localhost +active/m);
    const wrong = await runWith(agora, ['agents', '--master', `127.0.0.1:${port}`]);
    expect(wrong.status).toBe(1);
    expect(wrong.err).toBe('agora: this server speaks HTTPS; use https://.\n');
    const reply = await send(port, { path: '/api/v1', body: Buffer.alloc(2 ** 20) });
    expect(reply).toMatchObject({ status: 400, text: 'this server speaks HTTPS; use https://\n' });
    expect(warnings).toEqual(['a client speaks plain HTTP; this server speaks HTTPS']);
    const plain = await runWith(agora, ['agents', '--tls-ca', fixture('test-only-cert.pem')]);
    expect(plain).toMatchObject({ status: 2 });
    expect(plain.err).toMatch(/--tls-ca is for a master on https/);
    // Who has connected and says nothing keeps no server from ending, and who only begins to say something does not either.
    const silence = connect(port, '127.0.0.1');
    await once(silence, 'connect');
    const beginning = connect(port, '127.0.0.1');
    beginning.write(await clientHello());
    await once(beginning, 'data');
    for (const socket of [silence, beginning]) socket.on('error', () => undefined).resume();
    await cluster.stop();
    for (const socket of [silence, beginning]) if (!socket.closed) await once(socket, 'close');
  });

  it('is not what a master on http is: who takes it for one is told so', async () => {
    const { port } = (await localCluster()).master;
    const { err, status } = await runWith(agora, ['agents', '--master', `https://127.0.0.1:${port}`]);
    expect(status).toBe(1);
    expect(err).toContain('it speaks plain HTTP; use http://');
  });
});
