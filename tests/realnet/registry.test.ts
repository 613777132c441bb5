import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Roles } from '../../src/cluster/roles.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { pushReservation } from '../../src/cluster/resources/conversions.js';
import type { AgentEntry, RegistryRecord } from '../../src/cluster/master/registry.js';
import { Names } from '../../src/realnet/names.js';
import { processStart } from '../../src/realnet/process/process-table.js';
import { FileStore } from '../../src/realnet/registry/file-store.js';
import { Registrar } from '../../src/realnet/registry/registrar.js';
import { changeOf, recordsOf } from '../../src/realnet/registry/registry-entries.js';
import type { RegistryChange, RegistryStore } from '../../src/realnet/registry/registry-store.js';
import { temporaryFolder } from './cluster.js';

/** A store that has been loaded. */
async function storeIn(folder: string): Promise<FileStore> {
  const store = new FileStore(folder);
  await store.load();
  return store;
}

async function entriesIn(folder: string): Promise<Record<string, string>> {
  const store = new FileStore(folder);
  const entries = Object.fromEntries(await store.load());
  await store.close();
  return entries;
}

function fileOf(folder: string): string {
  return join(folder, 'registry.log');
}

/** A folder whose registry got three writes from a master that was killed. */
async function killed(): Promise<string> {
  const folder = temporaryFolder();
  const store = await storeIn(folder);
  await store.write([{ key: 'a', value: '1' }]);
  await store.write([
    { key: 'b', value: 'ü\n"' },
    { key: 'a', value: '2' },
  ]);
  await store.write([
    { key: 'c', value: '3' },
    { key: 'b', value: undefined },
  ]);
  await store.close();
  return folder;
}

describe('a registry in a file', () => {
  it('has what was written, also after it was written anew', async () => {
    const folder = await killed();
    expect(await entriesIn(folder)).toEqual({ a: '2', c: '3' });
    expect(await entriesIn(folder)).toEqual({ a: '2', c: '3' });
  });

  it('counts a write wholly or not at all, wherever it was cut off', async () => {
    const folder = await killed();
    const whole = readFileSync(fileOf(folder));
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let size = lastLine; size < whole.length; size++) {
      writeFileSync(fileOf(folder), whole);
      truncateSync(fileOf(folder), size);
      expect(await entriesIn(folder)).toEqual({ a: '2', b: 'ü\n"' });
    }
  });

  it('refuses a file that was damaged before its end, and one that is none', async () => {
    const folder = await killed();
    const whole = readFileSync(fileOf(folder), 'utf8');
    writeFileSync(fileOf(folder), whole.replace('["a","1"]', '["a","9"]'));
    await expect(entriesIn(folder)).rejects.toThrow(/registry\.log is damaged in line 2/);
    writeFileSync(fileOf(folder), 'something else\n');
    await expect(entriesIn(folder)).rejects.toThrow(/is no registry of the format/);
  });

  it('is not made of a new file that was never finished', async () => {
    const folder = await killed();
    writeFileSync(`${fileOf(folder)}.new`, 'half of');
    expect(await entriesIn(folder)).toEqual({ a: '2', c: '3' });
  });

  it('does not grow with the number of writes', async () => {
    const folder = temporaryFolder();
    const store = await storeIn(folder);
    const value = 'x'.repeat(100_000);
    for (let i = 0; i < 40; i++) await store.write([{ key: 'a', value }]);
    await store.close();
    expect(statSync(fileOf(folder)).size).toBeLessThan(2_000_000);
    expect(await entriesIn(folder)).toEqual({ a: value });
  });

  it('is for one master; the mark of one that was killed does not count', async () => {
    const folder = temporaryFolder();
    const first = await storeIn(folder);
    await expect(new FileStore(folder).load()).rejects.toThrow(
      new RegExp(`in use by another master, process ${process.pid}$`),
    );
    await first.close();
    const other = spawn('sleep', ['1000']);
    const started = processStart(other.pid!);
    mkdirSync(join(folder, 'registry.lock'));
    writeFileSync(join(folder, 'registry.lock', `${other.pid}-${started}`), '');
    await expect(new FileStore(folder).load()).rejects.toThrow(`process ${other.pid}`);
    other.kill('SIGKILL');
    await once(other, 'close');
    await (await storeIn(folder)).close();
  });

  it('says in one line that it cannot be written', async () => {
    const folder = join(temporaryFolder(), 'there');
    mkdirSync(folder);
    const store = new FileStore(folder);
    rmSync(folder, { recursive: true });
    await expect(store.load()).rejects.toThrow(/^the folder \S+ cannot be used: ENOENT[^\n]*$/);
  });
});

/** A store whose writes end when the test says so. */
class SlowStore implements RegistryStore {
  readonly written: RegistryChange[][] = [];
  #end: ((error?: Error) => void) | undefined;

  load(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map());
  }

  write(changes: readonly RegistryChange[]): Promise<void> {
    this.written.push([...changes]);
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async end(error?: Error): Promise<void> {
    this.#end?.(error);
    await new Promise(setImmediate);
  }
}

