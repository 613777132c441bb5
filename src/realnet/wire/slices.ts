import { performance } from 'node:perf_hooks';

/** Longest that long answers, all together, hold everybody else up in one turn of the loop, in milliseconds. */
const SLICE_MS = 2;

interface Job {
  /** Goes on until it is done or the time is up. @returns whether it is done */
  readonly goOn: (end: number) => boolean;
}

/** Work under way, the next first. */
const jobs: Job[] = [];

/**
 * Does work that may be long between other things: wherever it yields it may be put off to the next turn of the loop. All such
 * work of a program takes turns, so that ten long answers hold nobody up longer at once than one does.
 */
export function inSlices<Result>(work: Generator<unknown, Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const goOn = (end: number): boolean => {
      try {
        do {
          const step = work.next();
          if (step.done !== true) continue;
          resolve(step.value);
          return true;
        } while (performance.now() < end);
        return false;
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return true;
      }
    };
    jobs.push({ goOn });
    if (jobs.length === 1) setImmediate(turn);
  });
}

function turn(): void {
  const end = performance.now() + SLICE_MS;
  do {
    const isDone = jobs[0].goOn(end);
    const job = jobs.shift();
    if (!isDone && job !== undefined) jobs.push(job);
  } while (jobs.length > 0 && performance.now() < end);
  if (jobs.length > 0) setImmediate(turn);
}

/** A sorted copy; yields wherever a pause is possible. Equal items keep their order. */
export function* sortedInSlices<Item>(
  items: readonly Item[],
  compare: (a: Item, b: Item) => number,
): Generator<undefined, Item[]> {
  let from: Item[] = [];
  for (let at = 0; at < items.length; at += RUN) {
    for (const item of items.slice(at, at + RUN).sort(compare)) from.push(item);
    yield undefined;
  }
  for (let width = RUN; width < from.length; width *= 2) {
    const to: Item[] = [];
    for (let start = 0; start < from.length; start += 2 * width) {
      let left = start;
      let right = Math.min(start + width, from.length);
      const [middle, end] = [right, Math.min(start + 2 * width, from.length)];
      while (left < middle || right < end) {
        const takesLeft = right === end || (left < middle && compare(from[left], from[right]) <= 0);
        to.push(from[takesLeft ? left++ : right++]);
        if (to.length % RUN === 0) yield undefined;
      }
    }
    from = to;
  }
  return from;
}

/** So many are sorted or merged without a pause. */
const RUN = 512;
