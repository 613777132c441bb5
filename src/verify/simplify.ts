/**
 * Makes a refuting case smaller once more, after fast-check: it shrinks what it drew, and so cannot leave out an entry in the
 * middle of lists that were put together from several draws.
 */

type Json = unknown;

/** Leaves out entries of lists and keys of maps, as long as the case still refutes. */
export function simplest(testCase: Json, refutes: (testCase: Json) => boolean): Json {
  let best = testCase;
  for (let round = 0; round < 20; round++) {
    const smaller = simplerOnes(best).find((candidate) => isValid(candidate, refutes));
    if (smaller === undefined) return best;
    best = smaller;
  }
  return best;
}

function isValid(candidate: Json, refutes: (testCase: Json) => boolean): boolean {
  try {
    return refutes(candidate);
  } catch {
    // Left out too much: no case of this property any more.
    return false;
  }
}

/** The case with one thing less, largest cuts first. Only histories have parts that can be left out freely. */
function simplerOnes(testCase: Json): Json[] {
  if (!isObject(testCase) || !isObject(testCase.history)) return [];
  const { history } = testCase;
  const steps = history.steps as readonly Json[];
  const withSteps = (changed: readonly Json[]): Json => ({
    ...testCase,
    history: { ...history, steps: changed },
  });
  const without = steps.map((_, i) => withSteps(steps.filter((_step, k) => k !== i)));
  const changed = steps.flatMap((step, i) =>
    simplerSteps(step).map((simpler) => withSteps(steps.map((other, k) => (k === i ? simpler : other)))),
  );
  return [...without, ...changed];
}

/** A step that names fewer things. */
function simplerSteps(step: Json): Json[] {
  if (!isObject(step)) return [];
  if (Array.isArray(step.roles) && step.roles.length > 1) {
    return step.roles.map((role: unknown) => ({ ...step, roles: [role] }));
  }
  if (isObject(step.weights)) {
    const entries = Object.entries(step.weights);
    if (entries.length < 2) return [];
    const cuts = [Math.floor(entries.length / 2), entries.length - 1];
    return cuts.map((length) => ({ ...step, weights: Object.fromEntries(entries.slice(0, length)) }));
  }
  return [];
}

function isObject(value: Json): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
