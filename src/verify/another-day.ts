/** Half a year, and some: another year, month, day, hour and second, odd where this one is even. */
const SHIFT_MS = ((183 * 24 + 7) * 3600 + 37 * 60 + 11) * 1000 + 333;

/** Runs something with the clock of the program put forward: who looks at it answers otherwise. */
export function onAnotherDay<T>(run: () => T): T {
  const today = globalThis.Date;
  const now = (): number => today.now() + SHIFT_MS;
  globalThis.Date = new Proxy(today, {
    construct: (target, args, self) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, self) as object,
    apply: (target) => new target(now()).toString(),
    get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
  });
  try {
    return run();
  } finally {
    globalThis.Date = today;
  }
}
