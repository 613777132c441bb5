/**
 * Hooks of Node's module loader, for modules of users: TypeScript without a build step, and the running package under its own
 * name wherever the module lies. Node runs this file on a thread of its own.
 */
import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip-types.js';

const packageName = 'agora-sim';

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (specifier === packageName || specifier.startsWith(`${packageName}/`)) {
    // As if asked from here: a package knows itself by its name.
    return await nextResolve(specifier, { ...context, parentURL: import.meta.url });
  }
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    // TypeScript writes ./other.js where other.ts is meant.
    const other = /^\.\.?\/.*\.m?js$/.test(specifier) ? specifier.replace(/js$/, 'ts') : undefined;
    if (other === undefined) throw error;
    try {
      return await nextResolve(other, context);
    } catch {
      throw error;
    }
  }
};

export const load: LoadHook = async (url, context, nextLoad) => {
  const { pathname, protocol } = new URL(url);
  if (protocol !== 'file:') return await nextLoad(url, context);
  if (/\.m?ts$/.test(pathname)) {
    const path = fileURLToPath(url);
    const source = stripTypes(await readFile(path, 'utf8'), path);
    return { format: 'module', source, shortCircuit: true };
  }
  // A module of a user is ESM even where no package.json says so; a package that says nothing is CommonJS.
  const isOwn = pathname.endsWith('.js') && !pathname.includes('/node_modules/');
  if (isOwn && (context.format ?? undefined) === undefined) {
    return await nextLoad(url, { ...context, format: 'module' });
  }
  return await nextLoad(url, context);
};
