import { allocatorNames } from '../allocators/registry.js';
import { figure } from '../verify/check.js';
import { runVerify, type Row, type VerifyReport } from '../verify/run-verify.js';
import { loadSubject } from '../verify/subject.js';
import type { Experiment } from './experiment.js';

/** What each allocator of ours keeps, in which economy, whole tasks included; docs/allocators.md holds it. */
export const allocatorTable: Experiment = {
  name: 'allocator-table',
  about: 'what each allocator keeps, and where',
  takes: '3 min',
  runs: 1000,
  run: async ({ runs, seed, workers, signal, onProgress }) => {
    const names = allocatorNames();
    const reports: VerifyReport[] = [];
    for (const [i, name] of names.entries()) {
      const report = await runVerify(await loadSubject(name), {
        runs,
        seed,
        workers,
        signal,
        onProgress: (done, total) => onProgress(i * total + done, names.length * total),
      });
      reports.push(report);
      if (report.partial) break;
    }
    const [{ rows: all }] = reports;
    const lines = all.map(({ property, economy }, k) => {
      const cells = reports.map(({ rows }) => cell(rows[k]));
      return `| ${economy} | ${property} | ${cells.join(' | ')} |`;
    });
    const markdown = [
      `| | property | ${reports.map(({ allocator }) => allocator).join(' | ')} |`,
      `| --- | --- | ${reports.map(() => '---').join(' | ')} |`,
      ...lines,
      '',
      `From ${runs.toLocaleString('en')} cases a property, seed ${seed}.`,
      '✓ no case refuted it, which is evidence; ✗ a case refutes it, which is proof, and **✗** breaks a promise;',
      '+g the largest gain found; 0 none found; - not applicable.',
    ].join('\n');
    const differences = reports.flatMap(({ allocator, rows }) =>
      rows
        .filter(({ verdict, promised }) => verdict === 'refuted' && promised)
        .map(({ property, economy }) => `${allocator} breaks its promise: ${property} (${economy})`),
    );
    return { markdown, json: { experiment: 'allocator-table', runs, seed, reports }, differences, reports };
  },
};

function cell({ verdict, promised, gain = 0 }: Row): string {
  switch (verdict) {
    case 'holds':
      return '✓';
    case 'refuted':
      return promised ? '**✗**' : '✗';
    case 'measured':
    case 'gain':
      return gain > 0 ? `+${figure(gain)}` : '0';
    case 'no gain':
      return '0';
    default:
      return '-';
  }
}
