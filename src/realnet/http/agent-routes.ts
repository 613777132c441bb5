import type { Micros } from '../../cluster/ids.js';
import { answerEmpty, answerJson, only, type Handler } from './exchange.js';
import { versionInfo } from './version-info.js';

export interface AgentFace {
  readonly startedUs: Micros;
}

/** Everything that an agent serves, by path. */
export function agentRoutes({ startedUs }: AgentFace): Map<string, Handler> {
  return new Map<string, Handler>([
    ['/health', only('GET', (exchange) => answerEmpty(exchange, 200))],
    ['/version', only('GET', (exchange) => answerJson(exchange, versionInfo(startedUs)))],
  ]);
}
