import { readFileSync } from 'node:fs';
import { randomExponential, randomLogNormal, randomUniform } from 'd3-random';
import type { Micros } from '../cluster/ids.js';
import { parseDuration } from './duration.js';
import { SimError } from './sim-error.js';

/** How long a message takes from one process to another, each way. Times in microseconds. */
export type LatencySpec =
  | { readonly type: 'none' }
  | { readonly type: 'constant'; readonly delayUs: Micros }
  /** ln(delay) is normal with mean ln(medianUs) and standard deviation sigma. */
  | { readonly type: 'lognormal'; readonly medianUs: Micros; readonly sigma: number }
  | { readonly type: 'uniform'; readonly leastUs: Micros; readonly mostUs: Micros }
  | { readonly type: 'exponential'; readonly meanUs: Micros }
  /** Each message draws one of the delays, all with the same probability. */
  | { readonly type: 'empirical'; readonly delaysUs: Float64Array; readonly source: string };

export const NO_LATENCY: LatencySpec = { type: 'none' };

const models =
  'none, 2ms, lognormal:median=2ms,sigma=0.5, uniform:1ms-5ms, exponential:mean=2ms or a file of delays in seconds';

/**
 * Reads what `--latency` takes: `none`, a constant such as `2ms`, `lognormal:median=2ms,sigma=0.5`, `uniform:1ms-5ms`,
 * `exponential:mean=2ms`, or the name of a file with one delay in seconds per line.
 *
 * @param readText reads the file; by default from disk
 * @throws SimError in one line
 */
export function parseLatency(
  text: string,
  readText: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): LatencySpec {
  const trimmed = text.trim();
  if (trimmed === 'none' || trimmed === '') return NO_LATENCY;
  const delayUs = parseDuration(trimmed);
  if (delayUs !== undefined) return delayUs === 0 ? NO_LATENCY : { type: 'constant', delayUs };
  const [, model, rest] = /^(\w+):(.*)$/s.exec(trimmed) ?? [];
  if (model === 'lognormal') return parseLognormal(text, rest);
  if (model === 'uniform') return parseUniform(text, rest);
  if (model === 'exponential') return parseExponential(text, rest);
  return parseEmpirical(trimmed, readText);
}

function parseLognormal(text: string, rest: string): LatencySpec {
  const { median, sigma } = parameters(text, rest, ['median', 'sigma']);
  const spread = /^\d*\.?\d+$/.test(sigma)
    ? Number(sigma)
    : fail(text, `sigma is "${sigma}"; it is a number, 0 or more`);
  return { type: 'lognormal', medianUs: delay(text, 'median', median), sigma: spread };
}

function parseUniform(text: string, rest: string): LatencySpec {
  const bounds = rest.split('-');
  if (bounds.length !== 2) fail(text, 'a uniform latency is written uniform:1ms-5ms');
  const leastUs = delay(text, 'the least delay', bounds[0]);
  const mostUs = delay(text, 'the largest delay', bounds[1]);
  if (mostUs < leastUs) fail(text, `${bounds[0]} is larger than ${bounds[1]}; write the smaller first`);
  return { type: 'uniform', leastUs, mostUs };
}

function parseExponential(text: string, rest: string): LatencySpec {
  const { mean } = parameters(text, rest, ['mean']);
  return { type: 'exponential', meanUs: delay(text, 'mean', mean) };
}

/** `name=value,...` with exactly the names given. */
function parameters<Name extends string>(
  text: string,
  rest: string,
  names: readonly Name[],
): Record<Name, string> {
  const found: Partial<Record<Name, string>> = {};
  for (const item of rest.split(',')) {
    const [name, value] = item.split('=', 2).map((part) => part.trim());
    const known = names.find((candidate) => candidate === name);
    if (known === undefined || !value) fail(text, `"${item}" is not one of ${names.join('=…, ')}=…`);
    else found[known] = value;
  }
  const missing = names.find((name) => found[name] === undefined);
  if (missing !== undefined) fail(text, `${missing}=… is missing`);
  return found as Record<Name, string>;
}

function delay(text: string, what: string, value: string): Micros {
  return parseDuration(value) ?? fail(text, `${what} is "${value}"; a delay is written like 2ms or 0.5s`);
}

function parseEmpirical(path: string, readText: (path: string) => string): LatencySpec {
  let content: string;
  try {
    content = readText(path);
  } catch {
    throw new SimError(`latency "${path}" is neither a model nor a file that can be read; it is ${models}`);
  }
  const delays: Micros[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    const value = line.trim();
    if (value === '' || value.startsWith('#')) continue;
    const seconds = Number(value);
    if (!Number.isFinite(seconds) || seconds < 0) {
      throw new SimError(
        `${path}:${index + 1}: "${value}" is no delay; write one number of seconds, 0 or more, per line`,
      );
    }
    delays.push(Math.round(seconds * 1e6));
  }
  if (delays.length === 0) throw new SimError(`${path} has no delays; write one number of seconds per line`);
  return { type: 'empirical', delaysUs: Float64Array.from(delays), source: path };
}

function fail(text: string, why: string): never {
  throw new SimError(`latency "${text}": ${why}`);
}

/** No delay is longer: a heavy tail must not take the clock past what integers hold. */
const longestDelayUs = 86_400e6;

/**
 * The function that draws one delay in whole microseconds after another, from 0 to a day.
 *
 * @param random uniform numbers in [0, 1), the stream `network` of the run's seed
 */
export function latencySampler(spec: LatencySpec, random: () => number): () => Micros {
  const draw = sampler(spec, random);
  return () => Math.min(Math.round(draw()), longestDelayUs);
}

function sampler(spec: LatencySpec, random: () => number): () => number {
  switch (spec.type) {
    case 'none':
      return () => 0;
    case 'constant':
      return () => spec.delayUs;
    case 'lognormal':
      return randomLogNormal.source(random)(Math.log(spec.medianUs), spec.sigma);
    case 'uniform':
      return randomUniform.source(random)(spec.leastUs, spec.mostUs);
    case 'exponential':
      return randomExponential.source(random)(1 / spec.meanUs);
    case 'empirical':
      return () => spec.delaysUs[Math.floor(random() * spec.delaysUs.length)];
  }
}

/**
 * When messages arrive under random latency. A link is one sender and one receiver, first in, first out like a TCP
 * connection: a message never arrives before the one sent ahead of it on its link (semantics-notes I-3).
 */
export class Links {
  readonly #draw: () => Micros;
  /** When the last message of a link arrives. */
  readonly #last: Float64Array;

  /** @param linkCount links are the integers below it */
  constructor(linkCount: number, draw: () => Micros) {
    this.#draw = draw;
    this.#last = new Float64Array(linkCount);
  }

  /** Arrival time of a message sent now. */
  arrival(link: number, now: Micros): Micros {
    const at = Math.max(now + this.#draw(), this.#last[link]);
    this.#last[link] = at;
    return at;
  }
}
