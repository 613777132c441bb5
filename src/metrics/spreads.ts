import { LogCdf } from './cdf.js';
import type { Recorder } from './recorder.js';

/** Waits at or below a millisecond count as none. */
const LEAST_WAIT_US = 1000;
/** Tenants with a curve of their own. */
const MOST_CURVES = 5;

export interface Curve {
  /** Null: all together. */
  readonly name: string | null;
  /** Tasks or jobs. */
  readonly count: number;
  /** Value, in seconds for waits, and the part of all at or below it. */
  readonly points: readonly { readonly value: number; readonly part: number }[];
}

/** The spread of waits over tasks that started: all, then the roles (or frameworks) with the most tasks. */
export function waitCurves({ trace, startUs, topRoles, topOf }: Recorder): Curve[] {
  const isByRole = topRoles.length > 1;
  const names = isByRole ? topRoles : trace.frameworks;
  const tenantOf = isByRole ? trace.role.map((role) => topOf[role]) : trace.framework;
  const shown = mostTasks(tenantOf, names.length);
  const all = new LogCdf(LEAST_WAIT_US);
  const own = names.map((_, tenant) => (shown.has(tenant) ? new LogCdf(LEAST_WAIT_US) : undefined));
  for (let task = 0; task < trace.taskCount; task++) {
    if (startUs[task] < 0) continue;
    const edge = all.edgeOf(startUs[task] - trace.submitUs[task]);
    all.addAt(edge);
    own[tenantOf[task]]?.addAt(edge);
  }
  const curve = (name: string | null, cdf: LogCdf): Curve => ({
    name,
    count: cdf.total,
    points: cdf.points().map(({ value, part }) => ({ value: value / 1e6, part })),
  });
  const curves = names.flatMap((name, tenant) => {
    const cdf = own[tenant];
    return cdf === undefined || cdf.total === 0 ? [] : [curve(name, cdf)];
  });
  return [curve(null, all), ...(names.length > 1 ? curves : [])];
}

/** The spread of bounded slowdowns over jobs that ran and ended. */
export function slowdownCurve(slowdowns: Float64Array): Curve {
  const cdf = new LogCdf(1);
  for (let job = 0; job < slowdowns.length; job++) cdf.add(slowdowns[job]);
  return { name: null, count: cdf.total, points: cdf.points() };
}

function mostTasks(tenantOf: Int32Array, tenants: number): Set<number> {
  const counts = new Float64Array(tenants);
  for (let task = 0; task < tenantOf.length; task++) counts[tenantOf[task]]++;
  const order = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
  return new Set(order.slice(0, MOST_CURVES));
}
