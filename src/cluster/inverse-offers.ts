import type { Digest } from './digest.js';
import type { AgentId, FrameworkId, Micros, OfferId } from './ids.js';
import type { InverseOffer, InverseOfferAnswer, Unavailability } from './maintenance.js';

export interface InverseOfferStatus {
  readonly framework: FrameworkId;
  readonly status: InverseOfferAnswer;
  readonly atUs: Micros;
}

/** An agent that will be away. */
interface Leaving {
  readonly unavailability: Unavailability;
  readonly statuses: Map<FrameworkId, InverseOfferStatus>;
  /** Until when a framework is not asked again. */
  readonly filters: Map<FrameworkId, Micros>;
}

/**
 * Which frameworks are asked to leave agents that will be away, and what they answered: one inverse offer per
 * framework and agent is out at a time. Answers bind nobody.
 */
export class InverseOfferBook {
  readonly #leaving = new Map<AgentId, Leaving>();
  readonly #offers = new Map<OfferId, InverseOffer>();

  /** Some agent will be away: every cycle may have somebody to ask. */
  get isActive(): boolean {
    return this.#leaving.size > 0;
  }

  /** The one that is out to this framework for this agent. */
  find(framework: FrameworkId, agent: AgentId): InverseOffer | undefined {
    for (const offer of this.#offers.values()) {
      if (offer.framework === framework && offer.agent === agent) return offer;
    }
    return undefined;
  }

  /** What frameworks said of this agent's next absence, by framework. */
  statuses(agent: AgentId): readonly InverseOfferStatus[] {
    const statuses = [...(this.#leaving.get(agent)?.statuses.values() ?? [])];
    return statuses.sort((a, b) => a.framework - b.framework);
  }

  /**
   * The agent will be away then, or no longer; what was said and refused of its absence before is forgotten.
   *
   * @returns inverse offers that were out; they are void
   */
  schedule(agent: AgentId, unavailability: Unavailability | undefined): InverseOffer[] {
    const void_ = this.withdraw((offer) => offer.agent === agent);
    if (unavailability === undefined) this.#leaving.delete(agent);
    else this.#leaving.set(agent, { unavailability, statuses: new Map(), filters: new Map() });
    return void_;
  }

  /**
   * Asks every framework that holds something on an agent that will be away, was not asked yet and does not refuse.
   *
   * @param holders frameworks that are to be asked, by agent
   * @param nextId numbers the offers
   * @returns by framework, then by agent
   */
  ask(
    now: Micros,
    holders: (agent: AgentId) => Iterable<FrameworkId>,
    nextId: () => OfferId,
  ): InverseOffer[] {
    const due: Omit<InverseOffer, 'id'>[] = [];
    for (const [agent, { unavailability, filters }] of this.#leaving) {
      for (const framework of new Set(holders(agent))) {
        if ((filters.get(framework) ?? -Infinity) > now || this.find(framework, agent) !== undefined)
          continue;
        filters.delete(framework);
        due.push({ framework, agent, unavailability });
      }
    }
    due.sort((a, b) => a.framework - b.framework || a.agent - b.agent);
    return due.map((offer) => {
      const numbered = { id: nextId(), ...offer };
      this.#offers.set(numbered.id, numbered);
      return numbered;
    });
  }

  /** A framework answers; what is not out, or not its own, is ignored. */
  answer(
    id: OfferId,
    framework: FrameworkId,
    status: InverseOfferAnswer,
    refuseUs: Micros,
    now: Micros,
  ): void {
    const offer = this.#offers.get(id);
    const leaving = offer && this.#leaving.get(offer.agent);
    if (leaving === undefined || offer?.framework !== framework) return;
    this.#offers.delete(id);
    leaving.statuses.set(framework, { framework, status, atUs: now });
    if (refuseUs > 0) leaving.filters.set(framework, now + refuseUs);
  }

  /** Takes inverse offers back without a filter: the next cycle may make them again. */
  withdraw(passes: (offer: InverseOffer) => boolean): InverseOffer[] {
    if (this.#offers.size === 0) return [];
    const gone = [...this.#offers.values()].filter(passes).sort((a, b) => a.id - b.id);
    for (const { id } of gone) this.#offers.delete(id);
    return gone;
  }

  /** REVIVE: whatever the framework refused, it may be asked again. */
  revive(framework: FrameworkId): void {
    for (const { filters } of this.#leaving.values()) filters.delete(framework);
  }

  /** The agent is another one now: whoever refused to leave it may be asked again. */
  forgetRefusals(agent: AgentId): void {
    this.#leaving.get(agent)?.filters.clear();
  }

  /** The framework left, for a while or for good. */
  forget(framework: FrameworkId): void {
    this.withdraw((offer) => offer.framework === framework);
    this.revive(framework);
  }

  mixInto(digest: Digest): void {
    for (const [agent, { unavailability, filters, statuses }] of this.#leaving) {
      digest.word(agent);
      digest.double(unavailability.startUs);
      digest.double(unavailability.durationUs ?? -1);
      for (const [framework, until] of filters) {
        digest.word(framework);
        digest.double(until);
      }
      for (const { framework, status, atUs } of statuses.values()) {
        digest.word(framework);
        digest.text(status);
        digest.double(atUs);
      }
    }
    for (const { id, framework, agent } of this.#offers.values()) {
      digest.double(id);
      digest.word(framework);
      digest.word(agent);
    }
  }
}
