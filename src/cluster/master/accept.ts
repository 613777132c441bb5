import type { Micros } from '../ids.js';
import type { MasterEffects, Offer, Operation } from '../protocol.js';
import { Resources } from '../resources/resources.js';
import type { MasterAgent } from './agent-table.js';
import { refuseTime, type Call, type OperationOf } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { convert } from './convert.js';
import type { MasterFramework } from './framework-table.js';
import { launch, launchGroup } from './launch.js';
import { tellOperation } from './operation-feedback.js';

/** What the operations of one ACCEPT share. */
export interface Acceptance {
  readonly framework: MasterFramework;
  readonly agent: MasterAgent;
  /** The first offer: all are of one agent and role. */
  readonly offer: Offer;
}

/** ACCEPT. */
export function accept(cluster: ClusterState, call: Call<'ACCEPT'>, now: Micros, out: MasterEffects): void {
  const framework = cluster.frameworks.connected(call.framework);
  if (framework === undefined) return;
  const problem = offersProblem(cluster, call);
  if (problem !== undefined) {
    refuse(cluster, framework, call, problem, now, out);
    return;
  }
  const offer = cluster.offers.get(call.offers[0]) as Offer;
  // A live offer's agent is registered: offers are rescinded when it goes.
  const agent = cluster.agents.get(offer.agent) as MasterAgent;
  const offered = takeOffers(cluster, call, now);
  const acceptance: Acceptance = { framework, agent, offer };
  let converted = false;
  for (const operation of call.operations) {
    converted = operate(cluster, acceptance, operation, now, out) || converted;
  }
  giveBackRest(cluster, offer, converted ? offered : undefined, call.refuseUs, now);
}

/** one agent, one role, one framework, all live, none twice. */
function offersProblem(cluster: ClusterState, { offers, framework }: Call<'ACCEPT'>): string | undefined {
  if (offers.length === 0) return 'no offers are named (R-7.2)';
  const first = cluster.offers.get(offers[0]);
  for (const id of offers) {
    const offer = cluster.offers.get(id);
    if (id < 0) return 'an offer is named that this master never made (R-7.2)';
    if (offer === undefined || offer.framework !== framework) return 'an offer is no longer valid (R-7.2)';
    if (first === undefined || offer.agent !== first.agent)
      return 'the offers are of different agents (R-7.2)';
    if (offer.role !== first.role) return 'the offers are of different roles (R-7.2)';
  }
  if (offers.length > 1 && new Set(offers).size < offers.length) return 'an offer is named twice (R-7.2)';
  return undefined;
}

/** the offers are free again without a filter, the tasks are lost. */
function refuse(
  cluster: ClusterState,
  framework: MasterFramework,
  call: Call<'ACCEPT'>,
  problem: string,
  now: Micros,
  out: MasterEffects,
): void {
  for (const id of call.offers) {
    const offer = cluster.offers.get(id);
    if (offer?.framework === framework.id) cluster.recoverOffer(offer, 'invalid', now);
  }
  for (const operation of call.operations) {
    if (operation.type === 'CONVERT') {
      tellOperation(framework.id, -1, operation, problem, out);
      continue;
    }
    for (const { task, spec } of operation.tasks) {
      cluster.tell(
        framework,
        spec.agent ?? -1,
        task,
        'TASK_DROPPED',
        'REASON_INVALID_OFFERS',
        problem,
        now,
        out,
      );
    }
  }
}

/** Moves the offers into the pool. Returns their sum when something may be converted, else nothing of use. */
function takeOffers(cluster: ClusterState, call: Call<'ACCEPT'>, now: Micros): Resources {
  const converts = call.operations.some((operation) => operation.type === 'CONVERT');
  const how = call.operations.length === 0 ? 'declined' : 'accepted';
  let sum = Resources.EMPTY;
  cluster.pool.clear();
  for (const id of call.offers) {
    const offer = cluster.offers.remove(id) as Offer;
    cluster.pool.add(offer.resources);
    if (converts) sum = sum.plus(offer.resources);
    cluster.observer?.offerClosed(offer, how, now);
  }
  return sum;
}

/** Returns true when it converted resources of the pool. */
function operate(
  cluster: ClusterState,
  acceptance: Acceptance,
  operation: Operation,
  now: Micros,
  out: MasterEffects,
): boolean {
  switch (operation.type) {
    case 'LAUNCH':
      launch(cluster, acceptance, operation.tasks, now, out);
      return false;
    case 'LAUNCH_GROUP':
      launchGroup(cluster, acceptance, operation, now, out);
      return false;
    case 'CONVERT':
      return convertAndTell(cluster, acceptance, operation, out);
  }
}

function convertAndTell(
  cluster: ClusterState,
  acceptance: Acceptance,
  operation: OperationOf<'CONVERT'>,
  out: MasterEffects,
): boolean {
  const problem = convert(cluster, acceptance, operation, out);
  tellOperation(acceptance.framework.id, acceptance.agent.id, operation, problem, out);
  return problem === undefined;
}

/** what the ACCEPT made itself comes back without a filter, the untouched rest is declined. */
function giveBackRest(
  cluster: ClusterState,
  { framework, role, agent }: Offer,
  offered: Resources | undefined,
  refuseUs: Micros,
  now: Micros,
): void {
  let rest = cluster.pool.rest();
  if (rest.isEmpty) return;
  if (offered !== undefined) {
    const untouched = offered.minus(offered.minus(rest));
    const made = rest.minus(untouched);
    if (!made.isEmpty) cluster.allocator.recover(framework, role, agent, made);
    rest = untouched;
    if (rest.isEmpty) return;
  }
  cluster.allocator.decline(framework, role, agent, rest, refuseTime(refuseUs), now);
}
