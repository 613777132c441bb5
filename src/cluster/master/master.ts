import type { Allocator } from '../allocator.js';
import { Digest } from '../digest.js';
import type { FrameworkId, Micros, OfferId, RoleId } from '../ids.js';
import type { MasterEffects, MasterInput, Offer } from '../protocol.js';
import { accept } from './accept.js';
import { disconnectAgent, loseAgent, loseExpected, registerAgent } from './agent-lifecycle.js';
import type { AgentTable } from './agent-table.js';
import { AllocationClock } from './allocation-clock.js';
import { refuseTime, type Call, type Control } from './calls.js';
import { ClusterState } from './cluster-state.js';
import { settleDrains } from './drain.js';
import { fromExecutor, toExecutor } from './executor-words.js';
import type { FrameworkTable } from './framework-table.js';
import type { MasterOptions } from './master-options.js';
import { answerInverseOffers, rescindInverseOffers, sendInverseOffers } from './maintenance.js';
import type { OfferTable } from './offer-table.js';
import { reconcileOperations } from './operation-feedback.js';
import { takeOrder } from './operator-orders.js';
import { recover, settleRecovery } from './registry.js';
import { disconnectFramework, failOver, subscribe, tearDown, updateFramework } from './subscribe.js';
import type { TaskTable } from './task-table.js';
import { acknowledge, kill, reconcile, statusUpdated } from './task-updates.js';

export type { MasterObserver, MasterOptions, OfferEnd } from './master-options.js';

type HotType =
  'UPDATE' | 'ACKNOWLEDGE' | 'ACCEPT' | 'REQUEST' | 'ALLOCATE' | 'DECLINE' | 'SUPPRESS' | 'REVIVE';
type RareInput = Exclude<MasterInput, { readonly type: HotType }>;

/**
 * The master: takes calls of frameworks, reports of agents and orders of the operator, one at a time, and answers through
 * effects. Deterministic: the same inputs at the same times give the same effects in the same order.
 */
export class Master {
  readonly masterId: string;
  /** All that the master knows. Read it freely; only {@link step} changes it. */
  readonly cluster: ClusterState;
  readonly #allocator: Allocator;
  readonly #clock: AllocationClock;
  readonly #offered = (framework: FrameworkId, offers: Offer[]): void => this.#sendOffers(framework, offers);
  /** Of the allocation that runs. */
  #now: Micros = 0;
  #out: MasterEffects | undefined;

