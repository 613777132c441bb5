/**
 * Largest quantity of one scalar and largest end of a range: 2^40, an exabyte counted in MB (the cap of
 * In milli-units it stays exact in a double, and so does the sum over 8,000 agents of that size.
 */
export const MAX_QUANTITY = 2 ** 40;

/**
 * Decimal text to milli-units, rounded half up on the fourth decimal (semantics-notes C-4).
 *
 * @returns undefined when the text is no plain decimal number (`2.5`, `.5`, `512`; no sign, no exponent) or
 * is above {@link MAX_QUANTITY}.
 */
export function parseMilli(text: string): number | undefined {
  const match = /^(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole, decimals = ''] = match;
  if (whole === '' && decimals === '') return undefined;
  const kept = Number(decimals.slice(0, 3).padEnd(3, '0'));
  const milli = Number(whole) * 1000 + kept + (decimals.charCodeAt(3) >= FIVE ? 1 : 0);
  return milli <= MAX_QUANTITY * 1000 ? milli : undefined;
}

const FIVE = '5'.charCodeAt(0);

/** Milli-units as the shortest decimal text: 2500 is `2.5`, 512000 is `512`. */
export function formatMilli(milli: number): string {
  const size = Math.abs(milli);
  const rest = size % 1000;
  const decimals = rest === 0 ? '' : `.${String(rest).padStart(3, '0').replace(/0+$/, '')}`;
  return `${milli < 0 ? '-' : ''}${(size - rest) / 1000}${decimals}`;
}

/** A double of the wire to milli-units, rounded half away from zero. */
export function milliOf(value: number): number {
  const milli = Math.round(Math.abs(value) * 1000);
  return value < 0 ? -milli : milli;
}

/** Milli-units as the double that the wire carries: whole part plus thousandths. */
export function doubleOf(milli: number): number {
  const rest = milli % 1000;
  return (milli - rest) / 1000 + rest / 1000;
}