describe('a registrar', () => {
  const change = (key: string): RegistryChange => ({ key, value: key });

  it('holds back what comes after a change until that is durable, and keeps the order', async () => {
    const store = new SlowStore();
    const registrar = new Registrar(store, (error) => {
      throw error;
    });
    const said: string[] = [];
    registrar.whenDurable(() => said.push('before'));
    registrar.persist(change('a'));
    registrar.persist(change('b'));
    registrar.whenDurable(() => {
      said.push('after b');
      registrar.whenDurable(() => said.push('what followed from it'));
    });
    await new Promise(setImmediate);
    // While the first write goes on.
    registrar.persist(change('c'));
    registrar.whenDurable(() => said.push('after c'));
    expect(said).toEqual(['before']);
    await store.end();
    expect(said).toEqual(['before', 'after b']);
    await store.end();
    expect(said).toEqual(['before', 'after b', 'after c', 'what followed from it']);
    expect(store.written.map((changes) => changes.map(({ key }) => key))).toEqual([['a', 'b'], ['c']]);
  });

  it('is settled when all that was asked for is written', async () => {
    const store = new SlowStore();
    const registrar = new Registrar(store, () => undefined);
    registrar.persist(change('a'));
    let isSettled = false;
    const settled = registrar.settled().then(() => (isSettled = true));
    await new Promise(setImmediate);
    registrar.persist(change('b'));
    await store.end();
    expect(isSettled).toBe(false);
    await store.end();
    await settled;
    expect(store.written).toHaveLength(2);
  });

  it('says nothing more when the store fails', async () => {
    const store = new SlowStore();
    const failures: string[] = [];
    const registrar = new Registrar(store, ({ message }) => failures.push(message));
    const said: string[] = [];
    registrar.persist(change('a'));
    registrar.whenDurable(() => said.push('after a'));
    await new Promise(setImmediate);
    await store.end(new Error('the disk is full'));
    expect(failures).toEqual(['the disk is full']);
    expect(said).toEqual([]);
  });
});

describe('records of the registry', () => {
  const DAY_US = 24 * 3600 * 1e6;

  function agent(name: string, more: Partial<AgentEntry> = {}): RegistryRecord {
    const total = parseResources('cpus:4;ports:[1-5]');
    const info = { id: name, hostname: 'h', total, attributes: [], capabilities: [] };
    const entry = { info, total, standing: 'admitted', sinceUs: 0, deactivated: false, ...more } as const;
    return { type: 'AGENT', agent: 0, entry };
  }

  it('come back as they were, with roles and agents by their names', () => {
    const roles = new Roles();
    const role = roles.intern('eng');
    const reserved = pushReservation(parseResources('cpus:4'), { type: 'DYNAMIC', role: 'eng' });
    const records: RegistryRecord[] = [
      { type: 'WEIGHT', role, weight: 2.5 },
      { type: 'QUOTA', role, guarantees: { cpus: 1000 }, limits: {} },
      agent('m-S0', { total: reserved, drain: { isDone: false, maxGraceUs: 5, markGone: true } }),
    ];
    const entries = new Map(
      records.map((record) => {
        const { key, value } = changeOf(record, { roles, agents: new Names() });
        return [key, value!];
      }),
    );
    const later = new Roles();
    later.intern('other');
    const again = recordsOf(entries, 0, { roles: later, agents: new Names() });
    const other = later.find('eng');
    expect(again.slice(0, 2)).toEqual(records.slice(0, 2).map((record) => ({ ...record, role: other })));
    const [, , back] = again;
    const entry = back.type === 'AGENT' ? back.entry : undefined;
    expect(entry).toMatchObject({ drain: { isDone: false, maxGraceUs: 5, markGone: true } });
    expect(entry?.total.equals(reserved)).toBe(true);
  });

  it('without a quota that was taken back', () => {
    const none: RegistryRecord = { type: 'QUOTA', role: 0, guarantees: {}, limits: {} };
    expect(changeOf(none, { roles: new Roles(), agents: new Names() }).value).toBeUndefined();
  });

  it('without agents that have been away for two weeks (W-5.10)', () => {
    const entries = new Map(
      [
        agent('here'),
        agent('gone-long-ago', { standing: 'gone', sinceUs: 0 }),
        agent('gone', { standing: 'gone', sinceUs: 2 * DAY_US }),
        agent('away', { standing: 'unreachable', sinceUs: 3 * DAY_US }),
      ].map((record) => {
        const { key, value } = changeOf(record, { roles: new Roles(), agents: new Names() });
        return [key, value!] as const;
      }),
    );
    const records = recordsOf(entries, 15 * DAY_US, { roles: new Roles(), agents: new Names() });
    const ids = records.map((record) => (record.type === 'AGENT' ? record.entry.info.id : ''));
    expect(ids).toEqual(['here', 'away', 'gone']);
  });
});
