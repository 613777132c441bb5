/**
 * What an agent and its master say to each other: the core's reports and commands with names in place of ids. Plain JSON.
 * Mesos has a protocol of its own here, so this one is Agora's.
 */
import type { Micros } from '../../cluster/ids.js';
import type {
  Attribute,
  Domain,
  TaskSpec,
  TaskState,
  UpdateReason,
  UpdateSource,
} from '../../cluster/protocol.js';
import { resourcesFromJson, resourcesToJson, type ResourceJson } from '../../cluster/resources/json.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { Message } from './message-reader.js';
import { attributeMessage, domainMessage } from './messages.js';

/** An agent as it describes itself. */
export interface AgentDescription {
  readonly hostname: string;
  readonly ip: string;
  readonly port: number;
  readonly resources: readonly ResourceJson[];
  readonly attributes: readonly Attribute[];
  readonly domain?: Domain;
}

type PlainSpec = Pick<TaskSpec, 'name' | 'executorId' | 'executorDigest' | 'graceUs' | 'payload'>;

/** {@link TaskSpec} as it travels. */
export interface SpecMessage extends PlainSpec {
  readonly executorResources?: readonly ResourceJson[];
}

export interface TaskMessage {
  readonly framework: string;
  readonly role: string;
  readonly task: string;
  readonly resources: readonly ResourceJson[];
  readonly spec: SpecMessage;
}

export interface RunningTaskMessage extends TaskMessage {
  readonly state: TaskState;
}

/** What an executor and its framework have to say to each other, in either direction; nobody keeps it. */
export interface ExecutorMessage {
  readonly type: 'EXECUTOR_MESSAGE';
  readonly framework: string;
  readonly executor: string;
  /** Bytes in base64. */
  readonly data: string;
}

export type AgentReportMessage =
  | {
      readonly type: 'REGISTER_AGENT';
      /** Absent: it was never registered. */
      readonly agent?: string;
      readonly description: AgentDescription;
      readonly tasks: readonly RunningTaskMessage[];
      /** Descriptions of the frameworks whose tasks these are, by their ids: a new master knows none of them (W-5.2). */
      readonly frameworks?: Readonly<Record<string, Message>>;
    }
  | { readonly type: 'PONG' }
  | ExecutorMessage
  /** An executor that was named has ended. `status` -1: it is not known. */
  | {
      readonly type: 'EXECUTOR_EXITED';
      readonly framework: string;
      readonly executor: string;
      readonly status: number;
    }
  /** It goes for good, and has killed what ran there. */
  | { readonly type: 'UNREGISTER_AGENT' }
  | {
      readonly type: 'UPDATE';
      readonly framework: string;
      readonly task: string;
      readonly state: TaskState;
      readonly update: number;
      readonly source: UpdateSource;
      readonly reason?: UpdateReason;
      readonly message?: string;
      readonly timestamp: Micros;
      readonly details?: unknown;
    };

export type AgentCommandMessage =
  | { readonly type: 'AGENT_REGISTERED'; readonly agent: string }
  | ({ readonly type: 'RUN_TASK'; readonly frameworkInfo?: Message } & TaskMessage)
  | {
      readonly type: 'KILL_TASK';
      readonly framework: string;
      readonly task: string;
      readonly graceUs?: Micros;
      readonly reason?: UpdateReason;
    }
  | {
      readonly type: 'ACKNOWLEDGE';
      readonly framework: string;
      readonly task: string;
      readonly update: number;
    }
  | { readonly type: 'SHUTDOWN_FRAMEWORK'; readonly framework: string }
  | { readonly type: 'RESEND_UPDATES'; readonly framework: string }
  | ExecutorMessage
  | { readonly type: 'SHUTDOWN_EXECUTOR'; readonly framework: string; readonly executor: string }
  /** Asks for a PONG. */
  | { readonly type: 'PING' }
  /** The master does not want this agent: it kills what runs there and goes (W-5.8). */
  | { readonly type: 'SHUTDOWN'; readonly message: string };

export function specMessage(spec: TaskSpec): SpecMessage {
  const { executorResources } = spec;
  return {
    ...plainPart(spec),
    ...(executorResources && { executorResources: resourcesMessage(executorResources) }),
  };
}

/** @throws ResourceJsonError */
export function specOf(message: SpecMessage): TaskSpec {
  const { executorResources } = message;
  return {
    ...plainPart(message),
    ...(executorResources && { executorResources: resourcesFromJson(executorResources).resources }),
  };
}

/** What is the same on both sides. The rest of a spec is for the master alone. */
function plainPart({ name, executorId, executorDigest, graceUs, payload }: PlainSpec): PlainSpec {
  return {
    name,
    ...(executorId !== undefined && { executorId }),
    ...(executorDigest !== undefined && { executorDigest }),
    ...(graceUs !== undefined && { graceUs }),
    ...(payload !== undefined && { payload }),
  };
}

export function resourcesMessage(resources: Resources): ResourceJson[] {
  return resourcesToJson(resources, { legacy: false });
}

/** AgentInfo. @param id undefined: the master has given it none yet */
export function agentInfoMessage(
  { hostname, port, resources, attributes, domain }: AgentDescription,
  id: string | undefined,
): Message {
  return {
    hostname,
    port,
    ...(id !== undefined && { id: { value: id } }),
    resources,
    ...(attributes.length > 0 && { attributes: attributes.map(attributeMessage) }),
    ...(domain && { domain: domainMessage(domain) }),
  };
}
