import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** What every benchmark needs: programs run in fresh processes, their CPU time, the reference program and its traces. */

const root = fileURLToPath(new URL('../', import.meta.url));
const limitFolder = join(root, '../shared/bench/limit');
const cacheFolder = join(root, 'node_modules/.cache/agora-bench');

/** Size of one agent, as the reference program has it. */
export const agentSize = 'cpus:32;mem:131072';

/** A benchmark that cannot run here, for a reason that the user can mend. */
export class BenchError extends Error {
  name = 'BenchError';
}

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {{ cpuSeconds: number, out: string }} user and system time of the whole process, and what it printed
 */
export function timed(program, args) {
  // bash's time is the one clock of a child's CPU time that is at hand everywhere.
  const script = 'TIMEFORMAT="cpu %3U %3S"; time "$@"';
  const done = spawnSync('bash', ['-c', script, 'bash', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)\s*$/.exec(done.stderr) ?? [];
  if (done.status !== 0 || user === undefined) {
    throw new BenchError(`${program} ${args.join(' ')} ended with ${done.status}: ${done.stderr.trim()}`);
  }
  return { cpuSeconds: Number(user) + Number(system), out: done.stdout };
}

/**
 * `sim run --json` in a fresh process.
 *
 * @param {readonly string[]} args after `sim run`
 * @returns {{ cpuSeconds: number, summary: Record<string, any> }}
 */
export function simRun(args) {
  const { cpuSeconds, out } = timed(process.execPath, [
    join(root, 'dist/cli/sim.js'),
    'run',
    ...args,
    '--json',
  ]);
  return { cpuSeconds, summary: JSON.parse(out) };
}

/** Compiles the reference program, if that was not done before. @returns {string} its path */
export function limitProgram() {
  const source = join(limitFolder, 'drf_replay.cpp');
  if (!existsSync(source)) {
    throw new BenchError(`the reference program is not there: ${source}`);
  }
  const program = join(cacheFolder, 'drf_replay');
  if (!existsSync(program)) {
    mkdirSync(cacheFolder, { recursive: true });
    try {
      execFileSync('g++', ['-O3', '-march=native', '-std=c++17', '-o', program, source], {
        stdio: 'inherit',
      });
    } catch (error) {
      throw new BenchError(`g++ cannot compile the reference program: ${error.message}`);
    }
  }
  return program;
}

/**
 * A trace of the reference program's generator, made once.
 *
 * @param {{ tasks: number, frameworks: number, agents: number, seed?: number }} size
 * @returns {string} its path
 */
export function limitTrace({ tasks, frameworks, agents, seed = 1 }) {
  const path = join(cacheFolder, `trace-${tasks}-${frameworks}-${agents}-${seed}.csv`);
  if (!existsSync(path)) {
    const sizes = { tasks, frameworks, agents, seed };
    const options = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
    timed(limitProgram(), ['--gen', path, ...options]);
  }
  // Both programs find it in the cache.
  readFileSync(path);
  return path;
}

/**
 * What the reference program says of a trace.
 *
 * @param {string} path
 * @param {number} agents
 * @returns {{ cpuSeconds: number, hash: string, meanWait: number, makespan: number }}
 */
export function limitRun(path, agents) {
  const { cpuSeconds, out } = timed(limitProgram(), ['--trace', path, '--agents', String(agents)]);
  const field = (name) => new RegExp(`\\b${name} (\\S+)`).exec(out)?.[1] ?? '';
  return {
    cpuSeconds,
    hash: field('hash'),
    meanWait: Number(field('mean_wait_s')),
    makespan: Number(field('makespan_s')),
  };
}

/** @param {readonly number[]} values @returns {number} */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** @param {readonly string[]} args @param {string} name @param {number} fallback @returns {number} */
export function numberOption(args, name, fallback) {
  const at = args.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = Number(args[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new BenchError(`--${name} is a whole number from 1`);
  return value;
}

/** @param {readonly string[]} args @param {string} name @param {string} fallback @returns {string} */
export function textOption(args, name, fallback) {
  const at = args.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = args[at + 1];
  if (value === undefined || value.startsWith('--')) throw new BenchError(`--${name} needs a value`);
  return value;
}
