import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  type ReadStream,
  type Stats,
} from 'node:fs';
import { basename, isAbsolute, join, normalize, sep } from 'node:path';

/** What a request for a file cannot have. */
export class FilesError extends Error {
  override readonly name = 'FilesError';
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An entry of a folder. */
export interface FileEntry {
  /** As it was asked for, with the entry's name. */
  readonly path: string;
  readonly stats: Stats;
}

/** At most 16 pages a read (mesos-http-api section 7). */
const MOST_BYTES = 16 * 4096;

/**
 * The sandboxes of an agent for those who look from outside. A path is `/frameworks/…` below the agent's own folder, or the
 * full path of a sandbox; whatever leads out of the sandboxes is refused, symbolic links included.
 */
export class AgentFiles {
  readonly #root: string;
  readonly #agent: () => string | undefined;

  constructor(workDir: string, agent: () => string | undefined) {
    this.#root = join(workDir, 'slaves');
    this.#agent = agent;
  }

  /** @throws FilesError */
  browse(path: string | undefined): FileEntry[] {
    const folder = this.#resolve(path);
    let names: string[];
    try {
      names = readdirSync(folder).sort();
    } catch {
      throw new FilesError(404, `${path ?? ''} is no folder`);
    }
    const shown = path?.replace(/\/+$/, '') ?? '';
    return names.flatMap((name) => {
      const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
      return stats === undefined ? [] : [{ path: `${shown}/${name}`, stats }];
    });
  }

  /** @param length absent: as much as is given at once @throws FilesError */
  read(path: string | undefined, offset: number, length: number | undefined): { size: number; data: Buffer } {
    const file = this.#open(path);
    try {
      const { size } = fstatSync(file);
      const data = Buffer.alloc(Math.max(0, Math.min(length ?? MOST_BYTES, MOST_BYTES, size - offset)));
      const count = data.length === 0 ? 0 : readSync(file, data, 0, data.length, offset);
      return { size, data: data.subarray(0, count) };
    } finally {
      closeSync(file);
    }
  }

  /** @throws FilesError */
  download(path: string | undefined): { name: string; size: number; content: ReadStream } {
    const file = this.#open(path);
    const { size } = fstatSync(file);
    // What is written meanwhile is not what was announced.
    const content = createReadStream('', { fd: file, start: 0, end: Math.max(size - 1, 0) });
    return { name: basename(path ?? ''), size, content };
  }

  #open(path: string | undefined): number {
    const real = this.#resolve(path);
    let file: number;
    try {
      // A pipe would hold the agent up.
      file = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    } catch (error) {
      throw new FilesError(
        404,
        `${path ?? ''} cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`,
      );
    }
    // A task may have put a link in the way since.
    if (fstatSync(file).isFile() && this.#isInside(openedPath(file, real))) return file;
    closeSync(file);
    throw new FilesError(404, `${path ?? ''} is no file`);
  }

  /** Where it really is. */
  #resolve(path: string | undefined): string {
    if (path === undefined || path === '') throw new FilesError(400, "Expecting 'path=value' in query.");
    if (path.includes('\0') || path.split('/').includes('..'))
      throw new FilesError(403, 'a path does not lead upwards');
    const plain = normalize(path);
    const isVirtual = /^\/?frameworks(\/|$)/.test(plain);
    if (!isVirtual && !isAbsolute(plain)) throw new FilesError(404, `there is nothing at ${path}`);
    const full = isVirtual ? join(this.#root, this.#agent() ?? '', plain) : plain;
    let real: string;
    try {
      real = realpathSync(full);
    } catch {
      throw new FilesError(404, `there is nothing at ${path}`);
    }
    if (this.#isInside(real)) return real;
    throw new FilesError(403, `${path} is in no sandbox`);
  }

  #isInside(real: string): boolean {
    let root: string;
    try {
      root = realpathSync(this.#root);
    } catch {
      return false;
    }
    return real.startsWith(root + sep);
  }
}

function openedPath(file: number, fallback: string): string {
  try {
    return realpathSync(`/proc/self/fd/${file}`);
  } catch {
    return fallback;
  }
}

/** `-rw-r--r--` */
export function modeText({ mode }: Stats): string {
  const kinds: Readonly<Record<number, string>> = {
    0o040000: 'd',
    0o120000: 'l',
    0o010000: 'p',
    0o140000: 's',
  };
  const letters = ['r', 'w', 'x'];
  const bits = Array.from({ length: 9 }, (_, at) => ((mode >> (8 - at)) & 1 ? letters[at % 3] : '-'));
  return (kinds[mode & 0o170000] ?? '-') + bits.join('');
}

const names = new Map<string, string>();

/** The name of a user or group; the number of one without. */
export function accountName(file: '/etc/passwd' | '/etc/group', id: number): string {
  const key = `${file}:${id}`;
  let name = names.get(key);
  if (name === undefined) {
    name = lookUp(file, id) ?? String(id);
    names.set(key, name);
  }
  return name;
}

function lookUp(file: string, id: number): string | undefined {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.find((line) => line.split(':')[2] === String(id))?.split(':')[0];
  } catch {
    return undefined;
  }
}
