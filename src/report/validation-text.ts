import { humanCounted } from './human.js';

/** What `sim trace validate` found. */
export interface Validation {
  readonly path: string;
  readonly format: string;
  /** Every row can be used, and there is one. */
  readonly valid: boolean;
  /** Rows that can be used, and their tasks. */
  readonly rows: number;
  readonly tasks: number;
  readonly invalidRows: number;
  /** Rows that cannot be used, by reason. */
  readonly invalid: Readonly<Record<string, number>>;
  /** Rows that the format leaves out, by reason: an SWF job that never ran. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** The first of the rows that cannot be used; `line` counts from 1. */
  readonly problems: readonly { readonly line: number; readonly message: string }[];
  readonly notices: readonly string[];
}

/** One line per problem as compilers write it, then the count. */
export function validationText(found: Validation): string {
  const { path, format, valid, rows, tasks, invalidRows, invalid, leftOut, problems, notices } = found;
  const more = invalidRows - problems.length;
  const reasons = Object.entries(invalid).map(
    ([reason, count]) => `${humanCounted(count, 'row')}: ${reason}`,
  );
  const verdict = valid
    ? 'every row can be used'
    : invalidRows > 0
      ? `${humanCounted(invalidRows, 'row')} cannot be used (${reasons.join(', ')})`
      : 'there is no task in it';
  return [
    ...problems.map(({ line, message }) => `${path}:${line}: ${message}`),
    ...(more > 0 ? [`and ${humanCounted(more, 'problem')} more (--problems ${invalidRows})`] : []),
    `${path}: ${format}, ${humanCounted(rows, 'good row')}, ${humanCounted(tasks, 'task')}; ${verdict}`,
    ...Object.entries(leftOut).map(
      ([reason, count]) => `left out as the format says: ${humanCounted(count, 'row')}, ${reason}`,
    ),
    ...notices.map((notice) => `note: ${notice}`),
    '',
  ].join('\n');
}
