/** The folder of a comparison, as `sim compare --out` leaves it. docs/compare.md describes every file. */
import type { Comparison } from '../comparison.js';
import { comparisonPage } from '../html/comparison-page.js';
import { MANIFEST_FORMAT, OutFolder } from './out-folder.js';
import type { Provenance } from './provenance.js';
import { jsonText } from './run-folder.js';
import { csvOf, decimal } from './run-tables.js';

const files = ['manifest.json', 'comparison.json', 'comparison.csv', 'runs.csv', 'report.html'] as const;

export async function openComparisonFolder(path: string): Promise<{
  write: (comparison: Comparison, provenance: Provenance) => Promise<void>;
  discard: () => void;
}> {
  const folder = await OutFolder.open(path, files);
  return {
    write: (comparison, provenance) => writeFolder(folder, comparison, provenance),
    discard: () => folder.discard(),
  };
}

async function writeFolder(folder: OutFolder, comparison: Comparison, provenance: Provenance): Promise<void> {
  const { baseline, allocators, seed, workload, partial, complete } = comparison;
  const { version, node, arguments: given, repeat } = provenance;
  await folder.write('comparison.json', jsonText(comparison));
  await folder.write('comparison.csv', differencesCsv(comparison));
  await folder.write('runs.csv', runsCsv(comparison));
  await folder.write('report.html', await comparisonPage(comparison, repeat));
  await folder.write(
    'manifest.json',
    jsonText({
      format: MANIFEST_FORMAT,
      formatVersion: 1,
      command: 'compare',
      arguments: given,
      repeat,
      versions: { agora: version, node },
      seed,
      allocators,
      baseline,
      workload,
      replications: complete,
      partial,
    }),
  );
  await folder.commit();
}

function differencesCsv({ comparisons, metrics }: Comparison): string {
  return csvOf(
    comparisons.flatMap(({ allocator, against, differences }) =>
      differences.map(({ metric, n, base, other, difference, low, high, verdict }, i) => ({
        allocator,
        against,
        metric,
        unit: metrics[i].unit,
        better: metrics[i].better,
        replications: n,
        mean_against: decimal(base),
        mean: decimal(other),
        difference: decimal(difference),
        low_95: decimal(low),
        high_95: decimal(high),
        verdict,
      })),
    ),
  );
}

/** At least the header: an interrupted comparison may have no whole replication. */
function runsCsv({ runs, metrics }: Comparison): string {
  const rows = runs.map(({ allocator, replication, seed, end, decisionHash, metrics: values }) => ({
    allocator,
    replication,
    seed,
    end,
    decision_hash: decisionHash,
    ...Object.fromEntries(metrics.map(({ key }) => [key, decimal(values[key] ?? null)])),
  }));
  const header = ['allocator', 'replication', 'seed', 'end', 'decision_hash', ...metrics.map(({ key }) => key)];
  return rows.length > 0 ? csvOf(rows) : `${header.join(',')}\n`;
}
