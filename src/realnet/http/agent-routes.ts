import type { Micros } from '../../cluster/ids.js';
import type { AgentHost } from '../agent/agent-host.js';
import { executorApi } from './executor-api.js';
import { answerEmpty, answerJson, only, type Handler } from './exchange.js';
import { versionInfo } from './version-info.js';

export interface AgentFace {
  readonly host: AgentHost;
  /** Callers say who they are. */
  readonly isGuarded: boolean;
  readonly startedUs: Micros;
}

/** Everything that an agent serves, by path. */
export function agentRoutes({ host, isGuarded, startedUs }: AgentFace): Map<string, Handler> {
  return new Map<string, Handler>([
    ['/api/v1/executor', executorApi(host, isGuarded)],
    ['/health', only('GET', (exchange) => answerEmpty(exchange, 200))],
    ['/version', only('GET', (exchange) => answerJson(exchange, versionInfo(startedUs)))],
  ]);
}
