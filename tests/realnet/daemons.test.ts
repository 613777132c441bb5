import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reachProblem } from '../../src/cli/daemon-server.js';
import { temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { ask } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

const patient = { failover_timeout: 3600, checkpoint: true };

describe('an option of a daemon', () => {
  const master = (args: readonly string[], env: object): Daemon =>
    new Daemon(['master', '--work-dir', temporaryFolder(), ...args], { env });

  it('is that of the command line, else of the environment, else of the file', async () => {
    const file = join(temporaryFolder(), 'config.json');
    writeFileSync(file, JSON.stringify({ port: 'of file', allocator: 'fifo' }));
    const told = async (args: readonly string[], env: object): Promise<string> => {
      const daemon = master(args, env);
      expect(await daemon.ended).toBe(2);
      return daemon.lines.join('\n');
    };
    const is = (text: string): string => `agora: --port is "${text}"; it is a whole number from 0 to 65535.`;
    const all = { AGORA_CONFIG: file, AGORA_PORT: 'of environment' };
    expect(await told(['--port', 'typed'], all)).toBe(is('typed'));
    expect(await told([], all)).toBe(`${is('of environment')} It comes from AGORA_PORT.`);
    expect(await told([], { AGORA_USER_SORTER: 'x' })).toMatch(
      /^agora: .*It comes from AGORA_USER_SORTER\.$/,
    );
    expect(await told(['--config', file], {})).toBe(`${is('of file')} It comes from "port" in ${file}.`);
  });

  it.each([
    [{ prot: 1 }, /there is no option "prot"\. Did you mean "port"\?$/],
    [{ config: 'x' }, /"config" names another such file; one alone is read\.$/],
    [{ work_dir: 'x', 'work-dir': 'y' }, /"work-dir" is there twice, in two spellings\.$/],
    [{ user_sorter: 'drf', 'role-sorter': 'drf' }, /"role-sorter" is there twice, in two spellings\.$/],
    [{ insecure: 'maybe' }, /"insecure" in .* is "maybe"; it is a switch: true or false\.$/],
    [{ port: [1] }, /"port" is a text, a number, true or false\.$/],
  ])('that is %j in the file is refused', async (content, why) => {
    const file = join(temporaryFolder(), 'config.json');
    writeFileSync(file, JSON.stringify(content));
    const daemon = master(['--config', file], {});
    expect(await daemon.ended).toBe(2);
    expect(daemon.lines).toEqual([expect.stringMatching(why)]);
  });

  it('whose variable is misspelt is named in the log', async () => {
    const daemon = master(['--port', '0'], { AGORA_PROT: '1' });
    await daemon.logged('there is no option for the variable AGORA_PROT. Did you mean AGORA_PORT?');
  });

  it.each([
    [['master', 'extra'], /agora master takes no argument "extra"/],
    [['agent', 'extra'], /agora agent takes no argument "extra"/],
    [['local', 'extra'], /agora local takes no argument "extra"/],
    [['master', '--work-dir', '.', '--ip', '300.0.0.1'], /--ip is "300\.0\.0\.1"; it is an IPv4 address/],
    [['agent', '--work-dir', '.', '--hostname', 'a b'], /--hostname is "a b"; it is a name/],
  ])('or a word that is wrong is refused: %j', async (args, why) => {
    const daemon = new Daemon([...args, ...(args[0] === 'agent' ? ['--master', '127.0.0.1:1'] : [])]);
    expect(await daemon.ended).toBe(2);
    expect(daemon.lines[0]).toMatch(why);
  });
});

describe('agora master and agora agent, as processes of their own,', () => {
  it('run a task, and end cleanly at SIGTERM', async () => {
    const master = startMasterDaemon(temporaryFolder());
    const agent = startAgentDaemon(await master.port, temporaryFolder(), '--attributes', 'rack:r1');
    const { agent: id } = await agent.logged('registered');
    expect(await master.logged('agent added')).toMatchObject({ agent: id });
    const scheduler = await RawScheduler.subscribe(await master.port);
    expect(await master.logged('framework added')).toMatchObject({
      framework: scheduler.frameworkId,
      name: 'raw',
    });
    await scheduler.launch('one', { value: 'true' });
    const states = [await scheduler.update(), await scheduler.update(), await scheduler.update()];
    expect(states.map(({ state }) => state)).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    expect(await agent.stop()).toBe(0);
    expect(await master.stop()).toBe(0);
  });

  it('a master whose port is taken says so and ends', async () => {
    const port = await startMasterDaemon(temporaryFolder()).port;
    const second = startMasterDaemon(temporaryFolder(), '--port', String(port));
    expect(await second.ended).toBe(2);
    expect(second.lines.join('\n')).toContain(`port ${port} of 127.0.0.1 is taken`);
  });

  it('a master whose certificate is none says so and ends', async () => {
    const text = join(temporaryFolder(), 'text');
    writeFileSync(text, 'no certificate');
    const master = startMasterDaemon(temporaryFolder(), '--tls-cert', text, '--tls-key', text);
    expect(await master.ended).toBe(2);
    expect(master.lines.join('\n')).toContain('--tls-cert and --tls-key are no certificate with its key');
  });

  it('a second master leaves the journal of the first alone', async () => {
    const folder = temporaryFolder();
    const journal = join(folder, 'journal');
    const work = join(folder, 'work');
    await startMasterDaemon(work, '--journal', journal).port;
    expect(await startMasterDaemon(work, '--journal', journal).ended).toBe(2);
    expect(existsSync(`${journal}.1`)).toBe(false);
  });

  it('a master whose log cannot be written serves, and ends at SIGTERM', async () => {
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const master = new Daemon(
      ['master', '--work-dir', temporaryFolder(), '--port', '0', '--logging-level', 'debug'],
      { log: full },
    );
    const port = await master.port;
    await ask(port, 'GET_HEALTH');
    expect(await master.stop()).toBe(0);
  });

  it('agora local takes an allocator of a user', async () => {
    const path = join(temporaryFolder(), 'mine.mjs');
    writeFileSync(
      path,
      "import { definePolicy } from 'agora-sim';\nexport default definePolicy({ name: 'mine', rank: () => 0 });\n",
    );
    const local = new Daemon(['local', '--port', '0', '--agents', '1', '--allocator', path]);
    const scheduler = await RawScheduler.subscribe(await local.port);
    await scheduler.launch('one', { value: 'true' });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_STARTING' });
    expect(await local.stop('SIGINT')).toBe(0);
  });

  it.each(['local', 'master'])(
    'agora %s ends with one line when the allocator of a user is faulty',
    async (what) => {
      const path = join(temporaryFolder(), 'mine.mjs');
      writeFileSync(
        path,
        "import { definePolicy } from 'agora-sim';\nexport default definePolicy({ name: 'mine', rank: () => NaN });\n",
      );
      const options = ['--port', '0', '--allocator', path, '--work-dir', temporaryFolder()];
      const daemon = new Daemon([what, ...options]);
      const port = await daemon.port;
      if (what === 'master') startAgentDaemon(port, temporaryFolder());
      // The first cycle may end it before the answer is read.
      await RawScheduler.subscribe(port).catch(() => undefined);
      expect(await daemon.ended).toBe(1);
      const said = daemon.lines.filter((line) => !line.startsWith('{'));
      expect(said[0]).toMatch(
        /^agora: the allocator .*mine.mjs returned NaN from rank .* \(at \d{4}-.*Z\)\.$/,
      );
      expect(said.length).toBeLessThanOrEqual(2);
    },
  );

  it('an agent keeps its tasks and its id while the master is restarted (W-5.6)', async () => {
    const [masterFolder, mark] = [temporaryFolder(), join(temporaryFolder(), 'go')];
    const first = startMasterDaemon(masterFolder);
    const port = await first.port;
    const agent = startAgentDaemon(port, temporaryFolder());
    const { agent: id } = await agent.logged('registered');
    const before = await RawScheduler.subscribe(port, patient);
    await before.launch('long', { value: `until [ -e ${mark} ]; do sleep 0.05; done` });
    await before.update();
    expect(await before.update()).toMatchObject({ state: 'TASK_RUNNING' });
    await first.stop('SIGKILL');
    startMasterDaemon(masterFolder, '--port', String(port));
    expect(await agent.logged('registered')).toMatchObject({ agent: id });
    const after = await RawScheduler.subscribe(port, { ...patient, id: { value: before.frameworkId } });
    expect((await after.call('RECONCILE', { tasks: [] })).status).toBe(202);
    expect(await after.update()).toMatchObject({
      task_id: { value: 'long' },
      state: 'TASK_RUNNING',
      agent_id: { value: id },
    });
    writeFileSync(mark, '');
    // RUNNING may come once more: its acknowledgement can have died with the first master.
    let update = await after.update();
    while (update.state === 'TASK_RUNNING') update = await after.update();
    expect(update).toMatchObject({ state: 'TASK_FINISHED', task_id: { value: 'long' } });
    expect(existsSync(mark)).toBe(true);
  });

  it('a silent agent becomes unreachable, and comes back with its task (W-5.3, W-5.7)', async () => {
    const pings = ['--agent-ping-timeout', '200ms', '--max-agent-ping-timeouts', '5'];
    const master = startMasterDaemon(temporaryFolder(), ...pings);
    const agent = startAgentDaemon(await master.port, temporaryFolder());
    await agent.logged('registered');
    const aware = { ...patient, capabilities: [{ type: 'PARTITION_AWARE' }] };
    const scheduler = await RawScheduler.subscribe(await master.port, aware);
    await scheduler.launch('long', { value: 'sleep 1000' });
    await scheduler.update();
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_RUNNING' });
    agent.child.kill('SIGSTOP');
    const since = { nanoseconds: expect.any(Number) };
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_UNREACHABLE',
      reason: 'REASON_AGENT_REMOVED',
      unreachable_time: since,
    });
    await scheduler.next('FAILURE');
    const { get_tasks: tasks } = await ask(await master.port, 'GET_STATE');
    expect(tasks.unreachable_tasks[0].statuses.at(-1)).toMatchObject({ unreachable_time: since });
    for (const encoding of ['json', 'protobuf'] as const) {
      const other = await RawScheduler.subscribe(await master.port, {}, encoding);
      const [id] = (await ask(await master.port, 'GET_TASKS')).unreachable_tasks;
      await other.call('RECONCILE', { tasks: [{ task_id: { value: 'none' }, agent_id: id.agent_id }] });
      // To one that is not PARTITION_AWARE the time is all that tells this loss from others (W-4.4).
      expect(await other.update()).toMatchObject({ state: 'TASK_LOST', unreachable_time: since });
    }
    agent.child.kill('SIGCONT');
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_RUNNING',
      reason: 'REASON_AGENT_REREGISTERED',
    });
  });
});

