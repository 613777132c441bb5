import type { Micros } from '../../cluster/ids.js';
import type { AgentHost } from '../agent/agent-host.js';
import { AgentView } from '../agent/agent-view.js';
import type { LoggingLevel } from '../logging-level.js';
import { agentApi } from './agent-api.js';
import { filesApi } from './files-api.js';
import { executorApi } from './executor-api.js';
import { answerEmpty, answerJson, only, type Handler } from './exchange.js';
import { endpointLines, frontPage } from './front-page.js';
import { versionInfo } from './version-info.js';

export interface AgentFace {
  readonly host: AgentHost;
  /** Callers say who they are. */
  readonly isGuarded: boolean;
  readonly startedUs: Micros;
  /** How the agent was started, by option. */
  readonly flags: Readonly<Record<string, string>>;
  readonly logging: LoggingLevel;
}

/** Everything that an agent serves, by path. */
export function agentRoutes({ host, isGuarded, startedUs, flags, logging }: AgentFace): Map<string, Handler> {
  const version = versionInfo(startedUs);
  const view = new AgentView(host, startedUs);
  const metrics = (): Record<string, number> => ({
    'slave/uptime_secs': (Date.now() - startedUs / 1000) / 1000,
    'slave/registered': host.isConnected ? 1 : 0,
    'slave/executors_running': view.executors.length,
    'slave/tasks_running': host.tasks.onAgent(0).length,
  });
  const files = host.files;
  const browser = filesApi(files);
  const routes: Map<string, Handler> = new Map<string, Handler>([
    ['/', frontPage(() => pageOf(host, routes))],
    ['/api/v1', agentApi({ view, files, version, metrics, flags, logging })],
    ...browser,
    ['/state', only('GET', (exchange) => answerJson(exchange, view.state(version, flags)))],
    [
      '/containers',
      only('GET', async (exchange) =>
        answerJson(exchange, await view.containers(exchange.query.get('container_id') ?? undefined)),
      ),
    ],
    ['/monitor/statistics', only('GET', async (exchange) => answerJson(exchange, await view.statistics()))],
    ['/metrics/snapshot', only('GET', (exchange) => answerJson(exchange, metrics()))],
    ['/api/v1/executor', executorApi(host, isGuarded)],
    ['/flags', only('GET', (exchange) => answerJson(exchange, { flags }))],
    ['/health', only('GET', (exchange) => answerEmpty(exchange, 200))],
    ['/version', only('GET', (exchange) => answerJson(exchange, version))],
  ]);
  return routes;
}

function pageOf({ id, isConnected }: AgentHost, routes: ReadonlyMap<string, Handler>): string[] {
  return [
    `This is an agent of Agora${id === undefined ? '' : `, ${id}`}; it has ${isConnected ? 'a' : 'no'} master.`,
    '',
    ...endpointLines(routes, {
      '/api/v1/executor': 'executors subscribe here',
      '/api/v1': 'calls such as {"type":"GET_TASKS"}',
      '/files/browse': '?path=, sandboxes of tasks',
    }),
  ];
}
