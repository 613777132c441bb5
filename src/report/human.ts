/** Numbers as a person reads them: with units, few digits, thousands separated. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** Seconds as `43 ms`, `3.2 s`, `41 s`, `4m 02s`, `3h 58m`, `2d 04h`; `-` for null. */
export function humanDuration(seconds: number | null): string {
  if (seconds === null) return '-';
  if (seconds === 0) return '0 s';
  if (seconds < 0.9995) return seconds < 0.0005 ? '<1 ms' : `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1).replace('.0', '')} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}m ${twoDigits(whole % MINUTE)}s`;
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < 2 * 24 * 60) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
  const hours = Math.round(seconds / HOUR);
  return `${humanCount(Math.floor(hours / 24))}d ${twoDigits(hours % 24)}h`;
}

/** A length of time that needs no second unit: `24 h`, `7 days`, `90 s`, `2h 15m`. */
export function humanSpan(seconds: number): string {
  const days = Math.round(seconds / DAY);
  if (days >= 2 && Math.abs(seconds - days * DAY) < HOUR) return `${humanCount(days)} days`;
  const hours = Math.round(seconds / HOUR);
  if (hours >= 1 && Math.abs(seconds - hours * HOUR) < MINUTE) return `${hours} h`;
  return humanDuration(seconds);
}

/** A part of one as `31 %`, `0.4 %`; `-` for null. */
export function humanPart(part: number | null): string {
  if (part === null) return '-';
  const percent = part * 100;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  // 99.97 % is not all.
  const isNearEnd = (percent > 0 && percent < 9.95) || (percent >= 99.5 && percent < 100);
  return `${isNearEnd ? Math.min(percent, 99.9).toFixed(1).replace(/\.0$/, '') : Math.round(percent)} %`;
}

/** A factor with two significant decimals: `0.31`, `1.25`, `12`. */
export function humanFactor(factor: number): string {
  return factor >= 9.995 ? humanCount(Math.round(factor)) : factor.toFixed(2);
}

export function humanCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 task`, `24,131 tasks`. */
export function humanCounted(count: number, noun: string): string {
  return `${humanCount(count)} ${count === 1 ? noun : `${noun}s`}`;
}

const SIZES = ['MB', 'GB', 'TB', 'PB'];

/** A quantity of a resource: `2,400 cpus`, `7.0 TB mem`; sizes in powers of 1024 MB. */
export function humanResource(name: string, milli: number): string {
  if (name !== 'mem' && name !== 'disk') return `${humanDecimal(milli / 1000)} ${name}`;
  let size = milli / 1000;
  let unit = 0;
  while (size >= 1024 && unit < SIZES.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${humanDecimal(size)} ${SIZES[unit]} ${name}`;
}

function humanDecimal(value: number): string {
  if (Number.isInteger(value) || value >= 99.95) return humanCount(Math.round(value));
  return value.toFixed(1);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
