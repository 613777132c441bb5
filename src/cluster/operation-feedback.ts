/** Operations of ACCEPT that change resources, and what a framework is told of those that carry an id. */
import type { AgentId, FrameworkId, RoleId } from './ids.js';
import type { Resources } from './resources/resources.js';

/** RESERVE, UNRESERVE, CREATE, DESTROY, GROW and SHRINK all turn some resources into others. */
export type ConversionName = 'RESERVE' | 'UNRESERVE' | 'CREATE' | 'DESTROY' | 'GROW_VOLUME' | 'SHRINK_VOLUME';

export interface Conversion {
  readonly type: 'CONVERT';
  readonly name: ConversionName;
  readonly from: Resources;
  readonly to: Resources;
  /** The framework's own; with it, it is told what becomes of the operation. */
  readonly id?: string;
  /** The role that its resources say they are allocated to; absent: they leave that to the offer. */
  readonly role?: RoleId;
  /** Why the edge could make no sense of it. */
  readonly problem?: string;
}

/** Conversions are done or refused at once, so these are the only states that an operation is ever in. */
export type OperationState =
  | 'OPERATION_FINISHED'
  | 'OPERATION_ERROR'
  | 'OPERATION_UNKNOWN'
  | 'OPERATION_UNREACHABLE'
  | 'OPERATION_GONE_BY_OPERATOR'
  | 'OPERATION_RECOVERING';

/** Nothing has to be acknowledged: what is not heard is asked for by RECONCILE_OPERATIONS. */
export interface OperationEvent {
  readonly type: 'UPDATE_OPERATION_STATUS';
  readonly id: string;
  readonly state: OperationState;
  readonly message?: string;
  /** What it made. */
  readonly converted?: Resources;
  /** -1: none is known. */
  readonly agent: AgentId;
}

export interface OperationCall {
  readonly type: 'RECONCILE_OPERATIONS';
  readonly framework: FrameworkId;
  /** None: all that are under way, of which there never is any. `agent` -1: not said. */
  readonly operations: readonly { readonly id: string; readonly agent: AgentId }[];
}
