import { only, type Handler } from './exchange.js';

/** What somebody finds who opens the address of a daemon in a browser: what it is, and where to go from here. */
export function frontPage(lines: () => readonly string[]): Handler {
  return only('GET', ({ response }) => {
    const body = Buffer.from(`${lines().join('\n')}\n`);
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  });
}
