/**
 * Makes a case smaller once more, after fast-check or where it does not shrink: fast-check shrinks what it drew, and so cannot
 * leave out an entry in the middle of lists that were put together from several draws.
 */

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

/** Cases that are tried at most. */
const MOST_TRIES = 1500;

/** Leaves out parts and lowers numbers, largest cuts first, as long as the case still shows what it showed. */
export function simplest(testCase: Json, shows: (testCase: Json) => boolean): Json {
  let best = testCase;
  let tries = 0;
  const isBetter = (candidate: Json): boolean => {
    if (tries++ >= MOST_TRIES) return false;
    try {
      return shows(candidate);
    } catch {
      // Left out too much: no case of this property any more.
      return false;
    }
  };
  for (let progress = true; progress && tries < MOST_TRIES;) {
    progress = false;
    for (const simpler of isObject(testCase) && isObject(testCase.history) ? historyCuts : economyCuts) {
      // What was left out at one place shifts the rest: the same place is tried again.
      for (let at = 0; ;) {
        const candidate = simpler(best as JsonObject, at);
        if (candidate === END) break;
        if (candidate !== undefined && isGrowth(candidate) && isBetter(candidate)) {
          best = candidate;
          progress = true;
        } else at++;
      }
    }
  }
  return best;
}

/** There are no more places. */
const END = Symbol('end');

/** The case with one thing less at a place; undefined: nothing to gain there; {@link END}. */
type Cut = (testCase: JsonObject, at: number) => Json;

// ---- histories

const stepsOf = ({ history }: JsonObject): readonly Json[] =>
  (history as JsonObject).steps as readonly Json[];

const withSteps = (testCase: JsonObject, steps: readonly Json[]): Json => ({
  ...testCase,
  history: { ...(testCase.history as JsonObject), steps },
});

/** Leaves out so many steps at once; where something is done to the history at a place, it stays before the same step. */
function withoutSteps(count: number): Cut {
  return (testCase, at) => {
    const steps = stepsOf(testCase);
    if (at + count > steps.length || steps.length === count) return END;
    const less = withSteps(testCase, [...steps.slice(0, at), ...steps.slice(at + count)]) as JsonObject;
    if (typeof testCase.at !== 'number') return less;
    const place = testCase.at % steps.length;
    return { ...less, at: place >= at + count ? place - count : Math.min(place, at) };
  };
}

/** Something is done at an earlier place. */
const earlier: Cut = (testCase, at) => {
  const { at: place } = testCase;
  return typeof place !== 'number' || at >= Math.min(place, stepsOf(testCase).length)
    ? END
    : { ...testCase, at };
};

/** Makes steps simpler in place. */
const simplerSteps: Cut = (testCase, at) => {
  let place = at;
  for (const [i, step] of stepsOf(testCase).entries()) {
    const options = simplerOf(step);
    if (place < options.length) {
      return withSteps(
        testCase,
        stepsOf(testCase).map((other, k) => (k === i ? options[place] : other)),
      );
    }
    place -= options.length;
  }
  return END;
};

const historyCuts: readonly Cut[] = [
  earlier,
  withoutSteps(8),
  withoutSteps(4),
  withoutSteps(2),
  withoutSteps(1),
  simplerSteps,
];

/** Steps that name fewer things, or smaller ones. */
function simplerOf(step: Json): Json[] {
  if (!isObject(step)) return [];
  const options: Json[] = [];
  if (Array.isArray(step.roles) && step.roles.length > 1) {
    options.push(...step.roles.map((role: unknown) => ({ ...step, roles: [role] })));
  }
  if (isObject(step.weights)) {
    const entries = Object.entries(step.weights);
    const cuts = entries.length < 2 ? [] : [1, Math.floor(entries.length / 2), entries.length - 1];
    options.push(
      ...cuts.map((length) => ({ ...step, weights: Object.fromEntries(entries.slice(0, length)) })),
    );
  }
  if (typeof step.count === 'number' && step.count > 1) options.push({ ...step, count: 1 });
  if (typeof step.pick === 'number' && step.pick > 0)
    options.push({ ...step, pick: 0 }, { ...step, pick: step.pick - 1 });
  if (step.half === true) options.push({ ...step, half: false });
  for (const key of ['capabilities', 'allOrNothing', 'suppressedRoles', 'used']) {
    if (step[key] === undefined) continue;
    options.push(Object.fromEntries(Object.entries(step).filter(([name]) => name !== key)));
  }
  return options;
}

// ---- economies

/** Users that a case speaks of by number. */
const PICKS = ['leaver', 'newcomer', 'user'];

