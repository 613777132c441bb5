import type { RunFacts } from '../allocators/policy.js';
import {
  allocatorMisfit,
  allocatorNeeds,
  allocatorUsesEstimates,
  createAllocator,
} from '../allocators/registry.js';
import { RankedAllocator } from '../allocators/ranked-allocator.js';
import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import { PluginError, shown } from './fault.js';
import { Guard, type GuardOptions } from './guard.js';
import { GuardedAllocator, type AllocatorFactory } from './guarded-allocator.js';
import { loadModule } from './load-module.js';
import { parseQuery, readOptions, type OptionValue } from './policy-options.js';
import { isAllocatorModule, isPolicy, type AllocatorModule, type Needs, type Policy } from './policy.js';
import { PolicyOrder } from './policy-order.js';

/** An allocator as a user names it, ready to be made: a built-in one or a module of the user's own. */
export interface AllocatorChoice {
  /** As given, options and all. */
  readonly text: string;
  /** `asks`: it turns demand offers on (semantics-notes P-1). */
  readonly needs: 'asks' | undefined;
  /** It reads how long tasks will run: asks say it even where the trace has no estimates. */
  readonly usesEstimates: boolean;
  /** Full path of a user's module; undefined: built in. */
  readonly modulePath: string | undefined;
  /** Why it cannot serve such a run, in one line; undefined when it can. */
  misfit(facts: RunFacts): string | undefined;
  /** @param guard how a user's own is watched; built-in ones are not */
  create(options: AllocatorOptions, guard?: Omit<GuardOptions, 'label' | 'modulePath'>): Allocator;
  /** The same with more options, `key=value&…`. @throws AllocatorNameError, PluginError when it has none such */
  withOptions(query: string): AllocatorChoice;
}

/** True for a path: it begins with `.` or `/`, or ends in .ts, .js or .mjs. */
export function isModulePath(text: string): boolean {
  const [path] = splitText(text);
  return /^[./]/.test(path) || /\.[mc]?[jt]s$/.test(path);
}

/**
 * Finds the allocator of `--allocator NAME?key=value&…` or `--allocator PATH?key=value&…`, loading a user's module.
 *
 * @throws AllocatorNameError, PluginError
 */
export async function resolveAllocator(text: string): Promise<AllocatorChoice> {
  if (!isModulePath(text)) return builtIn(text);
  const [path] = splitText(text);
  const { path: modulePath, value } = await loadModule(path);
  return ownModule(text, modulePath, value);
}

function builtIn(text: string): AllocatorChoice {
  return {
    text,
    needs: allocatorNeeds(text),
    usesEstimates: allocatorUsesEstimates(text),
    modulePath: undefined,
    misfit: (facts) => allocatorMisfit(text, facts),
    create: (options) => createAllocator(text, options),
    withOptions: (query) => builtIn(withQuery(text, query)),
  };
}

/** @param value what the module exports by default */
function ownModule(text: string, modulePath: string, value: unknown): AllocatorChoice {
  const [path, query] = splitText(text);
  const maker = makerOf(path, value, parseQuery(path, query));
  return {
    text,
    needs: maker.needs && 'asks',
    usesEstimates: maker.needs === 'estimates',
    modulePath,
    misfit: () => undefined,
    create: (options, guard) => maker.create(options, { ...guard, label: text, modulePath }),
    withOptions: (more) => ownModule(withQuery(text, more), modulePath, value),
  };
}

function withQuery(text: string, query: string): string {
  return query === '' ? text : `${text}${text.includes('?') ? '&' : '?'}${query}`;
}

/** What a module may export by default. */
export type OwnAllocator = Policy | AllocatorModule | AllocatorFactory;

/**
 * An allocator from a name or from a module's default export, watched at every step: for programs and tests.
 *
 * @throws AllocatorNameError, PluginError
 */
export function allocatorFrom(
  own: OwnAllocator | string,
  given: Readonly<Record<string, string | number | boolean>>,
  options: AllocatorOptions,
): Allocator {
  const texts = new Map(Object.entries(given).map(([name, value]) => [name, String(value)]));
  if (typeof own === 'string') {
    const query = [...texts].map(([name, value]) => `${name}=${value}`).join('&');
    return createAllocator(query === '' ? own : `${own}?${query}`, options);
  }
  const label = 'name' in own && own.name !== '' ? own.name : 'under test';
  return makerOf(label, own, texts).create(options, { label, thorough: true });
}

/** True when it reads how long tasks will run. @throws AllocatorNameError */
export function readsEstimates(own: OwnAllocator | string): boolean {
  if (typeof own === 'string') return allocatorUsesEstimates(own);
  return 'needs' in own && own.needs === 'estimates';
}

interface Maker {
  readonly needs: Needs | undefined;
  create(options: AllocatorOptions, guard: GuardOptions): Allocator;
}

function makerOf(path: string, value: unknown, given: ReadonlyMap<string, string>): Maker {
  if (isPolicy(value)) return policyMaker(value, readOptions(path, value.options ?? {}, given));
  if (isAllocatorModule(value)) {
    const values = readOptions(path, value.options ?? {}, given);
    return factoryMaker((options) => value.create(options, values as never), value.needs);
  }
  if (typeof value === 'function') {
    readOptions(path, {}, given);
    return factoryMaker(value as AllocatorFactory, undefined);
  }
  throw new PluginError(
    `${path} exports ${shown(value)} by default; it should be definePolicy({ … }), defineAllocator({ … }),\n` +
      'or a function that makes an Allocator.',
  );
}

/** A policy inside Mesos's bookkeeping and cycles, watched. */
export function policyAllocator(
  policy: Policy,
  options: AllocatorOptions,
  values: Readonly<Record<string, OptionValue>>,
  guard: GuardOptions,
): RankedAllocator {
  return new RankedAllocator(
    policy.name,
    options,
    (books) => new PolicyOrder(books, policy, values, new Guard(guard)),
  );
}

function factoryMaker(factory: AllocatorFactory, needs: Needs | undefined): Maker {
  return { needs, create: (options, guard) => new GuardedAllocator(factory, options, guard) };
}

function policyMaker(policy: Policy, values: Readonly<Record<string, OptionValue>>): Maker {
  return {
    needs: policy.needs,
    create: (options, guard) => policyAllocator(policy, options, values, guard),
  };
}

function splitText(text: string): [path: string, query: string] {
  const at = text.indexOf('?');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
