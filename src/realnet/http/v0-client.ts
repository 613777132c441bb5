import type { Exchange, Refusal } from './exchange.js';

/** What is said to a driver of the v0 API (libprocess messages of native libmesos); undefined: it is none. */
export function v0Refusal({ request, path }: Pick<Exchange, 'request' | 'path'>): Refusal | undefined {
  const { 'libprocess-from': from, 'user-agent': agent = '' } = request.headers;
  const isV0 = from !== undefined || agent.startsWith('libprocess/') || path.includes('/mesos.');
  if (!isV0) return undefined;
  return {
    status: 501,
    reason:
      'libprocess (the v0 API) is not spoken here; use a client of the v1 HTTP API, at /api/v1/scheduler',
  };
}
