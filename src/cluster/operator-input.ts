import type { AgentId, Micros, RoleId } from './ids.js';
import type { MaintenanceInput } from './maintenance.js';
import type { ConversionName, Quantities } from './protocol.js';
import type { Resources } from './resources/resources.js';

/** What an operator tells the master. */
export type OperatorInput =
  | MaintenanceInput
  | { readonly type: 'DEACTIVATE_AGENT'; readonly agent: AgentId }
  | { readonly type: 'REACTIVATE_AGENT'; readonly agent: AgentId }
  | {
      readonly type: 'UPDATE_WEIGHTS';
      readonly weights: readonly { readonly role: RoleId; readonly weight: number }[];
    }
  | {
      readonly type: 'UPDATE_QUOTA';
      readonly quotas: readonly {
        readonly role: RoleId;
        readonly guarantees: Quantities;
        readonly limits: Quantities;
      }[];
      readonly force: boolean;
    }
  /** An operator's RESERVE, UNRESERVE, CREATE, DESTROY, GROW or SHRINK of what no task uses. */
  | {
      readonly type: 'CONVERT_AVAILABLE';
      readonly agent: AgentId;
      readonly name: ConversionName;
      readonly from: Resources;
      readonly to: Resources;
      /** Of the operator; absent: nobody asked. */
      readonly principal?: string;
    }
  | {
      readonly type: 'DRAIN_AGENT';
      readonly agent: AgentId;
      /** No task has longer to end by itself; absent: each as its description says. */
      readonly maxGraceUs?: Micros;
      /** Once drained it is gone, and may not come back. */
      readonly markGone: boolean;
    };
