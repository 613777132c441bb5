import { maintenanceStatus } from '../master/maintenance-calls.js';
import { LegacyState } from '../state/legacy-state.js';
import { masterMetrics } from '../state/metrics.js';
import { encodeSliced, Sliced } from '../wire/sliced.js';
import { answerJson, only, type Exchange, type Handler } from './exchange.js';
import type { OperatorFace } from './operator-api.js';
import { SlicedAnswers } from './sliced-answer.js';
import { versionInfo } from './version-info.js';

/** The documents of a master that came before the v1 API and that tools still read (mesos-http-api 6.4). */
export function legacyApi(face: OperatorFace): Map<string, Handler> {
  const { host, address, startedUs, flags, events } = face;
  const state = new LegacyState(host);
  const answers = new SlicedAnswers();
  const sliced = (content: (exchange: Exchange) => Generator<undefined, Sliced>): Handler =>
    only('GET', (exchange) => {
      const key = `${exchange.path}?${exchange.query.toString()}`;
      return answers.send(exchange, 'application/json', key, () => written(content(exchange)));
    });
  return new Map<string, Handler>([
    ['/state', sliced(() => state.state(address, startedUs, flags, versionInfo(startedUs)))],
    ['/state-summary', sliced(() => state.summary(address))],
    ['/slaves', sliced(({ query }) => agents(state, query.get('slave_id') ?? undefined))],
    ['/frameworks', sliced(({ query }) => frameworks(state, query.get('framework_id') ?? undefined))],
    ['/tasks', sliced(({ query }) => state.tasks(query))],
    ['/roles', sliced(() => state.roles())],
    ['/maintenance/status', only('GET', (exchange) => answerJson(exchange, maintenanceStatus(host)))],
    ['/flags', only('GET', (exchange) => answerJson(exchange, { flags }))],
    [
      '/metrics/snapshot',
      sliced(function* () {
        return new Sliced(yield* masterMetrics(host, startedUs, events.count));
      }),
    ],
  ]);
}

function* written(content: Generator<undefined, Sliced>): Generator<undefined, Uint8Array[]> {
  return yield* encodeSliced(undefined, 'json', yield* content);
}

function* agents(state: LegacyState, id: string | undefined): Generator<undefined, Sliced> {
  const usage = yield* state.usage();
  return new Sliced({
    slaves: state.agents(usage, id, true),
    recovered_slaves: state.recoveredAgents(usage),
  });
}

function* frameworks(state: LegacyState, id: string | undefined): Generator<undefined, Sliced> {
  const lists = state.frameworkLists(yield* state.usage(), id);
  return new Sliced({ ...lists, unregistered_frameworks: [] });
}
