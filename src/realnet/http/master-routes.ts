import type { Micros } from '../../cluster/ids.js';
import type { Schedulers } from '../master/schedulers.js';
import type { AgentLinks } from '../master/agent-links.js';
import { API_VERSION, type MasterAddress } from '../wire/master-info.js';
import { agentLinkApi, LINK_PATH, REPORTS_PATH } from './agent-link-api.js';
import { answerEmpty, answerJson, only, refuse, type Handler } from './exchange.js';
import { EXPLAIN_PATH, explainApi } from './explain-api.js';
import { endpointLines, frontPage } from './front-page.js';
import { legacyApi } from './legacy-api.js';
import { legacyWrites } from './legacy-writes.js';
import { operatorApi, type OperatorFace } from './operator-api.js';
import { schedulerApi } from './scheduler-api.js';
import { KILL_PATH, killApi } from './task-api.js';
import { versionInfo } from './version-info.js';

export interface MasterFace {
  readonly schedulers: Schedulers;
  readonly agents: AgentLinks;
  readonly address: MasterAddress;
  readonly startedUs: Micros;
  readonly operator: OperatorFace;
}

/** Everything that a master serves, by path. */
export function masterRoutes({
  schedulers,
  agents,
  address,
  startedUs,
  operator,
}: MasterFace): Map<string, Handler> {
  const routes: Map<string, Handler> = new Map<string, Handler>([
    ['/', frontPage(() => pageOf(address, routes))],
    ['/api/v1/scheduler', schedulerApi(schedulers)],
    ['/api/v1', operatorApi(operator)],
    [KILL_PATH, killApi(operator.operator)],
    [EXPLAIN_PATH, explainApi(operator.host)],
    ...agentLinkApi(agents),
    ...legacyApi(operator),
    ...legacyWrites(operator),
    ['/health', only('GET', (exchange) => answerEmpty(exchange, 200))],
    ['/version', only('GET', (exchange) => answerJson(exchange, versionInfo(startedUs)))],
    ['/redirect', only('GET', redirect(address))],
  ]);
  return routes;
}

function pageOf({ hostname, port }: MasterAddress, routes: ReadonlyMap<string, Handler>): string[] {
  return [
    `This is a master of Agora. It speaks the Mesos v1 HTTP API (version ${API_VERSION}).`,
    '',
    ...endpointLines(routes, {
      '/api/v1/scheduler': 'frameworks subscribe here',
      '/api/v1': 'calls of operators, such as {"type":"GET_STATE"}',
      [EXPLAIN_PATH]: 'why frameworks get no offer',
      [KILL_PATH]: 'kills one task',
      [LINK_PATH]: 'agents of Agora register here',
      [REPORTS_PATH]: 'and report here',
    }),
    '',
    `From a terminal: agora ps --master ${hostname}:${port}; agora --help lists the rest.`,
  ];
}

/** To the leading master: this one (W-1.7). */
function redirect(address: MasterAddress): Handler {
  return (exchange) => {
    if (exchange.path !== '/redirect') {
      refuse(exchange, { status: 404, reason: 'there is nothing behind /redirect' });
      return;
    }
    exchange.response.setHeader('Location', `//${address.hostname}:${address.port}`);
    answerEmpty(exchange, 307);
  };
}
