import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Authenticator } from '../auth/authenticator.js';
import type { Log } from '../log.js';
import { answerPlainHttp } from './plain-on-tls.js';
import { refuse, type Exchange, type Handler } from './exchange.js';
import { v0Refusal } from './v0-client.js';

export interface HttpServerOptions {
  /**
   * By path, without prefix and trailing slash; a longer path leads to the longest of these that it begins with. Each is there
   * with `.json` behind it, too, as it once was called. While there is none, the daemon is starting.
   */
  readonly routes: ReadonlyMap<string, Handler>;
  /** What every path may begin with besides (W-1.1): `/master`, `/slave(1)`, also with its brackets escaped. */
  readonly prefix: string;
  readonly log: Log;
  /** A name of this server besides that of its host. */
  readonly hostname?: string;
  /** Largest body of a request in bytes. @defaultValue 1 MiB */
  readonly bodyLimit?: number;
  /** A request has arrived as a whole within this long, or its sender is too slow. @defaultValue 30 s */
  readonly requestTimeoutMs?: number;
  /** The same by path, for those that take more. */
  readonly bodyLimits?: ReadonlyMap<string, number>;
  /** Serves HTTPS. */
  readonly tls?: TlsFiles;
  /** Who may call; absent: everybody. */
  readonly guard?: Guard;
}

/** A certificate with its key, both PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Guard {
  readonly authenticator: Authenticator;
  /** What the realm is called: `mesos-master`; the kind of access follows (W-1.8). */
  readonly realm: string;
  /** Paths that everybody may call. */
  readonly open: ReadonlySet<string>;
}

const BODY_LIMIT = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 75_000;
const CHECK_MS = 5000;

/** The answer to what is not even a request. */
const CLIENT_ERRORS: Readonly<Record<string, string | undefined>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** The HTTP side of a daemon: reads requests within bounds and routes them. It knows nothing of what they mean. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #warned = new Set<string>();
  readonly #server: Server;
  #endTls: () => void = () => undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    const bounds = {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      // The bounds are looked at so often.
      connectionsCheckingInterval: Math.min(CHECK_MS, requestTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAlive: true,
    };
    const receive = (request: IncomingMessage, response: ServerResponse): void =>
      this.#receive(request, response);
    const { tls } = options;
    if (tls === undefined) this.#server = createServer(bounds, receive);
    else {
      const server = createTlsServer({ ...bounds, handshakeTimeout: bounds.headersTimeout, ...tls }, receive);
      // Whatever is said below to who is not done with the handshake never leaves.
      server.on('tlsClientError', (_error, socket) => socket.destroy());
      this.#endTls = answerPlainHttp(server, () => this.#warnScheme());
      this.#server = server;
    }
    this.#server.on('checkContinue', receive);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (tls === undefined && isTls(error)) this.#warnScheme();
      else if (error.code !== undefined)
        options.log.debug({ error: error.code }, 'a request could not be read');
      // What reads and writes has codes: this one ended a stream that could not be written on.
      else options.log.error({ error }, 'a stream failed');
      const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request';
      if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
      else socket.destroy();
    });
  }

  /** @returns the port, also when 0 was given for any */
  async listen(port: number, ip: string): Promise<number> {
    this.#server.listen({ port, host: ip, backlog: 4096 });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connection and breaks those that are there. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.#server.closeAllConnections();
    this.#endTls();
    await closed;
  }

  /** Finds out who calls, where that matters, before anything else is looked at or read. */
  #receive(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => response.destroy());
    response.on('error', () => response.destroy());
    const { url = '/', method = 'GET' } = request;
    // A client of a proxy says the whole address.
    const target = url.replace(/^https?:\/\/[^/?]*/i, '');
    const [rawPath] = target.split('?', 1);
    const query = new URLSearchParams(target.slice(rawPath.length));
    const asked = { request, response, method, path: this.#plainPath(rawPath), query };
    const { guard, log } = this.#options;
    if (guard === undefined || guard.open.has(asked.path)) {
      this.#read(asked);
      return;
    }
    const { authorization } = request.headers;
    const principal = guard.authenticator.remembered(authorization);
    if (principal !== undefined) {
      this.#read({ ...asked, principal });
      return;
    }
    guard.authenticator.check(authorization).then(
      (found) => {
        if (found === undefined) challenge(asked, guard);
        else this.#read({ ...asked, principal: found });
      },
      (error: unknown) => {
        log.error({ error }, 'credentials could not be checked');
        response.destroy();
      },
    );
  }

  #read(asked: Omit<Exchange, 'body'>): void {
    const { request, response, path } = asked;
    const { bodyLimits, bodyLimit } = this.#options;
    const most = bodyLimits?.get(path) ?? bodyLimit ?? BODY_LIMIT;
    const { expect, 'content-length': announced = 0 } = request.headers;
    if (expect !== undefined && request.httpVersion !== '1.0') {
      // Who asks first need not send a body that is too large.
      if (Number(announced) > most) {
        tooLarge(request, response, most);
        return;
      }
      response.writeContinue();
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= most) chunks.push(chunk);
      else tooLarge(request, response, most);
    });
    request.on('end', () => {
      if (length > most) return;
      this.#handle({ ...asked, body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) });
    });
  }

  #handle(exchange: Exchange): void {
    const { request, path } = exchange;
    const handler = this.#find(path);
    try {
      const reason = foreignness(request, this.#options);
      if (handler === undefined) this.#refuseUnknown(exchange);
      else if (reason !== undefined) refuse(exchange, { status: 403, reason });
      else handler(exchange)?.catch((error: unknown) => this.#failed(exchange, error));
    } catch (error) {
      this.#failed(exchange, error);
    }
  }

  #failed(exchange: Exchange, error: unknown): void {
    const { response, path } = exchange;
    this.#options.log.error({ error, path }, 'a request failed');
    if (response.headersSent) response.destroy();
    else refuse(exchange, { status: 500, reason: 'internal error; it has been logged' });
  }

  #refuseUnknown(exchange: Exchange): void {
    const { path } = exchange;
    if (this.#options.routes.size === 0) {
      // Clients of either try again on this, and give up on other errors (W-1.5, W-3.1).
      refuse(exchange, { status: 503, reason: 'this daemon is still starting; try again' });
      return;
    }
    const v0 = v0Refusal(exchange);
    // A v0 driver reads no answer: whoever looks after it finds the reason here.
    if (v0 !== undefined) this.#warnOnce({ path }, 'a client of the v0 API calls; v1 alone is spoken');
    refuse(exchange, v0 ?? { status: 404, reason: `there is nothing at ${path}` });
  }

  #warnScheme(): void {
    const [theirs, ours] = this.#options.tls === undefined ? ['TLS', 'plain HTTP'] : ['plain HTTP', 'HTTPS'];
    this.#warnOnce({}, `a client speaks ${theirs}; this server speaks ${ours}`);
  }

  /** Who makes a mistake of this sort makes it again and again: the first is a warning. */
  #warnOnce(about: object, message: string): void {
    const { log } = this.#options;
    if (this.#warned.has(message)) log.debug(about, message);
    else log.warn(about, message);
    this.#warned.add(message);
  }

  /** Who puts a path behind an address that ends with a slash has two of them: one counts. */
  #plainPath(raw: string): string {
    const { prefix, routes } = this.#options;
    const path = raw
      .replaceAll(/\/{2,}/g, '/')
      .replaceAll('%28', '(')
      .replaceAll('%29', ')');
    const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    const rest = bare.startsWith(prefix) ? bare.slice(prefix.length) || '/' : '';
    const plain = rest.startsWith('/') ? rest : bare;
    const named = plain.endsWith('.json') ? plain.slice(0, -'.json'.length) : plain;
    return routes.has(named) ? named : plain;
  }

  #find(path: string): Handler | undefined {
    const { routes } = this.#options;
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const handler = routes.get(path.slice(0, end));
      if (handler !== undefined) return handler;
    }
    return path === '/' ? routes.get('/') : undefined;
  }
}

