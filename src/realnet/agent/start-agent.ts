import { join } from 'node:path';
import { Authenticator } from '../auth/authenticator.js';
import { basicAuthorization, type Credential } from '../auth/credentials.js';
import { wallClock } from '../clock.js';
import { agentRoutes } from '../http/agent-routes.js';
import type { Handler } from '../http/exchange.js';
import { HttpServer } from '../http/http-server.js';
import type { Log } from '../log.js';
import { LoggingLevel } from '../logging-level.js';
import type { ServerSecurity } from '../master/start-master.js';
import type { OutputLimits } from '../process/output-files.js';
import type { TaskGuard } from '../process/task-guard.js';
import type { UserPolicy } from '../process/task-user.js';
import { lock, unlock } from '../registry/folder-lock.js';
import { Timers } from '../timers.js';
import type { AgentDescription } from '../wire/agent-protocol.js';
import { AgentHost } from './agent-host.js';
import { AgentState } from './agent-state.js';
import type { ReconfigurationPolicy } from './reconfiguration.js';
import { MasterLink, type MasterLinkOptions } from './master-link.js';

export interface AgentSettings {
  /** How the agent describes itself; its port is known when it listens. */
  readonly description: Omit<AgentDescription, 'port'>;
  /** IPv4 address to listen on. */
  readonly listenIp: string;
  /** 0: any. */
  readonly port: number;
  /** An existing folder. */
  readonly workDir: string;
  readonly users: UserPolicy;
  readonly output?: OutputLimits;
  readonly executorRegistrationMs?: number;
  readonly executorReregistrationMs?: number;
  readonly reconfiguration?: ReconfigurationPolicy;
  /** @defaultValue none: tasks may outlive their agent */
  readonly guard?: TaskGuard;
  readonly security?: ServerSecurity;
  readonly master: MasterLinkOptions['master'];
  /** What the agent says of itself to the master. */
  readonly credential?: Credential;
  /** Speaks TLS to the master. */
  readonly tls?: MasterLinkOptions['tls'];
  readonly backoffMs: number;
  readonly silenceMs: number;
  /** How it was started, by option, for those who ask. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly log: Log;
  /** @defaultValue one of its own, which is right where no other uses the log */
  readonly logging?: LoggingLevel;
  /** The agent cannot go on: the master refuses it. */
  readonly fatal: (why: string) => void;
}

/** An agent that serves. */
export interface RunningAgent {
  readonly host: AgentHost;
  readonly port: number;
  /** Ends everything but the tasks that may outlive their agent: the next agent in the same folder finds them. */
  leave(graceMs: number): Promise<void>;
  /** Kills all tasks, tells the master that this agent is gone, then ends everything. */
  stop(graceMs: number): Promise<void>;
}

/** Those who watch over daemons have no credentials; executors have a token of their own. */
const OPEN_PATHS = new Set(['/health', '/api/v1/executor']);

/** What an agent is, wherever its master is. */
export type AgentServerSettings = Omit<
  AgentSettings,
  'master' | 'credential' | 'tls' | 'backoffMs' | 'silenceMs' | 'fatal'
> &
  Pick<Partial<AgentSettings>, 'fatal'>;

/** An agent that serves and has no link to a master yet. */
export interface AgentServer {
  readonly host: AgentHost;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts an agent's server and takes over what an earlier agent left.
 *
 * @throws FolderError, ReconfigurationError, NodeJS.ErrnoException; nothing is left that was started
 */
export async function serveAgent(settings: AgentServerSettings): Promise<AgentServer> {
  const mark = join(settings.workDir, 'agent.lock');
  lock(mark, 'agent');
  try {
    const { server, ...served } = await serve(settings);
    const close = async (): Promise<void> => {
      await server.close();
      unlock(mark);
    };
    return { ...served, close };
  } catch (error) {
    unlock(mark);
    throw error;
  }
}

async function serve(
  settings: AgentServerSettings,
): Promise<Omit<AgentServer, 'close'> & { readonly server: HttpServer }> {
  const { workDir, log, users, output, executorRegistrationMs, executorReregistrationMs, fatal } = settings;
  const clock = wallClock();
  const { credentials, tls } = settings.security ?? {};
  const routes = new Map<string, Handler>();
  const server = new HttpServer({
    routes,
    hostname: settings.description.hostname,
    prefix: '/slave(1)',
    log,
    ...(tls && { tls }),
    ...(credentials && {
      guard: { authenticator: new Authenticator(credentials), realm: 'mesos-agent', open: OPEN_PATHS },
    }),
  });
  const port = await listen(server, settings);
  const isGuarded = credentials !== undefined;
  const host = new AgentHost({
    description: { ...settings.description, port },
    workDir,
    users,
    clock,
    timers: new Timers(clock),
    log,
    asksToken: isGuarded,
    hasPort: settings.port !== 0,
    ...(settings.guard && { guard: settings.guard }),
    ...(settings.reconfiguration && { reconfiguration: settings.reconfiguration }),
    ...(output && { output }),
    ...(executorRegistrationMs !== undefined && { executorRegistrationMs }),
    ...(executorReregistrationMs !== undefined && { executorReregistrationMs }),
    ...(fatal && { unwanted: fatal }),
  });
  try {
    await host.recover();
  } catch (error) {
    await server.close();
    throw error;
  }
  const { flags = {}, logging = new LoggingLevel(log) } = settings;
  const face = { host, isGuarded, startedUs: clock(), flags, logging };
  for (const [path, handler] of agentRoutes(face)) routes.set(path, handler);
  return { host, port, server };
}

/** Any port is best the one that executors of an earlier agent know. */
async function listen(
  server: HttpServer,
  { port, listenIp, workDir, log }: AgentServerSettings,
): Promise<number> {
  const known = port === 0 ? new AgentState(workDir, log).load()?.agent.description.port : undefined;
  if (known === undefined) return await server.listen(port, listenIp);
  try {
    return await server.listen(known, listenIp);
  } catch {
    return await server.listen(0, listenIp);
  }
}

/** Starts an agent, which finds its master by itself. @throws NodeJS.ErrnoException when it cannot listen; FolderError */
export async function startAgent(settings: AgentSettings): Promise<RunningAgent> {
  const { log, master, backoffMs, silenceMs, tls, credential, fatal } = settings;
  const served = await serveAgent(settings);
  const { host, port } = served;
  const link = new MasterLink(host, {
    master,
    backoffMs,
    silenceMs,
    log,
    refused: fatal,
    ...(tls && { tls }),
    ...(credential && { authorization: basicAuthorization(credential) }),
  });
  link.start();
  return {
    host,
    port,
    leave: async (graceMs) => {
      await host.leave(graceMs);
      await link.stop();
      await served.close();
    },
    stop: async (graceMs) => {
      await host.stop(graceMs);
      await link.stop();
      await served.close();
    },
  };
}
