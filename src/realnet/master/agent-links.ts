import { idProblem, type AgentId, type FrameworkId } from '../../cluster/ids.js';
import { registrationProblem } from '../../cluster/master/agent-lifecycle.js';
import type {
  AgentCapability,
  AgentCommand,
  AgentInfo,
  RunningTask,
  UpdateReason,
} from '../../cluster/protocol.js';
import { resourcesFromJson } from '../../cluster/resources/json.js';
import { statusUpdate } from '../../cluster/task.js';
import {
  resourcesMessage,
  specMessage,
  specOf,
  type AgentCommandMessage,
  type AgentDescription,
  type AgentReportMessage,
  type RunningTaskMessage,
} from '../wire/agent-protocol.js';
import type { Message } from '../wire/message-reader.js';
import { WireError } from '../wire/wire-error.js';
import type { AgentPings } from './agent-pings.js';
import type { MasterHost } from './master-host.js';

/** One agent's end of the way to it: a stream of the network, or an agent in the same process. */
export interface AgentLink {
  send(command: AgentCommandMessage): void;
  /** The master has no more to say on it. */
  close(): void;
}

type Register = Extract<AgentReportMessage, { readonly type: 'REGISTER_AGENT' }>;
type ExecutorWord = Extract<AgentReportMessage, { readonly type: 'EXECUTOR_MESSAGE' | 'EXECUTOR_EXITED' }>;
type Update = Extract<AgentReportMessage, { readonly type: 'UPDATE' }>;

const CAPABILITIES: readonly AgentCapability[] = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESIZE_VOLUME',
  'AGENT_DRAINING',
];

/** The agents' side of a master: which link leads to which agent, and the words between them in the core's terms. */
export class AgentLinks {
  readonly #host: MasterHost;
  readonly #links = new Map<AgentId, AgentLink>();
  readonly #agents = new Map<AgentLink, AgentId>();
  /** Descriptions of frameworks as agents reported them: a master that has just begun knows them from nobody else (W-5.2). */
  readonly reportedFrameworks = new Map<FrameworkId, Message>();
  /** Told of registrations and pongs, when agents are pinged at all. */
  pings: AgentPings | undefined;
  #registered = 0;

  constructor(host: MasterHost) {
    this.#host = host;
    host.toAgent = (agent, command) => this.#command(agent, command);
  }

  /** Takes what an agent says. @throws ResourceJsonError for resources that are none, WireError for a name that is none */
  report(link: AgentLink, report: AgentReportMessage): void {
    if (report.type === 'REGISTER_AGENT') {
      this.#register(link, report);
      return;
    }
    const agent = this.#agents.get(link);
    if (agent === undefined) return;
    if (report.type === 'UPDATE') this.#update(agent, report);
    else if (report.type === 'EXECUTOR_MESSAGE' || report.type === 'EXECUTOR_EXITED')
      this.#executor(agent, report);
    else if (report.type === 'PONG') this.pings?.pong(agent);
    else this.lose(agent, 'REASON_AGENT_REMOVED');
  }

  /** The agent is lost, or goes for good; its link ends. */
  lose(agent: AgentId, reason: UpdateReason): void {
    this.#host.step({ type: 'AGENT_LOST', agent, reason });
    this.removed(agent);
  }

  /** The master counts the agent no more: there is nothing left to say to it, but that one which is gone has to end. */
  removed(agent: AgentId): void {
    this.pings?.forget(agent);
    const link = this.#links.get(agent);
    this.#links.delete(agent);
    if (link === undefined) return;
    this.#agents.delete(link);
    const isGone = this.#host.master.agents.get(agent)?.state === 'gone';
    if (isGone) this.#turnAway(link, 'an operator marked the agent gone');
    else this.#host.deliver(() => link.close());
  }

