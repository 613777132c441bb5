import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { basicAuthorization } from '../../src/realnet/auth/credentials.js';
import { fetchWithin } from '../../src/realnet/process/fetch-uris.js';
import { buildSim } from '../cli/build.js';
import { temporaryFolder } from './cluster.js';
import { Daemon } from './daemon.js';
import { RawScheduler } from './raw-client.js';

/** Ports that fetch() refuses, and others may well take. */
const BLOCKED = [10080, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697];

/** A server on the first of these ports that is free. @returns its port */
async function serve(ports: readonly number[], listener: RequestListener): Promise<number> {
  for (const port of ports) {
    const server = createServer(listener).listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }
  throw new Error(`none of the ports ${ports.join(', ')} is free`);
}

/** What comes of the URI as the file "data". */
async function fetched(value: string): Promise<string> {
  const sandbox = temporaryFolder();
  const uris = [{ value, extract: false, output_file: 'data' }];
  await fetchWithin(60_000, uris, sandbox, undefined, new AbortController());
  return readFileSync(join(sandbox, 'data'), 'utf8');
}

describe('a URI of a task', () => {
  it('is fetched from a port that browsers refuse, as curl does', async () => {
    const port = await serve(BLOCKED, (_request, response) => response.end('data'));
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      cause: { message: 'bad port' },
    });
    expect(await fetched(`http://127.0.0.1:${port}/x`)).toBe('data');
  });

  it('is followed to where it leads; its password stays with its own server', async () => {
    const asked: [string, string | undefined][] = [];
    const other = await serve([0], ({ headers }, response) => {
      asked.push(['other', headers.authorization]);
      response.end('data');
    });
    const port = await serve([0], ({ url, headers }, response) => {
      asked.push([url!, headers.authorization]);
      response.writeHead(302, { Location: url === '/a' ? 'b' : `http://127.0.0.1:${other}/c` }).end();
    });
    expect(await fetched(`http://me:secret@127.0.0.1:${port}/a`)).toBe('data');
    const own = basicAuthorization({ principal: 'me', secret: 'secret' });
    expect(asked).toEqual([
      ['/a', own],
      ['/b', own],
      ['other', undefined],
    ]);
  });

  it.each([
    ['/round', /^http:\/\/…@127\.0\.0\.1:\d+\/round redirects more than 20 times$/],
    ['file:///etc/passwd', /redirects to what is no http\(s\) URL$/],
  ])('that leads to %s for ever or wrongly is not followed', async (location, why) => {
    const port = await serve([0], (_request, response) => response.writeHead(301, { location }).end());
    await expect(fetched(`http://me:secret@127.0.0.1:${port}/round`)).rejects.toThrow(why);
  });

  it('whose server breaks off in the middle is an error, not half a file', async () => {
    const port = await serve([0], (_request, response) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('half', () => response.destroy());
    });
    await expect(fetched(`http://127.0.0.1:${port}/x`)).rejects.toThrow(
      `http://127.0.0.1:${port}/x: aborted`,
    );
  });

  it.each([
    'http://me:secret@',
    'http:me:secret@',
    'http:\\\\me:secret@',
    'http:\n//me:secret@',
    'file://me:secret@',
  ])('keeps its password to itself however it is written: %j', async (start) => {
    const server = await serve([0], (_request, response) => response.writeHead(404).end());
    const failure = await fetched(`${start}127.0.0.1:${server}/x`).catch(
      (error: unknown) => (error as Error).message,
    );
    expect(failure).toContain(`…@127.0.0.1:${server}/x`);
    expect(failure).not.toContain('secret');
  });

  it.each([
    's3n://KEY:secret@bucket/x',
    ' http://me:secret@127.0.0.1:1/x',
    'http://me:se#secret@127.0.0.1:1/x',
    'http://me:s/secret?@127.0.0.1/x',
  ])('keeps its password to itself where it is none that can be fetched: %j', async (uri) => {
    const failure = await fetched(uri).catch((error: unknown) => (error as Error).message);
    expect(failure).toContain('…@');
    expect(failure).not.toContain('secret');
  });

  it('of https is fetched from whom the agent trusts, and from nobody else', async () => {
    const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
    const cert = fixture('test-only-cert.pem');
    const tls = { cert: readFileSync(cert), key: readFileSync(fixture('test-only-key.pem')) };
    const server = createTlsServer(tls, (_request, response) => response.end('data')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const value = `https://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
    await expect(fetched(value)).rejects.toThrow(`${value}: self-signed certificate`);
    const args = ['local', '--agents', '1', '--port', '0', '--allocation-interval', '20ms'];
    const local = new Daemon(args, { env: { NODE_EXTRA_CA_CERTS: cert } });
    const scheduler = await RawScheduler.subscribe(await local.port);
    await scheduler.launch('t', { value: '[ "$(cat x)" = data ]', uris: [{ value }] });
    const states = [await scheduler.update(), await scheduler.update(), await scheduler.update()];
    expect(states.map(({ state }) => state)).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
  });

  it('is unpacked by programs that know nothing of the environment of the agent', async () => {
    const [sandbox, archive] = [temporaryFolder(), join(temporaryFolder(), 'a.tar')];
    writeFileSync(join(sandbox, 'old'), '');
    execFileSync('tar', ['-cf', archive, '-C', sandbox, 'old']);
    process.env.TAR_OPTIONS = '--no-such-option';
    onTestFinished(() => {
      delete process.env.TAR_OPTIONS;
    });
    const uris = [{ value: archive, extract: true }];
    await fetchWithin(60_000, uris, sandbox, undefined, new AbortController());
  });

  it('is an error when the agent has no files left to open, and not its end', () => {
    const built = buildSim().replace('cli/sim.js', 'realnet/process/');
    const program = `
      import { openSync } from 'node:fs';
      import { fetchWithin } from '${built}fetch-uris.js';
      import { TaskGuard } from '${built}task-guard.js';
      try { for (;;) openSync('/dev/null'); } catch {}
      new TaskGuard().watch('mark', 999_999_999);
      const uris = [{ value: '/etc/hostname', extract: false }];
      fetchWithin(60_000, uris, '/', undefined, new AbortController()).catch(({ message }) => console.log(message));`;
    const script = 'ulimit -n 64; exec "$@"';
    const args = ['-c', script, 'sh', process.execPath, '--input-type=module', '-e', program];
    expect(execFileSync('/bin/sh', args, { encoding: 'utf8' })).toBe('/etc/hostname: spawn cp EMFILE\n');
  });
});
