import { pathToFileURL } from 'node:url';
import type { Mechanism } from '../allocators/mechanisms/economy.js';
import { mechanismOf } from '../allocators/mechanisms/mechanisms.js';
import { allocatorNeeds, createAllocator } from '../allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import { PluginError, shown } from '../plugins/fault.js';
import type { Heartbeat } from '../plugins/heartbeat.js';
import { loadModule } from '../plugins/load-module.js';
import { parseQuery, readOptions } from '../plugins/policy-options.js';
import { isAllocatorModule, isPolicy } from '../plugins/policy.js';
import { isModulePath, resolveAllocator } from '../plugins/resolve-allocator.js';
import type { Subject } from './check.js';
import { ownPromises, promisesOf } from './promises.js';
import { Watch } from './watched.js';

/**
 * What stands behind a name or a path after --allocator, made ready to be tested.
 *
 * A module of a user's own may export, beside the allocator, `mechanism`: its rule in the divisible economy, a function from
 * an economy to the tasks of each user; and `promises`: the properties it is meant to keep, by name.
 *
 * @throws AllocatorNameError, PluginError
 */
export async function loadSubject(text: string): Promise<Subject> {
  return isModulePath(text) ? await ownSubject(text) : builtIn(text);
}

function builtIn(text: string): Subject {
  return {
    name: text,
    needsAsks: allocatorNeeds(text) === 'asks',
    create: (options) => createAllocator(text, options),
    mechanism: (resources) => mechanismOf(text, resources),
    promises: promisesOf(text),
  };
}

async function ownSubject(text: string): Promise<Subject> {
  const choice = await resolveAllocator(text);
  const { mechanism, promises } = await besides(text, choice.modulePath!);
  const whole = await unguarded(text);
  return watchedSubject({
    name: text,
    needs: choice.needs,
    create: (options, heartbeat) => whole?.(options) ?? choice.create(options, { heartbeat }),
    mechanism,
    promises,
  });
}

/** A user's own allocator and rule, as loaded or made in a test. */
export interface OwnCode {
  readonly name: string;
  /** @param heartbeat told of the hooks that are called inside our own bookkeeping */
  readonly create: (options: AllocatorOptions, heartbeat: Heartbeat) => Allocator;
  readonly needs?: 'asks' | undefined;
  readonly mechanism?: Mechanism | undefined;
  readonly promises?: readonly string[] | undefined;
}

/** A user's own code as a subject, watched: what hangs is cut off, and nothing that it is told can be changed by it. */
export function watchedSubject({ name, create, needs, mechanism, promises }: OwnCode): Subject {
  const watch = new Watch();
  const made = watch.noted('its factory', create);
  const rule = mechanism && watch.noted('mechanism', mechanism);
  return {
    name,
    needsAsks: needs === 'asks',
    create: (options) => watch.allocator(made(options, watch.heartbeat)),
    mechanism: () => rule,
    promises: ownPromises(promises),
    watch,
  };
}

/** A whole allocator without the guard that stands around it in a run: here the properties judge it. */
async function unguarded(text: string): Promise<((options: AllocatorOptions) => Allocator) | undefined> {
  const [path, query = ''] = text.split('?', 2);
  const { value } = await loadModule(path);
  if (isPolicy(value)) return undefined;
  if (isAllocatorModule(value)) {
    const values = readOptions(path, value.options ?? {}, parseQuery(path, query));
    return (options) => value.create(options, values as never);
  }
  return value as (options: AllocatorOptions) => Allocator;
}

/** What the module exports beside its allocator. */
async function besides(
  text: string,
  modulePath: string,
): Promise<{ mechanism: Mechanism | undefined; promises: readonly string[] | undefined }> {
  const { mechanism, promises } = (await import(pathToFileURL(modulePath).href)) as Record<string, unknown>;
  if (mechanism !== undefined && typeof mechanism !== 'function') {
    throw new PluginError(`${text} exports mechanism ${shown(mechanism)}; it is a function.`);
  }
  const isList = Array.isArray(promises) && promises.every((name) => typeof name === 'string');
  if (promises !== undefined && !isList) {
    throw new PluginError(
      `${text} exports promises ${shown(promises)}; it is a list of names of properties.`,
    );
  }
  return {
    mechanism: mechanism && checked(text, mechanism as OwnRule),
    promises: isList ? promises : undefined,
  };
}

/** A user's rule may answer the tasks alone. */
type OwnRule = (economy: Parameters<Mechanism>[0]) => readonly number[] | ReturnType<Mechanism>;

function checked(text: string, rule: OwnRule): Mechanism {
  return (economy) => {
    const answer = rule(economy);
    const division = Array.isArray(answer)
      ? { tasks: answer as readonly number[], error: 0 }
      : (answer as ReturnType<Mechanism>);
    const { tasks } = division;
    const isRight =
      Array.isArray(tasks) &&
      tasks.length === economy.users.length &&
      tasks.every((count) => typeof count === 'number' && count >= 0 && count < Infinity);
    if (!isRight)
      throw new PluginError(`${text}: mechanism answers ${shown(answer)}; it is the tasks of each user.`);
    return { tasks, error: division.error ?? 0 };
  };
}
