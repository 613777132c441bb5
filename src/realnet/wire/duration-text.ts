/** Nanoseconds in one of each unit, as durations are written in Mesos. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  sec: 1e9,
  min: 60e9,
  m: 60e9,
  hr: 3600e9,
  h: 3600e9,
  day: 86_400e9,
  d: 86_400e9,
  week: 604_800e9,
  w: 604_800e9,
};

/** Reads a duration that is given as text, such as `10mins` or `1.5s`, in nanoseconds; undefined: it is none. */
export function nanosecondsOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,9})?) ?([a-z]+)$/.exec(text) ?? [];
  const nanos = unit === undefined ? undefined : (UNITS[unit] ?? UNITS[unit.replace(/s$/, '')]);
  return nanos === undefined ? undefined : Math.round(Number(amount) * nanos);
}

/**
 * Microseconds as a field of nanoseconds. It is text, because those of a date are more than a double holds; both encodings
 * write it as the number that it is (W-1.23).
 */
export function nanosText(us: number): string {
  const micros = Math.round(us);
  return micros === 0 ? '0' : `${micros}000`;
}
