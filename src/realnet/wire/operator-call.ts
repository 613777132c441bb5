import type { ResourceJson } from '../../cluster/resources/json.js';
import type { MachineMessage, ScheduleMessage } from './maintenance.js';
import type { DurationMessage, IdMessage } from './messages.js';

interface AgentMessage {
  readonly agent_id: IdMessage;
}

export interface SetLoggingLevelMessage {
  readonly level: number;
  readonly duration: DurationMessage;
}

export interface QuotaRequestMessage {
  readonly force?: boolean;
  readonly role?: string;
  readonly guarantee?: readonly ResourceJson[];
}

/** A call of the operator API (mesos-http-api 6.1), in its JSON form. */
export interface OperatorCallMessage {
  readonly type?: string;
  readonly set_logging_level?: SetLoggingLevelMessage;
  readonly list_files?: { readonly path: string };
  readonly read_file?: { readonly path: string; readonly offset: number; readonly length?: number };
  readonly update_weights?: {
    readonly weight_infos?: readonly { readonly role?: string; readonly weight: number }[];
  };
  readonly set_quota?: { readonly quota_request: QuotaRequestMessage };
  readonly remove_quota?: { readonly role: string };
  readonly update_quota?: {
    readonly force?: boolean;
    readonly quota_configs?: readonly {
      readonly role: string;
      readonly guarantees?: unknown;
      readonly limits?: unknown;
    }[];
  };
  readonly reserve_resources?: AgentMessage & {
    readonly resources?: readonly ResourceJson[];
    readonly source?: readonly ResourceJson[];
  };
  readonly unreserve_resources?: AgentMessage & { readonly resources?: readonly ResourceJson[] };
  readonly create_volumes?: AgentMessage & { readonly volumes?: readonly ResourceJson[] };
  readonly destroy_volumes?: AgentMessage & { readonly volumes?: readonly ResourceJson[] };
  readonly grow_volume?: {
    readonly agent_id?: IdMessage;
    readonly volume: ResourceJson;
    readonly addition: ResourceJson;
  };
  readonly shrink_volume?: {
    readonly agent_id?: IdMessage;
    readonly volume: ResourceJson;
    readonly subtract: { readonly value: number };
  };
  readonly update_maintenance_schedule?: { readonly schedule: ScheduleMessage };
  readonly start_maintenance?: { readonly machines?: readonly MachineMessage[] };
  readonly stop_maintenance?: { readonly machines?: readonly MachineMessage[] };
  readonly teardown?: { readonly framework_id: IdMessage };
  readonly mark_agent_gone?: AgentMessage;
  readonly drain_agent?: AgentMessage & {
    readonly max_grace_period?: { readonly seconds?: number; readonly nanos?: number };
    readonly mark_gone?: boolean;
  };
  readonly deactivate_agent?: AgentMessage;
  readonly reactivate_agent?: AgentMessage;
}

/** Calls whose content has to be there, under its own name in lower case. */
const WITH_CONTENT: ReadonlySet<string> = new Set([
  'GET_METRICS',
  'SET_LOGGING_LEVEL',
  'LIST_FILES',
  'READ_FILE',
  'UPDATE_WEIGHTS',
  'UPDATE_QUOTA',
  'SET_QUOTA',
  'REMOVE_QUOTA',
  'RESERVE_RESOURCES',
  'UNRESERVE_RESOURCES',
  'CREATE_VOLUMES',
  'DESTROY_VOLUMES',
  'GROW_VOLUME',
  'SHRINK_VOLUME',
  'UPDATE_MAINTENANCE_SCHEDULE',
  'START_MAINTENANCE',
  'STOP_MAINTENANCE',
  'TEARDOWN',
  'MARK_AGENT_GONE',
  'DRAIN_AGENT',
  'DEACTIVATE_AGENT',
  'REACTIVATE_AGENT',
]);

/** Why a call is not one; undefined: it is. */
export function operatorCallProblem(call: OperatorCallMessage): string | undefined {
  const { type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  const content = type.toLowerCase();
  if (!WITH_CONTENT.has(type) || content in call) return undefined;
  return `Expecting '${content}' to be present`;
}
