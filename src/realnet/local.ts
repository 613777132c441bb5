import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ResourceJson } from '../cluster/resources/json.js';
import type { AgentHost } from './agent/agent-host.js';
import { serveAgent, type AgentServer, type AgentServerSettings } from './agent/start-agent.js';
import type { AgentLink } from './master/agent-links.js';
import { LoggingLevel } from './logging-level.js';
import { startMaster, type MasterSettings, type RunningMaster } from './master/start-master.js';
import { TaskGuard } from './process/task-guard.js';
import { OWN_USER } from './process/task-user.js';
import type { AgentCommandMessage, AgentReportMessage } from './wire/agent-protocol.js';
import { makeFolder } from '../report/out/make-folder.js';

export interface LocalSettings extends MasterSettings {
  /** Number of agents. */
  readonly agents: number;
  /** Of each agent. */
  readonly resources: readonly ResourceJson[];
  /** Where the agents keep their sandboxes. */
  readonly workDir: string;
  /** The folder is removed when the cluster stops, or this process is killed. @defaultValue false */
  readonly isTemporary?: boolean;
  /** Of each agent, what `agora agent` has options for and `agora local` has none. */
  readonly agentSettings?: Partial<Pick<AgentServerSettings, 'users' | 'executorRegistrationMs'>>;
}

/** A master and agents in one process. */
export interface LocalCluster {
  readonly master: RunningMaster;
  /** Kills the tasks, then ends everything, with the folder if it is temporary. */
  stop(): Promise<void>;
}

/** How long tasks have to end by themselves when the cluster stops. */
const STOP_GRACE_MS = 1000;

/**
 * Starts a cluster on this machine, whole or not at all.
 *
 * @throws NodeJS.ErrnoException when the address cannot be listened on; FolderError, RegistryError
 */
export async function startLocal(settings: LocalSettings): Promise<LocalCluster> {
  const logging = new LoggingLevel(settings.log);
  const guard = new TaskGuard(settings.isTemporary === true ? settings.workDir : undefined);
  let master: RunningMaster | undefined;
  const agents: AgentServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(agents.map(({ host }) => host.stop(STOP_GRACE_MS)));
    // What they said last is heard: they are gone, and nobody waits for them.
    await turn();
    await Promise.all(agents.map((agent) => agent.close()));
    await master?.stop();
    await guard.close();
  };
  try {
    const started = (master = await startMaster({ ...settings, logging }));
    for (let i = 0; i < settings.agents; i++) {
      const agent = await startAgent(settings, join(settings.workDir, `agent-${i}`), { logging, guard });
      connect(started, agent.host);
      agents.push(agent);
    }
    return { master: started, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAgent(
  { hostname, ip, resources, log, agentSettings }: LocalSettings,
  folder: string,
  shared: Pick<AgentServerSettings, 'logging' | 'guard'>,
): Promise<AgentServer> {
  await makeFolder(folder);
  return await serveAgent({
    description: { hostname, ip, resources, attributes: [] },
    listenIp: ip,
    port: 0,
    workDir: folder,
    users: OWN_USER,
    ...agentSettings,
    reconfiguration: 'new',
    flags: { work_dir: folder, ip, port: '0', hostname },
    log,
    ...shared,
  });
}

/** Connects an agent to a master in the same process. Nobody is called inside a step of his own. */
function connect(master: RunningMaster, agent: AgentHost): void {
  const link: AgentLink = {
    send: (command: AgentCommandMessage) => setImmediate(() => agent.command(command)),
    close: () => agent.disconnected(),
  };
  agent.connected((report: AgentReportMessage) => setImmediate(() => master.agents.report(link, report)));
}
