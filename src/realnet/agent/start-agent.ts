import { Authenticator } from '../auth/authenticator.js';
import { basicAuthorization, type Credential } from '../auth/credentials.js';
import { wallClock } from '../clock.js';
import { agentRoutes } from '../http/agent-routes.js';
import { HttpServer } from '../http/http-server.js';
import type { Log } from '../log.js';
import type { ServerSecurity } from '../master/start-master.js';
import type { UserPolicy } from '../process/task-user.js';
import { Timers } from '../timers.js';
import type { AgentDescription } from '../wire/agent-protocol.js';
import { AgentHost } from './agent-host.js';
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
  readonly security?: ServerSecurity;
  readonly master: MasterLinkOptions['master'];
  /** What the agent says of itself to the master. */
  readonly credential?: Credential;
  /** Speaks TLS to the master. */
  readonly tls?: MasterLinkOptions['tls'];
  readonly backoffMs: number;
  readonly silenceMs: number;
  readonly log: Log;
  /** The agent cannot go on: the master refuses it. */
  readonly fatal: (why: string) => void;
}

/** An agent that serves. */
export interface RunningAgent {
  readonly host: AgentHost;
  readonly port: number;
  /** Kills the tasks, tells the master, then ends everything. */
  stop(graceMs: number): Promise<void>;
}

/** Those who watch over daemons have no credentials. */
const OPEN_PATHS = new Set(['/health']);

/** Starts an agent, which finds its master by itself. @throws NodeJS.ErrnoException when the address cannot be listened on */
export async function startAgent(settings: AgentSettings): Promise<RunningAgent> {
  const { workDir, log, master, backoffMs, silenceMs, tls, credential, fatal } = settings;
  const clock = wallClock();
  const { credentials, tls: serverTls } = settings.security ?? {};
  const server = new HttpServer({
    routes: agentRoutes({ startedUs: clock() }),
    prefix: '/slave(1)',
    log,
    ...(serverTls && { tls: serverTls }),
    ...(credentials && {
      guard: { authenticator: new Authenticator(credentials), realm: 'mesos-agent', open: OPEN_PATHS },
    }),
  });
  const port = await server.listen(settings.port, settings.listenIp);
  const description = { ...settings.description, port };
  const host = new AgentHost({
    description,
    workDir,
    users: settings.users,
    clock,
    timers: new Timers(clock),
    unwanted: fatal,
  });
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
    stop: async (graceMs) => {
      await host.stop(graceMs);
      await link.stop();
      await server.close();
    },
  };
}
