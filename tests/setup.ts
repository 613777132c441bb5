/**
 * Runs before each test file. A failing property prints its seed, path and shrunk case; two variables of the
 * environment repeat it or search longer:
 * - FC_SEED: integer, the seed of every property (default: a new one each run);
 * - FC_RUNS: positive integer, cases per property where the test names no number of its own.
 */
const settings = { seed: integer('FC_SEED'), numRuns: integer('FC_RUNS') };

if (settings.seed !== undefined || settings.numRuns !== undefined) {
  const { configureGlobal } = await import('fast-check');
  configureGlobal(Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)));
}

function integer(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`${name} is "${text}"; it takes an integer`);
  return value;
}

export {};
