import { existsSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { fileName, PluginError, shown } from './fault.js';
import { CALLS, Heartbeat, hookNumber } from './heartbeat.js';
import { startWatchdog } from './watchdog.js';

/** Milliseconds between two signs of life of a thread that loads a module. */
const ALIVE_MS = 50;

let registered = false;

/**
 * Loads a user's module, TypeScript or JavaScript, and answers its default export.
 *
 * @param path relative to the working directory
 * @throws PluginError
 */
export async function loadModule(path: string): Promise<{ readonly path: string; readonly value: unknown }> {
  const full = resolve(path);
  if (!existsSync(full)) throw new PluginError(`${path}: there is no such file.`);
  if (!statSync(full).isFile()) throw new PluginError(`${path} is not a file; name the module itself.`);
  if (!/\.(m?ts|[mc]?js)$/.test(full)) {
    throw new PluginError(`${path}: a module ends in .ts, .mts, .js, .mjs or .cjs.`);
  }
  registerHooks();
  const heartbeat = new Heartbeat();
  const watchdog = startWatchdog({ label: path, modulePath: full, heartbeat });
  let namespace: Record<string, unknown>;
  heartbeat.enter(hookNumber('loading'));
  // A module that waits for something is in no loop.
  const alive = setInterval(() => heartbeat.beats[CALLS]++, ALIVE_MS).unref();
  // Nothing is left to do, and the module still waits: Node would leave without a word.
  let giveUp: () => void = () => undefined;
  const endless = new Promise<never>((_, reject) => {
    giveUp = () => reject(new PluginError('it waits (await) for something that never comes.'));
  });
  process.once('beforeExit', giveUp);
  try {
    const loaded = import(pathToFileURL(full).href) as Promise<Record<string, unknown>>;
    namespace = await Promise.race([loaded, endless]);
  } catch (error) {
    throw new PluginError(loadProblem(path, full, error));
  } finally {
    clearInterval(alive);
    process.off('beforeExit', giveUp);
    watchdog?.stop();
  }
  if (namespace['default'] === undefined) {
    const others = Object.keys(namespace).filter((name) => name !== 'module.exports');
    const found = others.length === 0 ? 'it exports nothing' : `it exports ${others.join(', ')}`;
    throw new PluginError(
      `${path} has no default export: ${found}.\nWrite export default definePolicy({ … }); see docs/writing-an-allocator.md.`,
    );
  }
  return { path: full, value: namespace['default'] };
}

function registerHooks(): void {
  if (registered) return;
  registered = true;
  // Stacks then name the lines of the TypeScript source.
  process.setSourceMapsEnabled(true);
  register('./module-hooks.js', import.meta.url);
}

function loadProblem(path: string, full: string, error: unknown): string {
  if (error instanceof PluginError) return `${path}: ${error.message}`;
  if (!(error instanceof Error)) return `${path} threw ${shown(error)} when it was loaded.`;
  const [message] = error.message.split('\n', 1);
  if (error instanceof SyntaxError) {
    const [, place, what] = /^(\d+:\d+) (.*)$/.exec(message) ?? [];
    if (place !== undefined) return `${path}:${place}: ${what}.`;
    const [, line] = new RegExp(`${escaped(full)}:(\\d+)`).exec(error.stack ?? '') ?? [];
    return `${path}${line === undefined ? '' : `:${line}`}: ${message}.`;
  }
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    const [, missing = message] = /Cannot find (?:module|package) '([^']+)'/.exec(message) ?? [];
    return `${path} imports ${missing}, which is not there.`;
  }
  const [, place] = new RegExp(`${escaped(full)}:(\\d+:\\d+)`).exec(error.stack ?? '') ?? [];
  const where = place === undefined ? '' : ` (${fileName(full)}:${place})`;
  return `${path} threw ${error.name}: ${message} when it was loaded${where}.`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
