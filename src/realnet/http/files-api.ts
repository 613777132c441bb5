import { accountName, FilesError, modeText, type AgentFiles, type FileEntry } from '../agent/files.js';
import { nanosText } from '../wire/duration-text.js';
import { answerJson, only, refuse, type Exchange, type Handler } from './exchange.js';

/** `/files/browse`, `/files/read`, `/files/download` (mesos-http-api section 7). */
export function filesApi(files: AgentFiles): Map<string, Handler> {
  return new Map([
    ['/files/browse', guarded((exchange) => browse(files, exchange))],
    ['/files/read', guarded((exchange) => read(files, exchange))],
    ['/files/download', guarded((exchange) => download(files, exchange))],
  ]);
}

function guarded(handler: (exchange: Exchange) => void): Handler {
  return only('GET', (exchange) => {
    try {
      handler(exchange);
    } catch (error) {
      if (!(error instanceof FilesError)) throw error;
      refuse(exchange, { status: error.status, reason: error.message });
    }
  });
}

function browse(files: AgentFiles, exchange: Exchange): void {
  answerJson(exchange, files.browse(pathOf(exchange)).map(entryJson));
}

function read(files: AgentFiles, exchange: Exchange): void {
  const offset = numberOf(exchange, 'offset', -1);
  const length = numberOf(exchange, 'length', -1);
  const from = offset ?? -1;
  const path = pathOf(exchange);
  const { size, data } = files.read(
    path,
    Math.max(from, 0),
    from < 0 ? 0 : length === -1 ? undefined : length,
  );
  answerJson(exchange, from < 0 ? { data: '', offset: size } : { data: data.toString('utf8'), offset: from });
}

function download(files: AgentFiles, exchange: Exchange): void {
  const { name, size, content } = files.download(pathOf(exchange));
  const { response } = exchange;
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': size,
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    'X-Content-Type-Options': 'nosniff',
  });
  if (size === 0 || exchange.method === 'HEAD') {
    content.destroy();
    response.end();
    return;
  }
  content.on('error', () => response.destroy());
  response.on('close', () => content.destroy());
  content.pipe(response);
}

function pathOf({ query }: Exchange): string | undefined {
  return query.get('path') ?? undefined;
}

function numberOf({ query }: Exchange, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number))
    throw new FilesError(400, `Failed to parse ${name}: "${text}" is no whole number.`);
  if (number < least) throw new FilesError(400, `Negative ${name} provided: ${number}.`);
  return number;
}

function entryJson({ path, stats }: FileEntry): object {
  return {
    path,
    mode: modeText(stats),
    nlink: stats.nlink,
    uid: accountName('/etc/passwd', stats.uid),
    gid: accountName('/etc/group', stats.gid),
    size: stats.size,
    mtime: Math.floor(stats.mtimeMs / 1000),
  };
}

/** FileInfo of the v1 API. */
export function fileInfo({ path, stats }: FileEntry): object {
  return {
    path,
    nlink: stats.nlink,
    size: stats.size,
    mtime: { nanoseconds: nanosText(stats.mtimeMs * 1000) },
    mode: stats.mode,
    uid: accountName('/etc/passwd', stats.uid),
    gid: accountName('/etc/group', stats.gid),
  };
}
