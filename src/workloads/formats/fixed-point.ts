/**
 * Decimal text to integers of a smaller unit (semantics-notes C-4): 6 digits make microseconds of seconds, 3 make
 * milli-units. What comes after the last kept digit is rounded half up, looking at the next digit only.
 */

/** Powers of ten up to 10^6. */
export const powersOfTen = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;

const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;
const mostIntegerDigits = 17;

/**
 * The value of `text` times 10^digits. Any sign, an exponent and a missing part before or after the point are allowed.
 * NaN if it is no number, plus or minus Infinity if it is one that a double does not hold exactly.
 */
export function parseFixed(text: string, digits: number): number {
  const match = decimal.exec(text);
  if (match === null) return NaN;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const all = whole + fraction;
  if (all === '') return NaN;
  const significant = all.replace(/^0+/, '');
  if (significant === '') return 0;
  // How many of the significant digits stand before the point of the result.
  const kept = significant.length - fraction.length + Number(exponent) + digits;
  if (kept < 0) return 0;
  if (kept > mostIntegerDigits) return sign === '-' ? -Infinity : Infinity;
  const integer = Number(significant.slice(0, kept).padEnd(kept, '0'));
  const rounded = integer + (significant.charAt(kept) >= '5' ? 1 : 0);
  const exact = rounded <= Number.MAX_SAFE_INTEGER ? rounded : Infinity;
  return sign === '-' ? 0 - exact : exact;
}

const zero = 48;
const point = 46;

/** {@link parseFixed} of the bytes [start, end), without a string for plain numbers. */
export function parseFixedBytes(bytes: Uint8Array, start: number, end: number, digits: number): number {
  const plain = parsePlainFixed(bytes, start, end, digits);
  if (plain >= 0) return plain;
  return parseFixed(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 400))), digits);
}

/** {@link parseFixed} of digits with at most a point and `digits` more; -1 for everything else. */
export function parsePlainFixed(bytes: Uint8Array, start: number, end: number, digits: number): number {
  let at = start;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - zero;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  const wholeDigits = at - start;
  let fractionDigits = 0;
  if (at < end && bytes[at] === point) {
    for (at++; at < end && fractionDigits < digits; at++) {
      const digit = bytes[at] - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      fractionDigits++;
    }
  }
  const isPlain = at === end && wholeDigits > 0 && wholeDigits + digits <= 15;
  return isPlain ? value * powersOfTen[digits - fractionDigits] : -1;
}
