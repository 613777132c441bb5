import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { orBundled } from '../workloads/bundled-file.js';

/** A file to run, or a path that leads to none. */
export interface FoundFile {
  readonly path: string;
  readonly problem?: string;
}

/** Standard input, as a path on the command line. */
export const STDIN = '-';

/**
 * The scenario files that paths of a command line stand for, each file once, in the order of the command
 * line.
 *
 * A folder stands for the `.json` files in it and below, a path with `*`, `?` or `**` that is no file for the
 * files that fit, both in byte order. What leads to no file comes back with the reason.
 */
export function findScenarioFiles(paths: readonly string[]): FoundFile[] {
  const seen = new Set<string>();
  return paths
    .flatMap((path) => expand(path))
    .filter((found) => {
      const identity = identityOf(found.path);
      const isNew = !seen.has(identity);
      seen.add(identity);
      return isNew;
    });
}

function expand(given: string): FoundFile[] {
  if (given === STDIN) return [{ path: STDIN }];
  const path = orBundled(given);
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) return [{ path }];
    return orProblem(path, filesBelow(path, /\.json$/), 'no .json file in this folder');
  }
  if (!/[*?]/.test(path)) return [{ path }];
  const parts = path.split(/[\\/]/);
  const from = parts
    .slice(
      0,
      parts.findIndex((part) => /[*?]/.test(part)),
    )
    .join(sep);
  const folder = from === '' ? (path.startsWith('/') ? '/' : '.') : from;
  const found = filesBelow(orBundled(folder), patternOf(path), folder);
  return orProblem(path, found, 'no file fits this pattern');
}

function orProblem(path: string, files: readonly string[], problem: string): FoundFile[] {
  return files.length === 0 ? [{ path, problem }] : files.map((file) => ({ path: file }));
}

/** Files at any depth whose path fits, were the folder called `as`; folders that cannot be read have none. */
function filesBelow(folder: string, fits: RegExp, as = folder): string[] {
  let entries: string[];
  try {
    entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => fits.test(join(as, entry).replaceAll(sep, '/')))
    .map((entry) => join(folder, entry))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** `*` and `?` stay within a name, `**` spans folders. */
function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/^\.[\\/]+/, '')
    .replaceAll('\\', '/')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      return part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`);
}

/** The same for two ways to write one file. */
function identityOf(path: string): string {
  try {
    return path === STDIN ? path : realpathSync(path);
  } catch {
    return path;
  }
}
