import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { addAbortSignal, type Readable } from 'node:stream';

/** As many as browsers and fetch() follow. */
const MAX_REDIRECTS = 20;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A URI that cannot be had. One line. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
}

/**
 * The content of what an http(s) URL leads to. Not by fetch(): that refuses ports which no browser may call, such as 6000 and
 * 10080, and files are served there as elsewhere.
 *
 * @param name how it may be called in an error
 * @throws FetchError; NodeJS.ErrnoException when nobody answers; the signal's abort
 */
export async function openUrl(value: string, name: string, signal: AbortSignal): Promise<Readable> {
  let url = new URL(value);
  for (let followed = 0; followed <= MAX_REDIRECTS; followed++) {
    const response = await send(url, signal);
    const { statusCode: status = 0, headers: answered } = response;
    if (status >= 200 && status < 300) return response;
    response.destroy();
    if (!REDIRECTS.has(status) || answered.location === undefined)
      throw new FetchError(`${name} answers ${status}`);
    const next = targetOf(answered.location, url);
    if (next === undefined) throw new FetchError(`${name} redirects to what is no http(s) URL`);
    // Who is asked elsewhere is not told the password for this server.
    const keepsUser = next.origin === url.origin && next.username === '' && next.password === '';
    if (keepsUser) [next.username, next.password] = [url.username, url.password];
    url = next;
  }
  throw new FetchError(`${name} redirects more than ${MAX_REDIRECTS} times`);
}

async function send(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const headers = { Accept: '*/*', 'User-Agent': 'agora' };
    // A connection of its own, which ends with the answer: none is kept for later.
    const call = ask(url, { headers, signal, agent: false }, (response) =>
      resolve(addAbortSignal(signal, response)),
    );
    call.on('error', reject);
    call.end();
  });
}

function targetOf(location: string, base: URL): URL | undefined {
  const url = URL.canParse(location, base.href) ? new URL(location, base) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}
