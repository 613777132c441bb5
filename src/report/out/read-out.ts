import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { OutFolderError } from './out-error.js';
import { MANIFEST_FORMAT } from './out-folder.js';

/** What `sim run --out` left, as far as two of them are compared. */
export interface ReadOut {
  /** As given. */
  readonly path: string;
  readonly arguments: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly cluster: unknown;
  /** Rows that decisions.csv was written with. */
  readonly decisions: number;
  /** The whole of summary.json. */
  readonly summary: Summary;
}

const manifestSchema = z.looseObject({
  arguments: z.array(z.string()),
  versions: z.record(z.string(), z.string()),
  cluster: z.looseObject({ agents: z.number() }),
  decisionHash: z.string(),
  rows: z.looseObject({ 'decisions.csv': z.int().nonnegative() }),
});

const figures = z.record(z.string(), z.number().nullable());

/** What every summary has; the rest is compared as far as it is numbers. */
const summarySchema = z.looseObject({
  seed: z.string(),
  allocator: z.string(),
  trace: z.looseObject({ path: z.string(), sha256: z.string() }),
  decisionHash: z.string(),
  tasks: figures,
  wait: figures,
  jct: figures,
  slowdown: figures,
  makespan: z.number().nullable(),
  utilization: figures,
  fairness: figures,
  offers: z.looseObject({ made: z.number() }),
});

export type Summary = z.infer<typeof summarySchema>;

const mend = 'give folders that sim run --out wrote, whole';

/** Reads the folder of a run. @throws OutFolderError when it is none, or not whole */
export async function readOut(path: string): Promise<ReadOut> {
  const json = await readJson(path, 'manifest.json');
  const { format, command } = isObject(json) ? json : {};
  if (format !== MANIFEST_FORMAT) {
    throw new OutFolderError(`${path}: manifest.json is not of a sim command; ${mend}.`);
  }
  if (command !== 'run') {
    throw new OutFolderError(`${path} is a result of sim ${String(command)}; give those of sim run --out.`);
  }
  const manifest = checked(path, 'manifest.json', manifestSchema, json);
  const summary = checked(path, 'summary.json', summarySchema, await readJson(path, 'summary.json'));
  if (manifest.decisionHash !== summary.decisionHash) {
    throw new OutFolderError(`${path}: manifest.json and summary.json are of different runs; ${mend}.`);
  }
  const { arguments: given, versions, cluster, rows } = manifest;
  return { path, arguments: given, versions, cluster, decisions: rows['decisions.csv'], summary };
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is damaged' : 'cannot be read';
    throw new OutFolderError(`${path} ${why}; ${mend}.`);
  }
}

function checked<T>(folder: string, name: string, schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path }] = parsed.error.issues;
  const where = path.length === 0 ? '' : ` at ${path.join('.')}`;
  throw new OutFolderError(`${join(folder, name)} is damaged${where}; ${mend}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Where two files of decisions part. */
export interface FirstDifference {
  /** Number of the decision, from 1. */
  readonly decision: number;
  readonly header: string;
  /** The rows as they stand; undefined: there are no more. */
  readonly rows: readonly [string | undefined, string | undefined];
}

/**
 * The first decision that differs; undefined when all are the same. Both files are read to their ends.
 *
 * @throws OutFolderError when one cannot be read, or does not have as many decisions as its manifest says
 */
export async function firstDifference(one: ReadOut, two: ReadOut): Promise<FirstDifference | undefined> {
  const both = [one, two].map((out) => ({ out, rows: rowsOf(join(out.path, 'decisions.csv')), count: -1 }));
  let header = '';
  let found: FirstDifference | undefined;
  for (let number = 0; ; number++) {
    const [a, b] = await Promise.all(
      both.map(async (side): Promise<string | undefined> => {
        const next = await side.rows.next();
        if (next.done === true) return undefined;
        side.count = number;
        return next.value;
      }),
    );
    if (a === undefined && b === undefined) break;
    if (number === 0) header = a ?? '';
    if (a !== b) found ??= { decision: number, header, rows: [a, b] };
  }
  for (const { out, count } of both) {
    if (count === out.decisions) continue;
    const has = `it has ${Math.max(count, 0)} decisions, and manifest.json says ${out.decisions}`;
    throw new OutFolderError(`${join(out.path, 'decisions.csv')} is damaged: ${has}; ${mend}.`);
  }
  return found;
}

/** The rows of a table, the header first, without their line ends. A quoted name may hold line ends of its own. */
async function* rowsOf(path: string): AsyncGenerator<string, void> {
  let rest = '';
  try {
    for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 })) {
      const text = rest + String(chunk);
      let start = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) {
        const row = text.slice(start, end);
        if (row.includes('"') && row.split('"').length % 2 === 0) continue;
        yield row;
        start = end + 1;
      }
      rest = text.slice(start);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new OutFolderError(`${path} cannot be read; ${mend}.`);
  }
  if (rest !== '') throw new OutFolderError(`${path} is damaged: its last row is cut short; ${mend}.`);
}
