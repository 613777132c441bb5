/** Files that came with the package: examples of the help work in any folder. */
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders of the package that hold traces and scenarios to begin with. */
const folders = /^(?:\.[\\/])?(?:traces|examples)[\\/]/;

/**
 * Where a path leads: to the file of that name if there is one; else, for `traces/…` and `examples/…`, to the one that came
 * with the package. A path that leads nowhere comes back as it is.
 */
export function orBundled(path: string): string {
  if (isAbsolute(path) || !folders.test(path) || path.includes('..') || existsSync(path)) return path;
  const bundled = fileURLToPath(new URL(`../../${encodeURI(path)}`, import.meta.url));
  return existsSync(bundled) ? bundled : path;
}
