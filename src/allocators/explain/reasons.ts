/** What stopped a candidate in an allocation cycle, with the numbers of the rule that did. */
import type { AgentId, FrameworkId, Micros, RoleId } from '../../cluster/ids.js';
import type { SorterNames } from '../../cluster/sorters.js';

/** Amounts are decimal texts as in resource text; times are microseconds. */
export type Reason =
  | { readonly rule: 'inactive' | 'suppressed' | 'no ask' | 'agent deactivated' | 'agent not whitelisted' }
  /** Somebody holds all of the agent; `usable`: all that it may use of it, and reasons why not the rest stand beside. */
  | { readonly rule: 'nothing free'; readonly of?: 'usable' }
  /** What is free is of no use to it, for none of the reasons below. */
  | { readonly rule: 'nothing usable'; readonly free: string }
  /** What is free is reserved for other roles; alone: so is all that could be. */
  | { readonly rule: 'reserved'; readonly free: string; readonly roles: readonly string[] }
  | {
      readonly rule: 'capability';
      readonly lacks: string;
      readonly who: 'framework' | 'agent';
      /** What is free and wants the capability; absent: the whole agent does. */
      readonly free?: string;
    }
  | {
      readonly rule: 'limit';
      readonly resource: string;
      readonly consumed: string;
      readonly limit: string;
      /** Strict quota: the role above whose limit it is, and what of it is kept for guarantees of other sub-roles. */
      readonly role?: string;
      readonly kept?: string;
    }
  | {
      readonly rule: 'headroom';
      readonly resource: string;
      /** Free in the whole cluster. */
      readonly free: string;
      /** Unmet guarantees, and whose they are. */
      readonly required: string;
      readonly roles: readonly string[];
    }
  | { readonly rule: 'min-allocatable'; readonly has: string; readonly least: readonly string[] }
  | { readonly rule: 'filter'; readonly refused: string; readonly untilUs: Micros }
  | { readonly rule: 'constraint'; readonly constraint: string }
  | { readonly rule: 'room'; readonly resource: string; readonly needs: string; readonly free: string }
  | { readonly rule: 'gang'; readonly needs: number; readonly places: number }
  /** The ask at the head of the one queue is served first (P-2). */
  | { readonly rule: 'queue'; readonly behind: string }
  /** The policy keeps it back: why in words, and when that ends, where it can say so. */
  | { readonly rule: 'policy'; readonly why?: string; readonly atUs?: Micros }
  | {
      readonly rule: 'lost';
      readonly to: string;
      readonly role: string;
      /** Of the branches of the role tree that compete: theirs and one's own. */
      readonly theirShare: number;
      readonly ownShare: number;
      /** Shares were equal: what decided instead, the name of a role or the id of a framework last. */
      readonly by?: 'allocations' | 'name' | 'id';
      /** With `by`: how many allocations these branches have received. */
      readonly theirAllocations?: number;
      readonly ownAllocations?: number;
      /**
       * Not the smaller share: `guarantee`, for an unmet guarantee; `turn`, as the cycle had served others of the role `after`,
       * one's own, by then; else by the rules of the allocator of this name, or of `the random sorter`.
       */
      readonly first?: string;
      readonly after?: string;
    }
  /** Beside `nothing free` and `room`: who holds what is not free there, the largest of `count`. None: it alone. */
  | {
      readonly rule: 'held';
      readonly by: readonly { readonly name: string; readonly share: number }[];
      readonly count: number;
      readonly ownShare: number;
    };

/** One reason and the agents for which it holds; no agents: for all. */
export interface CandidateReason {
  readonly reason: Reason;
  readonly agents: readonly AgentId[];
}

/** A framework in a role that got nothing. */
export interface Unserved {
  readonly framework: FrameworkId;
  readonly name: string;
  readonly role: RoleId;
  readonly rolePath: string;
  readonly share: number;
  /** Demand mode: its oldest ask, and how many pieces wait in all. */
  readonly ask?: { readonly resources: string; readonly count: number; readonly waiting: number };
  readonly reasons: readonly CandidateReason[];
}

export interface CycleExplanation {
  readonly atUs: Micros;
  /** Only where one is random. */
  readonly sorters?: SorterNames;
  /** Who would get what in a cycle over all agents. */
  readonly offers: readonly {
    readonly framework: FrameworkId;
    readonly name: string;
    readonly role: RoleId;
    readonly rolePath: string;
    readonly agent: AgentId;
    readonly resources: string;
  }[];
  readonly unserved: readonly Unserved[];
}