const withoutUser: Cut = (testCase, at) => {
  const users = testCase.users as readonly Json[];
  if (at >= users.length || users.length === 1) return END;
  const result: Record<string, Json> = { ...testCase, users: users.filter((_, i) => i !== at) };
  for (const key of PICKS) {
    if (testCase[key] === at) return undefined;
    if (typeof testCase[key] === 'number' && testCase[key] > at) result[key] = testCase[key] - 1;
  }
  const lies = (testCase.lies ?? (testCase.lie === undefined ? [] : [testCase.lie])) as readonly {
    user: number;
  }[];
  if (lies.some(({ user }) => user === at)) return undefined;
  const moved = lies.map((lie) => ({ ...lie, user: lie.user > at ? lie.user - 1 : lie.user }));
  if (testCase.lies !== undefined) result.lies = moved;
  if (testCase.lie !== undefined) [result.lie] = moved;
  return result;
};

const withoutAgent: Cut = (testCase, at) => {
  const agents = (testCase.agents ?? []) as readonly Json[];
  if (at >= agents.length || agents.length === 1) return END;
  const keep = (list: readonly Json[]): Json => list.filter((_, i) => i !== at);
  return {
    ...testCase,
    agents: keep(agents),
    ...(testCase.grown !== undefined && { grown: keep(testCase.grown as readonly Json[]) }),
  };
};

/** Vectors have a place per resource. */
const withoutResource: Cut = (testCase, at) => {
  const demands = (testCase.users as readonly { demand: readonly number[] }[]).map(({ demand }) => demand);
  const [first] = demands;
  if (at >= first.length || first.length === 1) return END;
  // Nobody needs nothing.
  if (demands.some((demand) => demand.every((amount, r) => r === at || amount === 0))) return undefined;
  const cut = (value: Json): Json => {
    if (Array.isArray(value)) {
      return value.length === first.length && value.every((entry) => typeof entry === 'number')
        ? value.filter((_, i) => i !== at)
        : value.map(cut);
    }
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, cut(entry)]))
      : value;
  };
  return cut(testCase);
};

/** What a case can do without, and what it is then. */
const PLAIN: JsonObject = { formerRoles: 0, before: [], nested: false, oneRole: false, durations: 0 };

const plainer: Cut = (testCase, at) => {
  const keys = Object.keys(PLAIN);
  if (at >= keys.length) return END;
  const key = keys[at];
  if (testCase[key] === undefined || JSON.stringify(testCase[key]) === JSON.stringify(PLAIN[key]))
    return undefined;
  return { ...testCase, [key]: PLAIN[key] };
};

/** The least that a number may be made, by the name it stands under: the ranges of the generators. */
const LEAST: Readonly<Record<string, number>> = {
  demand: 1,
  report: 1,
  weight: 1,
  seconds: 1,
  capacity: 4,
  agents: 4,
  grown: 4,
};

/** Lowers one number: to the least, by half, by one. */
const lower: Cut = (testCase, at) => {
  const leaves = leavesOf(testCase, [], undefined);
  const leaf = leaves[Math.floor(at / 3)];
  if (leaf === undefined) return END;
  const { path, value, least } = leaf;
  if (value <= least) return undefined;
  const to = [least, Math.ceil((value + least) / 2), value - 1][at % 3];
  return to === value ? undefined : replaced(testCase, path, to);
};

const economyCuts: readonly Cut[] = [withoutUser, withoutAgent, withoutResource, plainer, lower];

/** What grew, if anything did, is no smaller than before. */
function isGrowth(testCase: Json): boolean {
  const { grown, capacity, agents } = testCase as JsonObject;
  if (grown === undefined) return true;
  const before = [capacity ?? agents].flat(2) as number[];
  return ([grown].flat(2) as number[]).every((amount, i) => amount >= before[i]);
}

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly value: number;
  readonly least: number;
}

function leavesOf(value: Json, path: readonly (string | number)[], least: number | undefined): Leaf[] {
  if (typeof value === 'number') return least === undefined ? [] : [{ path, value, least }];
  if (Array.isArray(value)) return value.flatMap((entry, i) => leavesOf(entry, [...path, i], least));
  if (!isObject(value)) return [];
  // A behaviour stays what the menu has.
  return Object.entries(value).flatMap(([key, entry]) =>
    key === 'behaviour' ? [] : leavesOf(entry, [...path, key], LEAST[key]),
  );
}

/** The value with another number at a place. */
export function replaced(value: Json, path: readonly (string | number)[], by: number): Json {
  if (path.length === 0) return by;
  const [first, ...rest] = path;
  if (Array.isArray(value)) {
    return value.map((entry: unknown, i) => (i === first ? replaced(entry, rest, by) : entry));
  }
  const object = value as JsonObject;
  return { ...object, [first]: replaced(object[first], rest, by) };
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
