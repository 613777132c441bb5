import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sim } from '../cli/fake-terminal.js';

const source = join(import.meta.dirname, '../../../shared/bench/limit/drf_replay.cpp');
let folder: string;
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agora-reference-'));
  program = join(folder, 'drf_replay');
  execFileSync('g++', ['-O2', '-std=c++17', '-o', program, source]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const field = (text: string, name: string) => new RegExp(`\\b${name} (\\S+)`).exec(text)?.[1] ?? '';

describe('the reference program decides the same, task by task', () => {
  test.each([
    { tasks: 2000, frameworks: 1, agents: 20, seed: 1 },
    { tasks: 2000, frameworks: 37, agents: 20, seed: 2 },
    { tasks: 5000, frameworks: 500, agents: 1, seed: 3 },
    { tasks: 20_000, frameworks: 12_000, agents: 50, seed: 4 },
    { tasks: 30_000, frameworks: 100, agents: 300, seed: 5 },
    { tasks: 20_000, frameworks: 1000, agents: 10_000, seed: 6 },
  ])('%o', async (size) => {
    const path = join(folder, `${size.seed}.csv`);
    const options = Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]);
    execFileSync(program, ['--gen', path, ...options]);
    const said = execFileSync(program, ['--trace', path, '--agents', String(size.agents)], {
      encoding: 'utf8',
    });
    const cluster = ['--agents', `${size.agents}*cpus:32;mem:131072`];
    const mode = ['--offers', 'demand', '--instant', '--agent-order', 'first-fit', '--json', '--quiet'];
    const { status, out } = await sim(['run', '--trace', path, '--allocator', 'drf', ...cluster, ...mode]);
    expect(status).toBe(0);
    const { decisionHash, wait, makespan } = JSON.parse(out);
    expect(decisionHash).toBe(field(said, 'hash'));
    expect(wait.mean).toBeCloseTo(Number(field(said, 'mean_wait_s')), 6);
    expect(makespan).toBeCloseTo(Number(field(said, 'makespan_s')), 3);
  });
});
