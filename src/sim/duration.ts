import type { Micros } from '../cluster/ids.js';

/** Units of a duration in microseconds; Mesos's spellings (`5secs`) beside the short ones. */
const unitUs: Readonly<Record<string, number>> = {
  ns: 1e-3,
  us: 1,
  ms: 1e3,
  s: 1e6,
  sec: 1e6,
  secs: 1e6,
  m: 60e6,
  min: 60e6,
  mins: 60e6,
  h: 3600e6,
  hr: 3600e6,
  hrs: 3600e6,
  d: 86400e6,
  day: 86400e6,
  days: 86400e6,
  w: 7 * 86400e6,
  week: 7 * 86400e6,
  weeks: 7 * 86400e6,
};

/**
 * Reads a duration of 0 or more: a decimal number and a unit, several of them (`2h15m`), or a bare number of seconds.
 *
 * @returns microseconds, rounded to the nearest; undefined when the text is no duration
 */
export function parseDuration(text: string): Micros | undefined {
  const trimmed = text.trim();
  if (/^\d*\.?\d+$/.test(trimmed)) return Math.round(Number(trimmed) * 1e6);
  let total = 0;
  let rest = trimmed;
  while (rest !== '') {
    const part = /^(\d*\.?\d+)\s*([a-z]+)\s*/i.exec(rest);
    const unit = part === null ? undefined : unitUs[part[2].toLowerCase()];
    if (part === null || unit === undefined) return undefined;
    total += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return trimmed === '' || !Number.isSafeInteger(Math.round(total)) ? undefined : Math.round(total);
}

/** A time as a person reads it: `12.5 s`, `3m 05s`, `2h 14m 03s`. */
export function formatDuration(us: Micros): string {
  if (us < 60e6) return `${us / 1e6} s`;
  const seconds = Math.floor(us / 1e6);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}h ${pad(minutes)}m ${pad(seconds % 60)}s` : `${minutes}m ${pad(seconds % 60)}s`;
}
