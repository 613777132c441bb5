import type { Micros } from '../../cluster/ids.js';
import type { Schedulers } from '../master/schedulers.js';
import type { AgentLinks } from '../master/agent-links.js';
import { API_VERSION, type MasterAddress } from '../wire/master-info.js';
import { agentLinkApi } from './agent-link-api.js';
import { answerEmpty, answerJson, only, refuse, type Handler } from './exchange.js';
import { EXPLAIN_PATH, explainApi } from './explain-api.js';
import { frontPage } from './front-page.js';
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
  return new Map<string, Handler>([
    ['/', frontPage(() => pageOf(address))],
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
}

function pageOf({ hostname, port }: MasterAddress): string[] {
  return [
    `This is a master of Agora. It speaks the Mesos v1 HTTP API (version ${API_VERSION}).`,
    '',
    '  POST /api/v1/scheduler   frameworks subscribe here',
    '  POST /api/v1             calls of operators, such as {"type":"GET_STATE"}',
    '  GET  /state, /state-summary, /slaves, /frameworks, /tasks, /roles, /metrics/snapshot,',
    '       /maintenance/schedule, /maintenance/status, /flags, /version, /health',
    '  GET  /agora/v1/explain   why frameworks get no offer',
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
