import type { AgentId, Micros, OfferId } from '../cluster/ids.js';
import type { AgentInfo } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { Client } from './bookkeeping/books.js';

/** What a policy may add to the bookkeeping; DRF adds nothing. The books are in step when they call. */
export interface PolicyHooks {
  /** A client's willingness, its queue or its place in the orders may have changed. */
  relisted?: ((client: Client) => void) | undefined;
  /**
   * A client holds more (sign 1) or less (-1) of an agent.
   * @param offer what it gives back came from this one, where that is known: tells equal tasks apart
   */
  held?:
    | ((client: Client, agent: AgentId, resources: Resources, sign: 1 | -1, offer?: OfferId) => void)
    | undefined;
  /** Agents came, changed, went, opened or closed, what they have was converted, or weights or quota changed. */
  clusterChanged?: (() => void) | undefined;
  /** An agent tells what it has; the policy may see it otherwise. */
  described?: ((agent: AgentId, info: AgentInfo) => AgentInfo) | undefined;
  /** False: the client may not have this on the agent, though it is free there. */
  allows?: ((client: Client, agent: AgentId, wanted: Resources) => boolean) | undefined;
  /** For who asks why: the words for what `allows`, or a budget, keeps from the client, and when that ends, if it is known. */
  keeps?:
    | ((client: Client, agent: AgentId, wanted: Resources) => { why: string; atUs?: Micros } | undefined)
    | undefined;
  /** The only agents that the client may have anything on, in ascending order. Says no more than `allows`, but at once. */
  among?: ((client: Client) => readonly AgentId[]) | undefined;
  /** Agents on which the client's asks are placed first, in ascending order; the others come after. */
  preferred?: ((client: Client) => readonly AgentId[]) | undefined;
}
