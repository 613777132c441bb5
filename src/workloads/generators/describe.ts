import type { Parameter, Tag } from './parameters.js';

const tagWords: Readonly<Record<Tag, string>> = { P: 'published', D: 'derived', A: 'assumed' };
const width = 80;

/** What the tags mean, in one line. */
export const tagLegend = 'P published · D derived from published figures by arithmetic · A assumed by us';

/**
 * Parameters for `--help`, in lines of at most 80 columns unless a word is longer: name=default, unit and
 * tag; below it the meaning; below that the source in brackets.
 */
export function parametersAsText(parameters: readonly Parameter[]): string {
  return parameters
    .map(({ name, value, unit, tag, meaning, source }) => {
      const head = [`${name}=${value}`, unit, `${tag} ${tagWords[tag]}`].filter((part) => part !== '');
      return [
        ...wrap(head.join('  '), '  '),
        ...wrap(meaning, '      '),
        ...wrap(`(${source})`, '      '),
      ].join('\n');
    })
    .join('\n');
}

/** A line per parameter: tag, name and default, unit. A long list is cut. */
export function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, value, unit, tag }) => {
    const setting = `${name}=${value}`;
    const most = width - 8 - unit.length;
    return { tag, unit, setting: setting.length > most ? `${setting.slice(0, most - 1)}…` : setting };
  });
  return rows.map(({ tag, setting, unit }) => `  ${tag}  ${setting.padEnd(40)} ${unit}`.trimEnd()).join('\n');
}

/** Breaks a text at blanks and at the commas of a list; lines after the first are indented by six. */
function wrap(text: string, firstIndent: string): string[] {
  const lines: string[] = [];
  let line = firstIndent;
  let isEmpty = true;
  for (const piece of text.split(/(?<=[ ,])(?! )/)) {
    if (!isEmpty && (line + piece).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = '      ';
    }
    line += piece;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}
