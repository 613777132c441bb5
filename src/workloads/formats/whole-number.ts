/** The whole number that a field holds: digits alone, up to 2^53. NaN for everything else. */
export function parseWhole(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return value <= Number.MAX_SAFE_INTEGER ? value : NaN;
}
