import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../log.js';
import { refuse, type Exchange, type Handler } from './exchange.js';

export interface HttpServerOptions {
  /** By path, without prefix and trailing slash; a longer path leads to the longest of these that it begins with. */
  readonly routes: ReadonlyMap<string, Handler>;
  /** What every path may begin with besides (W-1.1): `/master`, `/slave(1)`. */
  readonly prefix: string;
  readonly log: Log;
  /** Largest body of a request in bytes. @defaultValue 1 MiB */
  readonly bodyLimit?: number;
}

const BODY_LIMIT = 1024 * 1024;
/** A request has arrived as a whole within this long, or its sender is too slow. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 75_000;

/** The HTTP side of a daemon: reads requests within bounds and routes them. It knows nothing of what they mean. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #bodyLimit: number;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#bodyLimit = options.bodyLimit ?? BODY_LIMIT;
    this.#server = createServer(
      {
        requestTimeout: REQUEST_TIMEOUT_MS,
        headersTimeout: HEADERS_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAlive: true,
      },
      (request, response) => this.#receive(request, response),
    );
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      options.log.debug({ error: error.code }, 'a request could not be read');
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
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
    await closed;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= this.#bodyLimit) chunks.push(chunk);
      else this.#tooLarge(request, response);
    });
    request.on('end', () => {
      if (length > this.#bodyLimit) return;
      this.#handle(request, response, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', () => response.destroy());
    response.on('error', () => response.destroy());
  }

  #tooLarge(request: IncomingMessage, response: ServerResponse): void {
    if (response.headersSent) return;
    response.setHeader('Connection', 'close');
    refuse({ response }, { status: 413, reason: `the body is larger than ${this.#bodyLimit} bytes` });
    response.on('finish', () => request.destroy());
  }

  #handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { url = '/', method = 'GET' } = request;
    const [rawPath, query = ''] = url.split('?', 2);
    const path = this.#plainPath(rawPath);
    const exchange: Exchange = { request, response, method, path, query: new URLSearchParams(query), body };
    const handler = this.#find(path);
    try {
      if (handler === undefined) refuse(exchange, { status: 404, reason: `there is nothing at ${rawPath}` });
      else if (isForeign(request))
        refuse(exchange, { status: 403, reason: 'a page of another origin may not call' });
      else handler(exchange);
    } catch (error) {
      this.#options.log.error({ error, path }, 'a request failed');
      if (response.headersSent) response.destroy();
      else refuse(exchange, { status: 500, reason: 'internal error; it has been logged' });
    }
  }

  #plainPath(path: string): string {
    const { prefix } = this.#options;
    const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    if (!bare.startsWith(prefix)) return bare;
    const rest = bare.slice(prefix.length);
    return rest === '' || rest.startsWith('/') ? rest || '/' : bare;
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

/** A browser says on behalf of which page it asks; nobody's page but the server's own may change anything. */
function isForeign({ headers, method }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin === undefined || method === 'GET' || method === 'HEAD') return false;
  return origin.replace(/^https?:\/\//, '') !== host;
}
