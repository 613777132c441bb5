import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './cluster.js';
import { Daemon } from './daemon.js';
import { isAlive } from './processes.js';
import { RawScheduler } from './raw-client.js';

/** What writes the pid of each process that it starts, and how many those are. */
const PROCESSES = 4;
const COMMAND = [
  'echo $$ > group',
  'sleep 1000 & echo $! > child',
  'setsid sh -c \'echo $$ > "$0"; exec sleep 1000\' away &',
  "env -i /bin/sh -c 'echo $$ > cleared; exec sleep 1000' &",
  'wait',
].join('\n');

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

async function pidsIn(folder: string): Promise<number[]> {
  const files = ['group', 'child', 'away', 'cleared'].map((name) => join(folder, name));
  const read = (): number[] =>
    files.map((file) => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0)).filter((pid) => pid > 0);
  while (read().length < PROCESSES) await delay(10);
  return read();
}

describe('a cluster of agora local', () => {
  const args = ['local', '--agents', '1', '--port', '0', '--allocation-interval', '20ms'];

  async function running(...more: string[]) {
    const temporary = temporaryFolder();
    const local = new Daemon([...args, ...more], { env: { TMPDIR: temporary } });
    const scheduler = await RawScheduler.subscribe(await local.port, {
      checkpoint: true,
      failover_timeout: 60,
    });
    await scheduler.launch('over', { value: 'true' });
    while ((await scheduler.update()).state !== 'TASK_FINISHED');
    const pids: number[] = [];
    for (const name of ['other', 'long']) {
      const folder = temporaryFolder();
      await scheduler.launch(name, { value: `cd ${folder}\n${COMMAND}` });
      pids.push(...(await pidsIn(folder)));
    }
    const [guard] = childrenOf(local.pid).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('agora-guard'),
    );
    expect([...pids, guard].every(isAlive)).toBe(true);
    return { local, pids, guard, temporary, id: { value: scheduler.frameworkId } };
  }

  it('takes its tasks along when it is killed, whatever they have become', async () => {
    const { local, pids, guard } = await running();
    await local.stop('SIGKILL');
    while ([...pids, guard].some(isAlive)) await delay(10);
  });

  it('takes its temporary folder along when it is killed, with tasks or without', async () => {
    const { local, guard, temporary } = await running();
    const idle = new Daemon(args, { env: { TMPDIR: temporary } });
    await idle.port;
    expect(readdirSync(temporary)).toHaveLength(2);
    await local.stop('SIGKILL');
    while (isAlive(guard)) await delay(10);
    expect(readdirSync(temporary)).toHaveLength(1);
    await idle.stop('SIGKILL');
    while (readdirSync(temporary).length > 0) await delay(10);
  });

  it('says so of them when it is there again', async () => {
    const more = ['--work-dir', temporaryFolder()];
    const { local, id } = await running(...more);
    await local.stop('SIGKILL');
    const again = new Daemon([...args, ...more]);
    const info = { id, checkpoint: true, failover_timeout: 60 };
    const scheduler = await RawScheduler.subscribe(await again.port, info);
    for (;;) {
      const { state, message, task_id: task } = await scheduler.update();
      if (state !== 'TASK_FAILED' || task.value !== 'long') continue;
      expect(message).toContain('left no exit status');
      break;
    }
  });

  it('takes all along when Ctrl-C is pressed twice, or its terminal is closed', async () => {
    const [first, second] = [await running(), await running()];
    first.local.child.kill('SIGINT');
    first.local.child.kill('SIGINT');
    await first.local.ended;
    await second.local.stop('SIGHUP');
    for (const { guard, pids, temporary } of [first, second]) {
      while ([...pids, guard].some(isAlive)) await delay(10);
      expect(readdirSync(temporary)).toEqual([]);
    }
  });

  it('has no folder yet while it waits for an allocator of the user', async () => {
    const [temporary, module] = [temporaryFolder(), join(temporaryFolder(), 'slow.mjs')];
    writeFileSync(
      module,
      "console.error('loading'); setInterval(() => {}, 1000); await new Promise(() => {});",
    );
    const local = new Daemon([...args, '--allocator', module], { env: { TMPDIR: temporary } });
    while (!local.lines.includes('loading')) await delay(10);
    await local.stop('SIGKILL');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('leaves nobody behind when it ends', async () => {
    const { local, pids, guard, temporary } = await running();
    expect(await local.stop('SIGTERM')).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
    expect(pids.some(isAlive)).toBe(false);
    while (isAlive(guard)) await delay(10);
  });
});