  /** The agent has to end, with all that it runs. */
  #turnAway(link: AgentLink, message: string): void {
    this.#host.deliver(() => {
      link.send({ type: 'SHUTDOWN', message });
      link.close();
    });
  }

  /** Asks an agent for a sign of life, if there is a way to it. */
  ping(agent: AgentId): void {
    this.#links.get(agent)?.send({ type: 'PING' });
  }

  /** The link broke. */
  closed(link: AgentLink): void {
    const agent = this.#agents.get(link);
    this.#agents.delete(link);
    if (agent === undefined || this.#links.get(agent) !== link) return;
    this.#links.delete(agent);
    this.#host.step({ type: 'AGENT_DISCONNECTED', agent });
  }

  #register(link: AgentLink, { agent: known, description, tasks, frameworks = {} }: Register): void {
    const { names, master } = this.#host;
    const problem = known && idProblem(known);
    if (problem !== undefined && problem !== '') throw new WireError(problem).within('agent');
    const name = known ?? `${master.masterId}-S${this.#registered++}`;
    const info = infoOf(name, description);
    const agent = names.agents.intern(name);
    const running = tasks.map((task) => this.#running(task));
    const input = { type: 'REGISTER_AGENT', agent, info, tasks: running } as const;
    const refusal = registrationProblem(master.cluster, input);
    if (refusal !== undefined) {
      this.#turnAway(link, refusal);
      names.settle();
      return;
    }
    const old = this.#links.get(agent);
    this.#links.set(agent, link);
    this.#agents.set(link, agent);
    if (old !== undefined && old !== link) {
      this.#agents.delete(old);
      old.close();
    }
    for (const [id, framework] of Object.entries(frameworks)) {
      const owner = names.frameworks.find(id);
      if (owner !== undefined) this.reportedFrameworks.set(owner, framework);
    }
    this.pings?.registered(agent);
    this.#host.step(input);
    if (master.agents.get(agent)?.state === 'registered') return;
    this.pings?.forget(agent);
    this.#links.delete(agent);
    this.#agents.delete(link);
    this.#turnAway(link, `the master does not take the agent ${name} (again)`);
  }

  #running({ framework: name, role, task, resources, spec, state }: RunningTaskMessage): RunningTask {
    const { names } = this.#host;
    const framework = names.frameworks.intern(name);
    return {
      framework,
      role: names.roles.intern(role),
      task: names.taskId(framework, task),
      resources: resourcesFromJson(resources).resources,
      spec: specOf(spec),
      state,
    };
  }

  #update(agent: AgentId, report: Update): void {
    const { names } = this.#host;
    const framework = names.frameworks.find(report.framework);
    if (framework === undefined) return;
    const task = names.taskId(framework, report.task);
    const { state, update, source, reason, message, timestamp, details } = report;
    this.#host.step(
      statusUpdate(framework, agent, task, state, update, source, reason, message, timestamp, details),
    );
  }

  #executor(agent: AgentId, report: ExecutorWord): void {
    const framework = this.#host.names.frameworks.find(report.framework);
    if (framework === undefined) return;
    const from = { framework, agent, executorId: report.executor };
    if (report.type === 'EXECUTOR_MESSAGE')
      this.#host.step({ type: 'EXECUTOR_MESSAGE', ...from, data: report.data });
    else this.#host.step({ type: 'EXECUTOR_EXITED', ...from, status: report.status });
  }

  #command(agent: AgentId, command: AgentCommand): void {
    const link = this.#links.get(agent);
    if (link === undefined) return;
    const message = this.#message(command);
    this.#host.deliver(() => link.send(message));
  }

  #message(command: AgentCommand): AgentCommandMessage {
    const { names, master } = this.#host;
    const { type } = command;
    if (type === 'AGENT_REGISTERED') return { type, agent: names.agent(command.agent) };
    const framework = names.framework(command.framework);
    switch (type) {
      case 'RUN_TASK': {
        const { role, task, resources, spec } = command;
        const info = master.frameworks.get(command.framework)?.info.payload;
        return {
          type,
          framework,
          ...(info !== undefined && { frameworkInfo: info as Message }),
          role: names.roles.path(role),
          task: names.task(task),
          resources: resourcesMessage(resources),
          spec: specMessage(spec),
        };
      }
      case 'KILL_TASK': {
        const { graceUs, reason } = command;
        const how = { ...(graceUs !== undefined && { graceUs }), ...(reason !== undefined && { reason }) };
        return { type, framework, task: names.task(command.task), ...how };
      }
      case 'ACKNOWLEDGE':
        return { type, framework, task: names.task(command.task), update: Number(command.update) };
      case 'SHUTDOWN_FRAMEWORK':
      case 'RESEND_UPDATES':
        return { type, framework };
      case 'EXECUTOR_MESSAGE':
        return { type, framework, executor: command.executorId, data: command.data };
      case 'SHUTDOWN_EXECUTOR':
        return { type, framework, executor: command.executorId };
    }
  }
}

function infoOf(
  id: string,
  { hostname, ip, port, resources, attributes, domain }: AgentDescription,
): AgentInfo {
  return {
    id,
    hostname,
    ip,
    port,
    total: resourcesFromJson(resources).resources,
    attributes,
    capabilities: CAPABILITIES,
    ...(domain && { domain }),
  };
}