function tooLarge(request: IncomingMessage, response: ServerResponse, most: number): void {
  if (response.headersSent) return;
  response.setHeader('Connection', 'close');
  refuse({ response }, { status: 413, reason: `the body is larger than ${most} bytes` });
  response.on('finish', () => request.destroy());
}

/** The first byte of a TLS handshake is that of no request. */
function isTls(error: object): boolean {
  const { rawPacket } = error as { readonly rawPacket?: Uint8Array };
  return rawPacket?.[0] === 0x16;
}

/** W-1.8. */
function challenge(asked: Omit<Exchange, 'body'>, { realm }: Guard): void {
  const { path, method, response } = asked;
  const reads = method === 'GET' || method === 'HEAD';
  const [, face] = /^\/api\/v1\/(scheduler|executor)/.exec(path) ?? [];
  response.setHeader(
    'WWW-Authenticate',
    `Basic realm="${realm}-${face ?? (reads ? 'readonly' : 'readwrite')}"`,
  );
  refuse(asked, { status: 401, reason: 'the credentials (HTTP Basic) are missing or not good' });
}

/**
 * Why a browser is turned away; undefined: it is not, or is none. A browser says on behalf of which page it asks: nobody's
 * page but the server's own may change anything. One whose name leads here only because its owner says so (DNS rebinding)
 * is not the server's own, and may not read either, unless all who read have to say who they are.
 */
function foreignness(
  { headers, method }: IncomingMessage,
  { hostname: own, guard }: HttpServerOptions,
): string | undefined {
  const { host = '', 'user-agent': program = '', 'sec-fetch-site': site } = headers;
  // Some browsers name no origin where a form is sent, and none does where a page only reads from its own.
  const origin = headers.origin ?? headers.referer;
  const isNamed = origin !== undefined || site !== undefined;
  if (!isNamed && (guard !== undefined || !program.startsWith('Mozilla/'))) return undefined;
  const name = host.replace(/:\d+$/, '');
  if (name !== own && !isOwnName(name))
    return 'a page of another origin may not call; if this is a name of this host, --hostname says so';
  if (method === 'GET' || method === 'HEAD') return undefined;
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  const isOwnPage = origin === undefined || origin.replace(/^https?:\/\//, '').split('/', 1)[0] === host;
  return isOwnSite && isOwnPage ? undefined : 'a page of another origin may not call';
}

function isOwnName(name: string): boolean {
  return name === 'localhost' || name === hostname() || /^[\d.]+$/.test(name) || name.startsWith('[');
}
