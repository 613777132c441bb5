import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BenchError, limitRun, limitTrace, timed } from './processes.js';

const program = fileURLToPath(new URL('allocator-cases.js', import.meta.url));

/** Case, agents, frameworks, roles, what else it takes, and what it is called in the table. */
const grid = [
  ['DeclineOffers', 1000, 50, 1],
  ['DeclineOffers', 1000, 1000, 1],
  ['DeclineOffers', 10_000, 50, 1],
  ['DeclineOffers', 10_000, 100, 1],
  ['DeclineOffers', 10_000, 200, 1],
  ['DeclineOffers', 10_000, 1000, 1],
  ['DeclineOffers', 10_000, 3000, 1],
  ['DeclineOffers', 10_000, 10_000, 1],
  ['DeclineOffers', 50_000, 1000, 1],
  ['SuppressOffers', 10_000, 1000, 1],
  ['AddAgents', 10_000, 1000, 1],
  ['UpdateAgents', 10_000, 1000, 1],
  ['ResourceLabels', 1000, 50, 1],
  ['ResourceLabels', 10_000, 1000, 1],
  ['IdleCycle', 10_000, 1000, 1],
  ['OneRelease', 10_000, 1000, 1],
  ['LargeAndSmallQuota', 30, 30, 30],
  ['LargeAndSmallQuota', 300, 300, 300],
  ['LargeAndSmallQuota', 3000, 3000, 3000],
  ['LargeAndSmallQuota', 3000, 3000, 3000, true, 'LargeAndSmallQuota, idle'],
  ['NonQuotaVsQuota', 2000, 2000, 1000, false, 'NonQuotaVsQuota, without'],
  ['NonQuotaVsQuota', 2000, 2000, 1000, true, 'NonQuotaVsQuota, with'],
  ['MultiFrameworkAllocations', 80, 554, 55],
  ['MultiFrameworkAllocations', 80, 554, 55, { suppress: true }, 'MultiFrameworkAllocations, SUPPRESS'],
  [
    'MultiFrameworkAllocations',
    80,
    554,
    55,
    { allocator: 'weighted-role' },
    'MultiFrameworkAllocations, weighted-role',
  ],
  ['MultiFrameworkAllocations', 80, 554, 55, { offers: 'demand' }, 'MultiFrameworkAllocations, demand'],
];

/**
 * Mesos's own benchmarks of its allocator, CPU milliseconds of one cycle (of all agents for AddAgents and UpdateAgents),
 * each in a fresh process, with the CPU time of the C++ reference program as the yardstick of the machine.
 *
 * @param {readonly string[]} args --json; names of cases to run these alone
 */
export function allocator(args) {
  const wanted = args.filter((arg) => !arg.startsWith('--'));
  const chosen = grid.filter(([name]) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0) {
    throw new BenchError(`the cases are ${[...new Set(grid.map(([name]) => name))].join(', ')}`);
  }
  const isJson = args.includes('--json');
  const yardstick = yardstickMs();
  const rows = [];
  if (!isJson) {
    console.log(
      `allocator: CPU ms a cycle; yardstick of this machine ${yardstick} ms (C++ replay of 100,000 tasks)`,
    );
    console.log(
      'case'.padEnd(44),
      'agents'.padStart(7),
      'frameworks'.padStart(10),
      'roles'.padStart(6),
      'cpu ms'.padStart(9),
      'offers'.padStart(7),
    );
  }
  for (const [name, agents, frameworks, roles, more, title = name] of chosen) {
    const parameters = [name, agents, frameworks, roles, ...(more === undefined ? [] : [more])];
    const { out } = timed(process.execPath, [
      '--max-old-space-size=6000',
      program,
      '--case',
      JSON.stringify(parameters),
    ]);
    const row = { case: title, agents, frameworks, roles, ...JSON.parse(out) };
    row.cpuMs = Math.round(row.cpuMs * 1000) / 1000;
    rows.push(row);
    if (isJson) continue;
    const launched = row.launched === undefined ? '' : `  launched ${row.launched} of 19500`;
    console.log(
      `${title.padEnd(44)} ${String(agents).padStart(7)} ${String(frameworks).padStart(10)} ${String(roles).padStart(6)} ` +
        `${row.cpuMs.toFixed(2).padStart(9)} ${String(row.offers).padStart(7)}${launched}`,
    );
  }
  if (isJson) console.log(JSON.stringify({ yardstickMs: yardstick, rows }, null, 2));
}

/** CPU milliseconds of the reference program; null where it cannot be compiled. */
function yardstickMs() {
  try {
    const path = limitTrace({ tasks: 100_000, frameworks: 1000, agents: 1000 });
    return Math.round(limitRun(path, 1000).cpuSeconds * 1000);
  } catch (error) {
    if (error instanceof BenchError) return null;
    throw error;
  }
}
