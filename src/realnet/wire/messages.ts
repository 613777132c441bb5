/**
 * The messages of the v1 API as this program handles them, in their JSON form. The definitions are in the folder proto; a
 * message that was read has passed them, so that a field which is required there is not optional here.
 */
import type { Attribute, Domain, TaskState, UpdateReason } from '../../cluster/protocol.js';
import type { ResourceJson } from '../../cluster/resources/json.js';
import type { CheckInfoMessage, HealthCheckMessage } from './check-messages.js';

export interface IdMessage {
  readonly value: string;
}

export interface DurationMessage {
  /** Text where a double would not be exact. */
  readonly nanoseconds: number | string;
}

export interface CapabilityMessage {
  readonly type?: string;
}

export interface QuantitiesMessage {
  readonly quantities?: Readonly<Record<string, { readonly value: number }>>;
}

export interface InverseAnswerMessage {
  readonly inverse_offer_ids?: readonly IdMessage[];
  readonly filters?: FiltersMessage;
}

/** Exactly one field of each has to be set. */
export interface AttributeConstraintMessage {
  readonly selector: { readonly attribute_name?: string; readonly pseudoattribute_type?: string };
  readonly predicate: {
    readonly exists?: object;
    readonly not_exists?: object;
    readonly text_equals?: { readonly value: string };
    readonly text_not_equals?: { readonly value: string };
    readonly text_matches?: { readonly regex: string };
    readonly text_not_matches?: { readonly regex: string };
  };
}

export interface OfferConstraintsMessage {
  readonly role_constraints?: Readonly<
    Record<
      string,
      {
        readonly groups?: readonly {
          readonly attribute_constraints?: readonly AttributeConstraintMessage[];
        }[];
      }
    >
  >;
}

export interface FrameworkInfoMessage {
  readonly user: string;
  readonly name: string;
  readonly id?: IdMessage;
  /** Seconds. */
  readonly failover_timeout: number;
  readonly checkpoint: boolean;
  readonly role?: string;
  readonly roles?: readonly string[];
  readonly hostname?: string;
  readonly principal?: string;
  readonly webui_url?: string;
  readonly capabilities?: readonly CapabilityMessage[];
  readonly offer_filters?: Readonly<
    Record<
      string,
      { readonly min_allocatable_resources?: { readonly quantities?: readonly QuantitiesMessage[] } }
    >
  >;
}

export interface EnvironmentMessage {
  readonly variables?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly type?: string;
    readonly secret?: { readonly type?: string; readonly value?: { readonly data: string } };
  }[];
}

/** ContainerInfo, as far as somebody looks into it. */
export interface ContainerMessage {
  readonly type: 'DOCKER' | 'MESOS';
  readonly volumes?: readonly { readonly container_path: string }[];
  readonly mesos?: { readonly image?: object };
}

export interface UriMessage {
  readonly value: string;
  readonly executable?: boolean;
  readonly extract: boolean;
  readonly cache?: boolean;
  readonly output_file?: string;
}

export interface CommandMessage {
  readonly value?: string;
  readonly shell: boolean;
  readonly arguments?: readonly string[];
  readonly user?: string;
  readonly environment?: EnvironmentMessage;
  readonly uris?: readonly UriMessage[];
}

export interface ExecutorInfoMessage {
  readonly executor_id: IdMessage;
  /** `DEFAULT`: the agent's own, which runs the commands of task groups. */
  readonly type?: string;
  readonly framework_id?: IdMessage;
  readonly name?: string;
  readonly source?: string;
  readonly command?: CommandMessage;
  readonly container?: ContainerMessage;
  readonly resources?: readonly ResourceJson[];
  readonly shutdown_grace_period?: DurationMessage;
}

/** A status of a task, as far as somebody looks into it. */
export interface TaskStatusMessage {
  readonly task_id: IdMessage;
  readonly state: TaskState;
  readonly message?: string;
  readonly source?: string;
  readonly reason?: UpdateReason;
  readonly executor_id?: IdMessage;
  readonly timestamp?: number;
  readonly uuid?: string;
}

export interface ExecutorCallMessage {
  readonly type?: string;
  readonly executor_id: IdMessage;
  readonly framework_id: IdMessage;
  readonly subscribe?: {
    readonly unacknowledged_tasks?: readonly TaskInfoMessage[];
    readonly unacknowledged_updates?: readonly { readonly status: TaskStatusMessage }[];
  };
  readonly update?: { readonly status: TaskStatusMessage };
  readonly message?: { readonly data: string };
}

export interface KillPolicyMessage {
  readonly grace_period?: DurationMessage;
}

