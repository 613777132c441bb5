import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { basicAuthorization } from '../../src/realnet/auth/credentials.js';
import { fetchWithin } from '../../src/realnet/process/fetch-uris.js';
import { temporaryFolder } from './cluster.js';

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
});