  constructor(options: MasterOptions) {
    this.masterId = options.masterId;
    this.cluster = new ClusterState(options);
    this.#allocator = options.allocator;
    this.#clock = new AllocationClock(options.allocator, options.intervalUs, options.instant, {
      isWatched: () => this.cluster.maintenance.inverse.isActive,
      isPaused: () => this.cluster.awaitedAgents > 0,
    });
  }

  get frameworks(): FrameworkTable {
    return this.cluster.frameworks;
  }

  get agents(): AgentTable {
    return this.cluster.agents;
  }

  /** Live offers. */
  get offers(): OfferTable {
    return this.cluster.offers;
  }

  get tasks(): TaskTable {
    return this.cluster.tasks;
  }

  /** Takes one input at its time. Total: an input that makes no sense has an answer or no effect, it never throws. */
  step(input: MasterInput, now: Micros, out: MasterEffects): void {
    this.#take(input, now, out);
    if (this.cluster.awaitedAgents > 0) settleRecovery(this.cluster);
    if (this.cluster.draining.size > 0) settleDrains(this.cluster, now, out);
    this.#clock.changed(now);
  }

  /**
   * When to send ALLOCATE: `now`: at the end of this instant; a later time: then, unless an input comes first; Infinity:
   * there is nothing to do (R-4.1 to, semantics-notes I-6).
   */
  allocationDue(now: Micros): Micros {
    return this.#clock.due(now);
  }

  /** 16 hexadecimal digits over all that later effects depend on. O(state). */
  digest(): string {
    const digest = new Digest();
    this.frameworks.mixInto(digest);
    this.agents.mixInto(digest);
    this.offers.mixInto(digest);
    this.tasks.mixInto(digest);
    for (const [framework, agents] of this.cluster.unheard) {
      digest.word(framework);
      for (const agent of agents) digest.word(agent);
    }
    this.cluster.maintenance.mixInto(digest);
    if (this.cluster.awaitedAgents > 0) digest.word(this.cluster.awaitedAgents);
    this.#clock.mixInto(digest);
    digest.text(this.#allocator.digest());
    return digest.hex();
  }

  /** What every task passes through; all else is in the two methods below. */
  #take(input: MasterInput, now: Micros, out: MasterEffects): void {
    const { cluster } = this;
    switch (input.type) {
      case 'UPDATE':
        statusUpdated(cluster, input, now, out);
        return;
      case 'ACKNOWLEDGE':
        acknowledge(cluster, input, out);
        return;
      case 'ACCEPT':
        accept(cluster, input, now, out);
        return;
      case 'REQUEST':
        this.#request(input, now);
        return;
      case 'ALLOCATE':
        this.#allocate(now, out);
        return;
      case 'DECLINE':
        this.#decline(input, now);
        return;
      case 'SUPPRESS':
        if (this.#hasRoles(input.framework, input.roles)) {
          this.#allocator.suppress(input.framework, input.roles);
        }
        return;
      case 'REVIVE':
        if (this.#hasRoles(input.framework, input.roles)) {
          this.#allocator.revive(input.framework, input.roles);
          cluster.maintenance.inverse.revive(input.framework);
        }
        return;
      default:
        this.#takeRare(input, now, out);
    }
  }

  #takeRare(input: RareInput, now: Micros, out: MasterEffects): void {
    const { cluster } = this;
    switch (input.type) {
      case 'SUBSCRIBE':
        subscribe(cluster, input, now, out);
        return;
      case 'UPDATE_FRAMEWORK':
        updateFramework(cluster, input, now, out);
        return;
      case 'TEARDOWN':
        tearDown(cluster, input, now, out);
        return;
      case 'KILL':
        kill(cluster, input, now, out);
        return;
      case 'MESSAGE':
      case 'SHUTDOWN':
        toExecutor(cluster, input, out);
        return;
      case 'EXECUTOR_MESSAGE':
      case 'EXECUTOR_EXITED':
        fromExecutor(cluster, input, out);
        return;
      case 'RECONCILE':
        reconcile(cluster, input, now, out);
        return;
      case 'FRAMEWORK_DISCONNECTED':
        disconnectFramework(cluster, input.framework, now, out);
        return;
      case 'REGISTER_AGENT':
        registerAgent(cluster, input, now, out);
        return;
      case 'AGENT_DISCONNECTED':
        disconnectAgent(cluster, input.agent, now, out);
        return;
      case 'AGENT_LOST':
        loseAgent(cluster, input, now, out);
        return;
      case 'RECONCILE_OPERATIONS':
        reconcileOperations(cluster, input, out);
        return;
      case 'ACCEPT_INVERSE_OFFERS':
      case 'DECLINE_INVERSE_OFFERS':
        answerInverseOffers(cluster, input, now);
        return;
      case 'RECOVER':
        recover(cluster, input, now, out);
        return;
      case 'TIMER':
        this.#fire(input, now, out);
        return;
      default:
        takeOrder(cluster, input, now, out);
    }
  }

  #fire({ kind, key }: Control<'TIMER'>, now: Micros, out: MasterEffects): void {
    switch (kind) {
      case 'OFFER_TIMEOUT':
        this.#offerTimeout(key, now, out);
        return;
      case 'FRAMEWORK_FAILOVER':
        failOver(this.cluster, key, now, out);
        return;
      case 'ALLOCATION_RECOVERY':
        this.cluster.awaitedAgents = 0;
        return;
      case 'AGENT_REREGISTRATION':
        loseExpected(this.cluster, now, out);
    }
  }

  #request({ framework: id, asks }: Call<'REQUEST'>, now: Micros): void {
    const framework = this.frameworks.connected(id);
    if (framework === undefined) return;
    for (const { role, resources, count } of asks) {
      // One that makes no sense drops the call, as for SUPPRESS and REVIVE.
      if (!framework.roles.has(role) || resources.isEmpty || !(count >= 1 && Number.isInteger(count))) return;
    }
    this.#allocator.request(id, asks, now);
  }

  /** Unknown ids are ignored. */
  #decline({ framework, offers, refuseUs }: Call<'DECLINE'>, now: Micros): void {
    if (!this.frameworks.isConnected(framework)) return;
    const declined = this.offers.removeOf(framework, offers);
    if (declined.length === 0) return;
    const refuse = refuseTime(refuseUs);
    if (this.#allocator.declineOffers !== undefined) {
      this.#allocator.declineOffers(framework, declined, refuse, now);
    } else {
      for (const { role, agent, resources } of declined) {
        this.#allocator.decline(framework, role, agent, resources, refuse, now);
      }
    }
    this.cluster.observer?.offersDeclined(declined, now);
  }

  /** One role that is not the framework's drops the whole call. */
  #hasRoles(id: FrameworkId, roles: readonly RoleId[]): boolean {
    const framework = this.frameworks.connected(id);
    return framework !== undefined && roles.every((role) => framework.roles.has(role));
  }

  #offerTimeout(id: OfferId, now: Micros, out: MasterEffects): void {
    const offer = this.offers.get(id);
    if (offer !== undefined) this.cluster.rescind(offer, now, out);
    else rescindInverseOffers(this.cluster, (inverse) => inverse.id === id, out);
  }

  #allocate(now: Micros, out: MasterEffects): void {
    const scope = this.#clock.begin(now);
    if (scope === undefined) return;
    this.#now = now;
    this.#out = out;
    this.#allocator.allocate(now, scope, this.#offered);
    this.#out = undefined;
    if (this.cluster.maintenance.inverse.isActive) sendInverseOffers(this.cluster, now, out);
    this.#clock.end();
    this.cluster.observer?.allocationRun(now);
  }

  /** One OFFERS event. Offers to somebody or of something that is not there are taken back at once. */
  #sendOffers(framework: FrameworkId, offers: Offer[]): void {
    const { cluster } = this;
    const out = this.#out;
    if (out === undefined || offers.length === 0) return;
    const live = this.#areLive(framework, offers) ? offers : this.#takeBackDead(framework, offers);
    if (live.length === 0) return;
    for (const offer of live) {
      cluster.offers.add(offer);
      if (cluster.offerTimeoutUs !== undefined) {
        out.timer('OFFER_TIMEOUT', this.#now + cluster.offerTimeoutUs, offer.id);
      }
    }
    out.toFramework(framework, { type: 'OFFERS', offers: live });
    cluster.observer?.offersMade(live, this.#now);
  }

  #areLive(framework: FrameworkId, offers: readonly Offer[]): boolean {
    if (!this.frameworks.isConnected(framework)) return false;
    for (const { agent } of offers) if (!this.agents.isReachable(agent)) return false;
    return true;
  }

  #takeBackDead(framework: FrameworkId, offers: readonly Offer[]): Offer[] {
    return offers.filter((offer) => {
      if (this.#areLive(framework, [offer])) return true;
      this.#allocator.recover(framework, offer.role, offer.agent, offer.resources, offer.ask);
      return false;
    });
  }
}
