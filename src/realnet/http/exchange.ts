import type { IncomingMessage, ServerResponse } from 'node:http';
import { asciiJson } from '../wire/codec.js';

/** A request whose body has been read, and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Without query, prefix and trailing slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** Who calls, when that was asked. */
  readonly principal?: string;
}

/** What it throws, or rejects with, is a fault of ours. */
export interface Handler {
  (exchange: Exchange): void | Promise<void>;
  /** What it takes, where it says so. */
  readonly methods?: readonly string[];
}

/** An answer that is an error: a status and one line of plain text. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export function refuse({ response }: Pick<Exchange, 'response'>, { status, reason }: Refusal): void {
  const body = Buffer.from(`${reason}\n`);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  response.end(body);
}

/** An answer without content; it has no Content-Type either, because a client would look for content. */
export function answerEmpty({ response }: Exchange, status: number): void {
  response.writeHead(status, { 'Content-Length': 0 });
  response.end();
}

/** An answer that is nothing but a status, with one line of plain text when it is an error. */
export function answerStatus(
  exchange: Exchange,
  { status, reason }: Partial<Refusal> & { readonly status: number },
): void {
  if (reason === undefined) answerEmpty(exchange, status);
  else refuse(exchange, { status, reason });
}

/** A JSON document. @param mediaType exactly this, without a charset (W-1.3) */
export function answerJson(exchange: Exchange, value: unknown, status = 200): void {
  const body = Buffer.from(asciiJson(value), 'latin1');
  exchange.response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  exchange.response.end(body);
}

/** A handler for one method; the others get 405 (W-1.5). */
export function only(method: 'GET' | 'POST', handler: Handler): Handler {
  return byMethod({ [method]: handler });
}

/** A handler for each method, HEAD as GET; the others get 405 (W-1.5). */
export function byMethod(handlers: Readonly<Record<string, Handler>>): Handler {
  const byName = new Map(Object.entries(handlers));
  const names = [...byName.keys()];
  const choose: Handler = (exchange) => {
    const handler = byName.get(exchange.method === 'HEAD' ? 'GET' : exchange.method);
    if (handler !== undefined) return handler(exchange);
    exchange.response.setHeader('Allow', names.join(', '));
    const list = names.map((name) => `'${name}'`).join(', ');
    const reason = `Expecting one of { ${list} }, but received '${exchange.method}'`;
    refuse(exchange, { status: 405, reason });
    return undefined;
  };
  return Object.assign(choose, { methods: names });
}
