/** The columns of native CSV (design: docs of `--trace`) and how a header row maps onto them. */
import { TraceError } from '../trace-error.js';
import { quoted } from './bad-rows.js';

/** What a column is used for. Numbers come first: the parser tells the two kinds apart by comparing. */
export const Slot = {
  submit: 0,
  duration: 1,
  cpus: 2,
  mem: 3,
  disk: 4,
  gpus: 5,
  tasks: 6,
  gang: 7,
  priority: 8,
  exit: 9,
  estimate: 10,
  kind: 11,
  constraint: 12,
  framework: 13,
  role: 14,
  job: 15,
  command: 16,
  /** A column without a meaning here. */
  label: 17,
} as const;

export const firstTextSlot = Slot.kind;
export const slotCount = 18;

export interface NumberColumn {
  readonly name: string;
  readonly required?: boolean;
  /** Digits kept after the point; 0 for whole numbers, of which no others are taken. */
  readonly digits: number;
  readonly min: number;
  readonly max: number;
  /** Value of an empty field or an absent column. */
  readonly standard: number;
  /** The rest of an error message: what the value should be. */
  readonly rule: string;
}

const maxTimeUs = Number.MAX_SAFE_INTEGER;
/** 10^9 cpus, MB or gpus. */
const maxMilli = 1e12;
const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

const time = { required: true, digits: 6, min: 0, max: maxTimeUs, standard: 0 };
const amount = { digits: 3, min: 0, max: maxMilli, standard: 0 };

/** By slot. */
export const numberColumns: readonly NumberColumn[] = [
  { name: 'submit_s', ...time, rule: 'a submit time is a number of seconds, 0 or more' },
  { name: 'duration_s', ...time, rule: 'a duration is a number of seconds, 0 or more' },
  { name: 'cpus', required: true, ...amount, rule: 'cpus is a number, 0 or more' },
  { name: 'mem', required: true, ...amount, rule: 'mem is a number of MB, 0 or more' },
  { name: 'disk', ...amount, rule: 'disk is a number of MB, 0 or more' },
  { name: 'gpus', ...amount, rule: 'gpus is a number, 0 or more' },
  { name: 'tasks', digits: 0, min: 1, max: 1e9, standard: 1, rule: 'tasks is a whole number, 1 or more' },
  { name: 'gang', digits: 0, min: 0, max: 1, standard: 0, rule: 'gang is 0 or 1' },
  { name: 'priority', digits: 0, ...int32, standard: 0, rule: 'a priority is a whole number' },
  { name: 'exit', digits: 0, ...int32, standard: 0, rule: 'an exit status is a whole number' },
  {
    ...time,
    name: 'estimate_s',
    required: false,
    standard: -1,
    rule: 'an estimate of the duration is a number of seconds, 0 or more',
  },
];

const textColumns: Readonly<Record<string, number>> = {
  kind: Slot.kind,
  constraint: Slot.constraint,
  framework: Slot.framework,
  role: Slot.role,
  job: Slot.job,
  command: Slot.command,
};

const slotOfName = new Map<string, number>([
  ...numberColumns.map(({ name }, slot) => [name, slot] as const),
  ...Object.entries(textColumns),
]);

const requiredNames = numberColumns.filter(({ required }) => required === true).map(({ name }) => name);

export interface ColumnPlan {
  /** Slot of each column, in the order of the file. */
  readonly slots: Uint8Array;
  /** Names of the columns without a meaning. */
  readonly labels: readonly string[];
  /** The text slot whose value names the framework, or -1: one framework `default`. */
  readonly tenantSlot: number;
}

/**
 * @param names of the header row.
 * @param where path and line, for messages.
 * @param tenant name of the column that is the framework; `none` for one framework.
 */
export function planColumns(names: readonly string[], where: string, tenant = 'framework'): ColumnPlan {
  const seen = new Set<string>();
  for (const name of names) {
    if (name !== '' && seen.has(name))
      throw new TraceError(`${where}: the column ${quoted(name)} is there twice.`);
    seen.add(name);
  }
  const missing = requiredNames.filter((name) => !seen.has(name));
  if (missing.length > 0) {
    const separator = /^[^,]*[;\t]/.test(names[0]) ? '; the columns are to be separated by commas' : '';
    throw new TraceError(`${where}: the header has no column ${missing.join(', ')}${separator}.`);
  }
  const tenantColumn = tenantColumnOf(names, where, tenant);
  let tenantSlot = -1;
  const slots = Uint8Array.from(names, (name, column) => {
    const slot = slotOfName.get(name) ?? Slot.label;
    if (column === tenantColumn) {
      // A role or job keeps its meaning beside its new one; a label becomes the framework.
      tenantSlot = slot === Slot.role || slot === Slot.job ? slot : Slot.framework;
      return tenantSlot;
    }
    return slot === Slot.framework ? Slot.label : slot;
  });
  const labels = names.filter((name, column) => slots[column] === Slot.label && name !== '');
  return { slots, labels, tenantSlot };
}

function tenantColumnOf(names: readonly string[], where: string, tenant: string): number {
  const column = names.indexOf(tenant);
  if (column < 0) {
    if (tenant === 'framework' || tenant === 'none') return -1;
    throw new TraceError(`${where}: --tenant ${quoted(tenant)} names no column; there are ${listed(names)}.`);
  }
  const slot = slotOfName.get(tenant) ?? Slot.label;
  const canBeTenant =
    slot === Slot.framework || slot === Slot.role || slot === Slot.job || slot === Slot.label;
  if (!canBeTenant) {
    const usable = names.filter(
      (name) => !slotOfName.has(name) || ['framework', 'role', 'job'].includes(name),
    );
    throw new TraceError(
      `${where}: --tenant ${tenant}: that column is no name of a tenant; take ${listed(usable)}.`,
    );
  }
  return column;
}

/** Names of a header for a message, which a hostile file must not fill. */
function listed(names: readonly string[]): string {
  const shown = names.filter((name) => name !== '').slice(0, 20);
  return shown.map((name) => quoted(name).slice(1, -1)).join(', ') || 'none';
}
