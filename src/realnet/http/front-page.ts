import { only, type Handler } from './exchange.js';

/** Of a line, in characters. */
const WIDTH = 100;

/** What somebody finds who opens the address of a daemon in a browser: what it is, and where to go from here. */
export function frontPage(lines: () => readonly string[]): Handler {
  return only('GET', ({ response }) => {
    const body = Buffer.from(`${lines().join('\n')}\n`);
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  });
}

/** Every path that is served: first those that something is said about, then the others by what they take. */
export function endpointLines(
  routes: ReadonlyMap<string, Handler>,
  about: Readonly<Record<string, string>>,
): string[] {
  const byMethods = new Map<string, string[]>();
  for (const [path, { methods = [] }] of routes) {
    const key = methods.join(', ');
    if (path !== '/' && !(path in about)) byMethods.set(key, [...(byMethods.get(key) ?? []), path]);
  }
  const width = Math.max(...Object.keys(about).map((path) => path.length));
  const described = Object.entries(about).map(([path, text]) => {
    const methods = routes.get(path)?.methods?.join(', ') ?? '';
    return `  ${methods.padEnd(4)} ${path.padEnd(width)}   ${text}`;
  });
  return [...described, ...[...byMethods].flatMap(([methods, paths]) => wrapped(methods, paths))];
}

function wrapped(methods: string, paths: readonly string[]): string[] {
  const lines: string[] = [];
  let line = `  ${methods.padEnd(4)} `;
  for (const [at, path] of paths.entries()) {
    const word = at < paths.length - 1 ? `${path}, ` : path;
    if (line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = ' '.repeat(7);
    }
    line += word;
  }
  return [...lines, line];
}