describe('an agent on 127.0.0.1', () => {
  it('warns when its master is on another host, with the way to mend it', async () => {
    // An address for documents: nobody answers there.
    const args = ['agent', '--master', '192.0.2.2:5050', '--work-dir', temporaryFolder(), '--port', '0'];
    const agent = new Daemon(args);
    expect(await agent.logged('the master is 192.0.2.2')).toMatchObject({
      level: 40,
      msg: expect.stringMatching(
        /listens on 127\.0\.0\.1 alone.*--ip ADDRESS --credentials FILE.*--hostname NAME/,
      ),
    });
  });

  it.each([
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', false],
    ['localhost', '127.0.0.1', '127.0.0.1', false],
    ['10.0.0.1', '127.0.0.1', '127.0.0.1', true],
    ['master.example', '127.0.1.1', '127.0.1.1', true],
    ['10.0.0.1', '10.0.0.2', '10.0.0.2', false],
    ['10.0.0.1', '0.0.0.0', '10.0.0.2', false],
    // Somebody forwards to it.
    ['10.0.0.1', '127.0.0.1', '10.0.0.2', false],
  ])('of a master on %s, that listens on %s and tells %s: warns %s', (master, listenIp, ip, warns) => {
    expect(reachProblem(master, { listenIp, ip }) !== undefined).toBe(warns);
  });
});
