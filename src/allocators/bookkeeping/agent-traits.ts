import type { AgentId } from '../../cluster/ids.js';
import type { AgentInfo } from '../../cluster/protocol.js';
import { GPUS } from '../../cluster/resources/kinds.js';

/** What decides who may be offered an agent at all, and how many agents there are of which that must be asked. */
export class AgentTraits {
  readonly hasGpus: boolean[] = [];
  /** Capabilities. */
  readonly multiRole: boolean[] = [];
  readonly hierarchical: boolean[] = [];
  /** In another region than the master. */
  readonly remote: boolean[] = [];
  /** Agents with gpus, and agents that lack a role capability or are remote: 0 lets a search skip the question. */
  gpuAgents = 0;
  limitedAgents = 0;
  readonly #isCounted: boolean[] = [];
  readonly #region: string | undefined;

  /** @param region of the master; undefined: no agent is remote */
  constructor(region: string | undefined) {
    this.#region = region;
  }

  /** No agent has any of this: who may be offered one may be offered all. */
  get areAllAlike(): boolean {
    return this.gpuAgents === 0 && this.limitedAgents === 0;
  }

  set(agent: AgentId, info: AgentInfo): void {
    this.clear(agent);
    this.hasGpus[agent] = holdsGpus(info);
    this.multiRole[agent] = info.capabilities.includes('MULTI_ROLE');
    this.hierarchical[agent] = info.capabilities.includes('HIERARCHICAL_ROLE');
    const region = this.#region;
    this.remote[agent] = region !== undefined && info.domain !== undefined && info.domain.region !== region;
    this.#isCounted[agent] = true;
    this.#count(agent, 1);
  }

  /** The agent goes. */
  clear(agent: AgentId): void {
    if (this.#isCounted[agent]) this.#count(agent, -1);
    this.#isCounted[agent] = false;
  }

  #count(agent: AgentId, sign: 1 | -1): void {
    if (this.hasGpus[agent]) this.gpuAgents += sign;
    if (!this.multiRole[agent] || !this.hierarchical[agent] || this.remote[agent]) this.limitedAgents += sign;
  }
}

function holdsGpus(info: AgentInfo): boolean {
  let found = false;
  info.total.forEachScalar((name) => (found ||= name === GPUS));
  return found;
}
