/**
 * docs/workloads.md shows the parameters as the code has them, and figures as the generators give them. After
 * a change: `npx vitest run tests/workloads/generators-docs.test.ts -u` writes the tables anew.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ciCommon } from '../../src/workloads/generators/ci-common.js';
import { generate, generators, parametersOf } from '../../src/workloads/generators/index.js';
import type { Parameter } from '../../src/workloads/generators/parameters.js';
import type { TraceRow } from '../../src/workloads/generators/trace-row.js';
import { isNightly, isRestart } from './generated-csv.js';

const path = fileURLToPath(new URL('../../docs/workloads.md', import.meta.url));
const names = Object.keys(generators);

it('docs/workloads.md has the tables that the code gives', async () => {
  const sections: Record<string, string> = { common: parameterTable(common()), week: weekTable() };
  for (const name of names) sections[name] = parameterTable(own(name));
  let text = readFileSync(path, 'utf8');
  for (const [name, table] of Object.entries(sections)) {
    const start = `<!-- generated: ${name} -->\n<!-- prettier-ignore-start -->\n`;
    const end = '\n<!-- prettier-ignore-end -->';
    const from = text.indexOf(start);
    expect(from, `docs/workloads.md has no section ${name}`).toBeGreaterThanOrEqual(0);
    const to = text.indexOf(end, from);
    text = `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`;
  }
  await expect(text).toMatchFileSnapshot(path);
});

function common(): Parameter[] {
  return parametersOf(names[0]).filter(({ name }) => Object.hasOwn(ciCommon, name));
}

function own(name: string): Parameter[] {
  return parametersOf(name).filter((parameter) => !Object.hasOwn(ciCommon, parameter.name));
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, value, unit, tag, meaning, source }) => [
    `\`${name}\``,
    // A list breaks over lines only where there is a blank.
    value.replaceAll(',', ', '),
    unit,
    tag,
    meaning,
    source,
  ]);
  return markdownTable(['parameter', 'default', 'unit', 'tag', 'meaning', 'source'], rows);
}

function weekTable(): string {
  const weeks = names.map((name) => measureWeek(name));
  const rows = Object.keys(weeks[0]).map((figure) => [figure, ...weeks.map((week) => week[figure])]);
  return markdownTable(['', ...names], rows);
}

/** One week with seed 1, every build starting the moment it is submitted. */
function measureWeek(name: string): Record<string, string> {
  const rows = [...generate(name, { seed: '1', days: 7, scale: 1 }).rows];
  const builds = rows.filter((row) => row.kind === 'batch');
  const masters = rows.filter((row) => row.kind === 'service');
  const sum = (of: readonly TraceRow[], value: (row: TraceRow) => number): number =>
    of.reduce((total, row) => total + value(row), 0);
  const { mean, busy, cpus, mem } = concurrency(builds);
  const { agents, agentCpus, agentMem } = generators[name].parameters;
  const share = (amount: number, each: number): string =>
    `${((100 * amount) / (agents.value * each)).toFixed(0)} %`;
  const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return {
    'builds per day': count(builds.length / 7),
    'restarts per day': count(builds.filter(isRestart).length / 7),
    'nightly builds': `${((100 * builds.filter(isNightly).length) / builds.length).toFixed(1)} %`,
    'masters that build in the week': count(new Set(builds.map((row) => row.framework)).size),
    'mean build': `${count(sum(builds, (row) => row.durationMs) / builds.length / 1000)} s`,
    'builds at once, mean': count(mean),
    'builds at once, peak': count(busy),
    'cpus of builds, peak': count(cpus),
    'memory of builds, peak': `${count(mem / 1024)} GB`,
    'masters and peak, of all cpus': share(sum(masters, (row) => row.cpus) + cpus, agentCpus.value),
    'masters and peak, of all memory': share(sum(masters, (row) => row.mem) + mem, agentMem.value),
  };
}

/** Builds at once, in the mean of the week and at most, and the most that they hold. */
function concurrency(builds: readonly TraceRow[]): Record<'mean' | 'busy' | 'cpus' | 'mem', number> {
  const endOf = (row: TraceRow): number => row.submitMs + row.durationMs;
  const byEnd = [...builds].sort((a, b) => endOf(a) - endOf(b));
  const now = { busy: 0, cpus: 0, mem: 0 };
  const peak = { ...now };
  let ended = 0;
  for (const build of builds) {
    for (; endOf(byEnd[ended]) <= build.submitMs; ended += 1) {
      now.busy -= 1;
      now.cpus -= byEnd[ended].cpus;
      now.mem -= byEnd[ended].mem;
    }
    now.busy += 1;
    now.cpus += build.cpus;
    now.mem += build.mem;
    peak.busy = Math.max(peak.busy, now.busy);
    peak.cpus = Math.max(peak.cpus, now.cpus);
    peak.mem = Math.max(peak.mem, now.mem);
  }
  const held = builds.reduce((total, build) => total + build.durationMs, 0);
  return { mean: held / (7 * 86_400_000), ...peak };
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '-'), ...rows];
  return lines
    .map(
      (cells) =>
        `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`,
    )
    .join('\n');
}
