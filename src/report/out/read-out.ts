import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { OutFolderError } from './out-error.js';
import { MANIFEST_FORMAT } from './out-folder.js';

/** What `sim run --out` left, as far as two of them are compared. */
export interface ReadOut {
  /** As given. */
  readonly path: string;
  readonly arguments: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly cluster: unknown;
  /** The whole of summary.json. */
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Reads the folder of a run. @throws OutFolderError when it is none, or not whole */
export async function readOut(path: string): Promise<ReadOut> {
  const manifest = await readJson(path, 'manifest.json');
  if (manifest['format'] !== MANIFEST_FORMAT) {
    throw new OutFolderError(`${path}: manifest.json is not of a sim command; give folders that sim run --out wrote.`);
  }
  if (manifest['command'] !== 'run') {
    throw new OutFolderError(`${path} is a result of sim ${String(manifest['command'])}; give those of sim run --out.`);
  }
  const { arguments: given, versions, cluster } = manifest;
  if (!Array.isArray(given) || typeof versions !== 'object' || versions === null) {
    throw new OutFolderError(`${path}/manifest.json is damaged; run sim run --out ${path} again.`);
  }
  return {
    path,
    arguments: given.map(String),
    versions: versions as Record<string, string>,
    cluster,
    summary: await readJson(path, 'summary.json'),
  };
}

async function readJson(folder: string, name: string): Promise<Record<string, unknown>> {
  const path = join(folder, name);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is damaged' : 'cannot be read';
    throw new OutFolderError(`${path} ${why}; give folders that sim run --out wrote.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OutFolderError(`${path} is damaged; give folders that sim run --out wrote.`);
  }
  return value as Record<string, unknown>;
}

/** Where two files of decisions part. */
export interface FirstDifference {
  /** Number of the decision, from 1. */
  readonly decision: number;
  readonly header: string;
  /** The rows as they stand; undefined: there are no more. */
  readonly rows: readonly [string | undefined, string | undefined];
}

/** The first decision that differs, read line by line; undefined when all are the same. @throws OutFolderError */
export async function firstDifference(one: ReadOut, two: ReadOut): Promise<FirstDifference | undefined> {
  const [left, right] = [one, two].map(({ path }) => linesOf(join(path, 'decisions.csv')));
  let header = '';
  try {
    for (let number = 0; ; number++) {
      const [a, b] = [await left.next(), await right.next()];
      if (number === 0) header = a.done === true ? '' : a.value;
      const rows = [a.done === true ? undefined : a.value, b.done === true ? undefined : b.value] as const;
      if (rows[0] === undefined && rows[1] === undefined) return undefined;
      if (rows[0] !== rows[1]) return { decision: number, header, rows };
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

async function* linesOf(path: string): AsyncGenerator<string, void> {
  try {
    yield* createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  } catch {
    throw new OutFolderError(`${path} cannot be read; give folders that sim run --out wrote.`);
  }
}
