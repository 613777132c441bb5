/**
 * The candidate most like a misspelt word, for "did you mean": at most two slips away, one in a word of
 * two or three letters, none in a shorter one.
 * A slip is a letter added, left out, replaced, or two neighbours swapped.
 *
 * @returns undefined when nothing is near
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.min(2, word.length >> 1) + 1;
  for (const candidate of candidates) {
    const count = slips(word.toLowerCase(), candidate.toLowerCase());
    if (count < fewest) {
      fewest = count;
      best = candidate;
    }
  }
  return best;
}

/** Optimal string alignment distance. */
function slips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
