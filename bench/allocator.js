import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BenchError, limitRun, limitTrace, timed } from './processes.js';

const program = fileURLToPath(new URL('allocator-cases.js', import.meta.url));

/** Case, agents, frameworks, roles, what else it takes, and how the table tells it from the case's other rows. */
const grid = [
  ...[1, 50, 200, 1000].map((frameworks) => ['DeclineOffers', 1000, frameworks, 1]),
  ...[1, 50, 200, 1000].map((frameworks) => ['DeclineOffers', 5000, frameworks, 1]),
  ...[1, 50, 100, 200, 1000, 3000, 10_000].map((frameworks) => ['DeclineOffers', 10_000, frameworks, 1]),
  ...[20_000, 30_000, 50_000].map((agents) => ['DeclineOffers', agents, 1000, 1]),
  ['DeclineOffers', 10_000, 1000, 1, { sorter: 'random' }, 'random sorter'],
  ['SuppressOffers', 10_000, 1000, 1],
  ['ExtremeSuppressOffers', 10_000, 1000, 1],
  ['ExtremeSuppressOffers', 10_000, 1000, 1, { sorter: 'random' }, 'random sorter'],
  ['AddAgents', 10_000, 1000, 1],
  ['UpdateAgents', 10_000, 1000, 1],
  ['ResourceLabels', 1000, 50, 1],
  ['ResourceLabels', 10_000, 1000, 1],
  ['IdleCycle', 10_000, 1000, 1],
  ['OneRelease', 10_000, 1000, 1],
  ...[30, 300, 3000].flatMap((roles) => [
    ['LargeAndSmallQuota', roles, roles, roles],
    ['LargeAndSmallQuota', roles, roles, roles, { idle: true }, 'idle'],
  ]),
  ...[30, 300, 3000].flatMap((roles) => [
    ['LargeAndSmallQuota', roles, roles, roles, { sorter: 'random' }, 'random sorter'],
    ['LargeAndSmallQuota', roles, roles, roles, { sorter: 'random', idle: true }, 'random sorter, idle'],
  ]),
  ...[10, 100, 1000].flatMap((roles) => [
    ['NonQuotaVsQuota', 2 * roles, 2 * roles, roles, { quota: false }, 'without'],
    ['NonQuotaVsQuota', 2 * roles, 2 * roles, roles, { quota: false, idle: true }, 'without, idle'],
    ['NonQuotaVsQuota', 2 * roles, 2 * roles, roles, { quota: true }, 'with'],
    ['NonQuotaVsQuota', 2 * roles, 2 * roles, roles, { quota: true, idle: true }, 'with, idle'],
  ]),
  ...[false, true].map((quota) => [
    'NonQuotaVsQuota',
    ...[2000, 2000, 1000],
    { quota, sorter: 'random' },
    `${quota ? 'with' : 'without'}, random sorter`,
  ]),
  ['UnmetGuarantees', 10_000, 100, 1000],
  ['UnmetGuarantees', 10_000, 100, 1000, { allocator: 'reservation' }, 'reservation'],
  ['MultiFrameworkAllocations', 80, 554, 55],
  ['MultiFrameworkAllocations', 80, 554, 55, { suppress: true }, 'SUPPRESS'],
  ['MultiFrameworkAllocations', 80, 554, 55, { allocator: 'weighted-role' }, 'weighted-role'],
  ['MultiFrameworkAllocations', 80, 554, 55, { offers: 'demand' }, 'demand'],
];

/** Benchmarks of Mesos that are several cases here. */
const severalCases = { AddAndUpdateSlave: ['AddAgents', 'UpdateAgents'] };

const columns = [
  ['case', -40],
  ['agents', 7],
  ['frameworks', 10],
  ['roles', 6],
  ['cpu ms', 9],
  ['fastest', 9],
  ['reference', 9],
  ['ratio', 7],
  ['offers', 7],
];

/**
 * Mesos's own benchmarks of its allocator, each in a fresh process: CPU milliseconds of one cycle (of all agents for
 * AddAgents and UpdateAgents), median and fastest. Beside each the CPU time of the C++ reference program at that moment,
 * for a replay of 100,000 tasks, as the yardstick of the machine.
 *
 * @param {readonly string[]} args --json; names of cases to run these alone
 */
export function allocator(args) {
  const chosen = chosenRows(args.filter((arg) => arg !== '--json'));
  const isJson = args.includes('--json');
  const yardstick = openYardstick();
  const rows = [];
  if (!isJson) {
    console.log(
      'allocator: CPU ms a cycle, median and fastest; reference: CPU ms of the C++ replay of 100,000 tasks',
    );
    console.log(line(columns.map(([name]) => name)));
  }
  for (const [name, agents, frameworks, roles, how, variant] of chosen) {
    const parameters = JSON.stringify([name, agents, frameworks, roles, ...(how === undefined ? [] : [how])]);
    const yardstickMs = yardstick();
    const { out } = timed(process.execPath, ['--max-old-space-size=6000', program, '--case', parameters]);
    const { cpuMs, fastestMs, ...found } = JSON.parse(out);
    const title = variant === undefined ? name : `${name}, ${variant}`;
    const times = { cpuMs: rounded(cpuMs), fastestMs: rounded(fastestMs), yardstickMs };
    const row = { case: title, agents, frameworks, roles, ...times, ...found };
    rows.push(row);
    if (!isJson) console.log(textOf(row));
  }
  if (isJson) console.log(JSON.stringify({ rows }, null, 2));
}

/** @param {readonly string[]} wanted */
function chosenRows(wanted) {
  const names = [...new Set(grid.map(([name]) => name)), ...Object.keys(severalCases)];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new BenchError(`allocator has no case ${unknown}; the cases are ${names.join(', ')}`);
  }
  const cases = wanted.flatMap((name) => severalCases[name] ?? [name]);
  return wanted.length === 0 ? grid : grid.filter(([name]) => cases.includes(name));
}

function textOf({ case: title, agents, frameworks, roles, cpuMs, fastestMs, yardstickMs, offers, launched }) {
  const beside = yardstickMs === null ? ['-', '-'] : [yardstickMs, (cpuMs / yardstickMs).toFixed(3)];
  const cells = [title, agents, frameworks, roles, cpuMs.toFixed(2), fastestMs.toFixed(2), ...beside, offers];
  return line(cells) + (launched === undefined ? '' : `  launched ${launched} of 19500`);
}

function line(cells) {
  const padded = columns.map(([, width], i) => {
    const text = String(cells[i]);
    return width < 0 ? text.padEnd(-width) : text.padStart(width);
  });
  return padded.join(' ');
}

function rounded(ms) {
  return Math.round(ms * 1000) / 1000;
}

/** @returns {() => number | null} CPU milliseconds of the reference program now; null where it cannot be had */
function openYardstick() {
  try {
    const path = limitTrace({ tasks: 100_000, frameworks: 1000, agents: 1000 });
    limitRun(path, 1000);
    return () => Math.round(limitRun(path, 1000).cpuSeconds * 1000);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    console.error(`bench: no yardstick: ${error.message}`);
    return () => null;
  }
}