export interface TaskInfoMessage {
  readonly name: string;
  readonly task_id: IdMessage;
  readonly agent_id: IdMessage;
  readonly resources?: readonly ResourceJson[];
  readonly executor?: ExecutorInfoMessage;
  readonly container?: ContainerMessage;
  readonly command?: CommandMessage;
  readonly health_check?: HealthCheckMessage;
  readonly check?: CheckInfoMessage;
  readonly kill_policy?: KillPolicyMessage;
  readonly max_completion_time?: DurationMessage;
  /** Without end is `Infinity` as text, since JSON has no number for it. */
  readonly limits?: Readonly<Record<string, { readonly value: number | string }>>;
}

export interface RequestMessage {
  readonly resources?: readonly ResourceJson[];
  readonly count?: number;
  readonly all_or_nothing?: boolean;
  readonly constraint?: string;
  readonly priority?: number;
  readonly estimate?: DurationMessage;
}

export interface FiltersMessage {
  readonly refuse_seconds: number;
}

export interface OperationMessage {
  readonly type?: string;
  readonly id?: IdMessage;
  readonly launch?: { readonly task_infos?: readonly TaskInfoMessage[] };
  readonly launch_group?: {
    readonly executor: ExecutorInfoMessage;
    readonly task_group: { readonly tasks?: readonly TaskInfoMessage[] };
  };
  readonly reserve?: {
    readonly resources?: readonly ResourceJson[];
    readonly source?: readonly ResourceJson[];
  };
  readonly unreserve?: { readonly resources?: readonly ResourceJson[] };
  readonly create?: { readonly volumes?: readonly ResourceJson[] };
  readonly destroy?: { readonly volumes?: readonly ResourceJson[] };
  readonly grow_volume?: { readonly volume: ResourceJson; readonly addition: ResourceJson };
  readonly shrink_volume?: { readonly volume: ResourceJson; readonly subtract: { readonly value: number } };
}

interface RolesMessage {
  readonly roles?: readonly string[];
}

export interface SchedulerCallMessage {
  readonly type?: string;
  readonly framework_id?: IdMessage;
  readonly subscribe?: {
    readonly framework_info: FrameworkInfoMessage;
    readonly suppressed_roles?: readonly string[];
    readonly offer_constraints?: OfferConstraintsMessage;
  };
  readonly update_framework?: {
    readonly framework_info: FrameworkInfoMessage;
    readonly suppressed_roles?: readonly string[];
    readonly offer_constraints?: OfferConstraintsMessage;
  };
  readonly reconcile_operations?: {
    readonly operations?: readonly { readonly operation_id: IdMessage; readonly agent_id?: IdMessage }[];
  };
  readonly accept_inverse_offers?: InverseAnswerMessage;
  readonly decline_inverse_offers?: InverseAnswerMessage;
  readonly accept?: {
    readonly offer_ids?: readonly IdMessage[];
    readonly operations?: readonly OperationMessage[];
    readonly filters?: FiltersMessage;
  };
  readonly decline?: { readonly offer_ids?: readonly IdMessage[]; readonly filters?: FiltersMessage };
  readonly revive?: RolesMessage;
  readonly suppress?: RolesMessage;
  readonly kill?: {
    readonly task_id: IdMessage;
    readonly agent_id?: IdMessage;
    readonly kill_policy?: KillPolicyMessage;
  };
  readonly acknowledge?: { readonly agent_id: IdMessage; readonly task_id: IdMessage; readonly uuid: string };
  readonly acknowledge_operation_status?: { readonly agent_id?: IdMessage; readonly uuid: string };
  readonly reconcile?: {
    readonly tasks?: readonly { readonly task_id: IdMessage; readonly agent_id?: IdMessage }[];
  };
  readonly message?: {
    readonly agent_id: IdMessage;
    readonly executor_id: IdMessage;
    readonly data: string;
  };
  readonly shutdown?: { readonly executor_id: IdMessage; readonly agent_id: IdMessage };
  readonly request?: { readonly requests?: readonly RequestMessage[] };
}

/** An attribute of an agent, as offers and agent descriptions have it. */
export function attributeMessage(attribute: Attribute): Readonly<Record<string, unknown>> {
  const { name, type } = attribute;
  switch (attribute.type) {
    case 'TEXT':
      return { name, type, text: { value: attribute.text } };
    case 'SCALAR':
      return { name, type, scalar: { value: attribute.milli / 1000 } };
    case 'RANGES':
      return { name, type, ranges: { range: attribute.ranges.map(([begin, end]) => ({ begin, end })) } };
  }
}

/** DomainInfo. */
export function domainMessage({ region, zone }: Domain): Readonly<Record<string, unknown>> {
  return { fault_domain: { region: { name: region }, zone: { name: zone } } };
}
