import type { Row } from '../verify/run-verify.js';
import { runVerify, type VerifyReport } from '../verify/run-verify.js';
import { loadSubject } from '../verify/subject.js';
import type { Experiment } from './experiment.js';

const rules = ['asset', 'ceei', 'drf'] as const;

/** Table 2 of Ghodsi et al., "Dominant Resource Fairness", NSDI 2011: Asset fairness, CEEI, DRF. */
const published: Readonly<Record<string, readonly [boolean, boolean, boolean]>> = {
  'sharing-incentive': [false, true, true],
  'strategy-proofness': [true, false, true],
  'envy-freeness': [true, true, true],
  'pareto-efficiency': [true, true, true],
  'single-resource': [true, true, true],
  bottleneck: [false, true, true],
  'population-monotonicity': [true, false, true],
  'resource-monotonicity': [false, false, false],
};

const properties = Object.keys(published);

/** `experiments/drf-table`: the DRF paper's table, each ✗ with a counter-example, and beside it the one with zero demands. */
export const drfTable: Experiment = {
  name: 'drf-table',
  about: 'Table 2 of the DRF paper, by search',
  takes: '30 s',
  runs: 10_000,
  run: async ({ runs, seed, workers, signal, onProgress }) => {
    const reports: VerifyReport[] = [];
    for (const [i, rule] of rules.entries()) {
      const report = await runVerify(await loadSubject(rule), {
        properties,
        economies: ['E0', 'E0z'],
        weights: false,
        runs,
        seed,
        workers,
        signal,
        onProgress: (done, total) => onProgress(i * total + done, rules.length * total),
      });
      reports.push(report);
      if (report.partial) break;
    }
    const rowsOf = (economy: 'E0' | 'E0z') =>
      properties.map((property) => ({
        property,
        rows: reports.map(({ rows }) => rows.find((r) => r.property === property && r.economy === economy)!),
      }));
    const markdown = [
      'Every demand above 0 (E0), as the paper has it:',
      '',
      ...table(rowsOf('E0')),
      '',
      'Demands of 0 allowed (E0z):',
      '',
      ...table(rowsOf('E0z')),
      '',
      `✓: none of ${runs.toLocaleString('en')} random economies refutes it.`,
      '✗: a case does; the number says which one did first.',
    ].join('\n');
    const differences = rowsOf('E0').flatMap(({ property, rows }) =>
      rows.flatMap((row, i) => {
        if (row.verdict === 'not run' || (row.verdict === 'holds') === published[property][i]) return [];
        return [`${property} of ${rules[i]}: the paper says ${published[property][i] ? '✓' : '✗'}`];
      }),
    );
    return { markdown, json: { experiment: 'drf-table', runs, seed, reports }, differences, reports };
  },
};

function table(lines: readonly { readonly property: string; readonly rows: readonly Row[] }[]): string[] {
  return [
    `| property | ${rules.join(' | ')} |`,
    `| --- | ${rules.map(() => '---').join(' | ')} |`,
    ...lines.map(({ property, rows }) => `| ${property} | ${rows.map(mark).join(' | ')} |`),
  ];
}

function mark({ verdict, runs }: Row): string {
  if (verdict === 'holds') return '✓';
  return verdict === 'refuted' ? `✗ (${runs})` : '-';
}
