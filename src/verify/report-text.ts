import { humanCount, humanCounted } from '../report/human.js';
import { figure, type EconomyName } from './check.js';
import type { Row, VerifyReport } from './run-verify.js';

const economies: Readonly<Record<EconomyName, string>> = {
  E0: 'the rule, divisible, every demand above 0',
  E0z: 'the rule, divisible, demands of 0 allowed',
  E1: 'the running allocator, whole tasks on one agent',
  E2: 'the running allocator, whole tasks on several agents',
  E3: 'the running allocator, coarse offers',
};

/** The table for a person, one block an economy; a refutation is followed by its sentence and its folder. */
export function reportText(report: VerifyReport, folderOf: (row: Row) => string | undefined): string {
  const { allocator, runs, seed, rows, partial, broken } = report;
  const lines = [`verify     ${allocator} · ${humanCounted(runs, 'run')} a property · seed ${seed}`];
  const width = Math.max(0, ...rows.map(({ property }) => property.length + 2));
  for (const economy of Object.keys(economies) as EconomyName[]) {
    const those = rows.filter((row) => row.economy === economy);
    if (those.length === 0) continue;
    lines.push('', `${economy.padEnd(11)}${economies[economy]}`);
    const shown = those.filter(({ verdict }) => verdict !== 'not applicable');
    const table = alignLeft(shown.map(cellsOf), width);
    shown.forEach((row, i) => {
      lines.push(table[i]);
      if (row.sentence !== undefined) lines.push(...wrapped(row.sentence));
      const folder = folderOf(row);
      if (folder !== undefined) lines.push(`    ${folder}`);
    });
    lines.push(...notApplicable(those));
  }
  lines.push('', ...sumUp(report));
  if (broken !== undefined) lines.push(...wrapVerdict(`ended: ${broken}. The table is partial.`));
  else if (partial) lines.push('interrupted: the table is partial.');
  return `${lines.join('\n')}\n`;
}

/** Rows that do not apply, in a few lines: by their reason. */
function notApplicable(rows: readonly Row[]): string[] {
  const left = rows.filter(({ verdict }) => verdict === 'not applicable');
  const reasons = [...new Set(left.map(({ sentence }) => sentence))];
  return reasons.flatMap((reason) => {
    const names = left.filter(({ sentence }) => sentence === reason).map(({ property }) => property);
    return [`  not applicable (${reason})`, ...wrapped(names.join(', '))];
  });
}

function cellsOf(row: Row): string[] {
  return [`  ${row.property}`, verdictText(row)];
}

function verdictText({ verdict, promised, economy, runs, gain = 0 }: Row): string {
  const many = `in ${humanCounted(runs, 'run')}`;
  switch (verdict) {
    case 'holds':
      return `holds ${many}`;
    case 'refuted':
      return promised
        ? `REFUTED by run ${humanCount(runs)}`
        : `refuted by run ${humanCount(runs)} (not promised)`;
    case 'measured':
      return `largest gain ${figure(gain)} ${many}`;
    case 'gain':
      return `gain ${figure(gain)} found ${many}`;
    case 'no gain':
      return economy === 'E3' ? `none found in the menu ${many}` : `none found ${many}`;
    default:
      return verdict;
  }
}

function alignLeft(rows: readonly string[][], width: number): string[] {
  return rows.map(([name, verdict]) => `${name.padEnd(width)}  ${verdict}`);
}

function wrapped(sentence: string): string[] {
  const lines = [''];
  for (const word of sentence.split(' ')) {
    const last = lines.length - 1;
    if (lines[last].length + word.length > 74 && lines[last] !== '') lines.push(word);
    else lines[last] += `${lines[last] === '' ? '' : ' '}${word}`;
  }
  return lines.map((line) => `    ${line}`);
}

/** What the table comes to. A pass is evidence, a refutation is proof: the words say so. */
function sumUp({ rows }: VerifyReport): string[] {
  const count = (passes: (row: Row) => boolean): number => rows.filter(passes).length;
  const broken = rows.filter(({ verdict, promised }) => verdict === 'refuted' && promised);
  const counts = [
    ['holds', count(({ verdict }) => verdict === 'holds'), 'no case refuted it: evidence, not proof'],
    ['refuted', count(({ verdict }) => verdict === 'refuted'), 'a case refutes it: proof'],
  ] as const;
  const verdict =
    broken.length === 0
      ? 'No promise is broken.'
      : `Broken promises: ${broken.map(({ property, economy }) => `${property} (${economy})`).join(', ')}.`;
  return [
    ...counts.map(([what, many, why]) => `${what.padEnd(11)}${String(many).padStart(3)}   ${why}`),
    ...wrapVerdict(verdict),
  ];
}

function wrapVerdict(text: string): string[] {
  return text.length <= 80 ? [text] : wrapped(text).map((line) => line.trim());
}
