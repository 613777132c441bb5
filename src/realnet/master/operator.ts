import type { AgentId, RoleId } from '../../cluster/ids.js';
import { availableProblem } from '../../cluster/master/convert-available.js';
import { drainProblem, reactivateProblem } from '../../cluster/master/drain.js';
import { isQuotaConflict, quotaProblem, weightsProblem } from '../../cluster/master/policy.js';
import type { Quantities } from '../../cluster/protocol.js';
import { ResourceJsonError, resourcesFromJson } from '../../cluster/resources/json.js';
import { internRole, microsOf, readQuantities } from '../wire/framework-info.js';
import type { IdMessage, OperationMessage } from '../wire/messages.js';
import { readConversion } from '../wire/operations.js';
import type { OperatorCallMessage, QuotaRequestMessage } from '../wire/operator-call.js';
import { WireError } from '../wire/wire-error.js';
import type { AgentLinks } from './agent-links.js';
import { takeMaintenance } from './maintenance-calls.js';
import type { MasterHost } from './master-host.js';
import type { Answer, Schedulers } from './schedulers.js';

const DONE: Answer = { status: 200 };
const ACCEPTED: Answer = { status: 202 };

/** The operator's side of a master: calls that change something, in the core's terms (mesos-http-api 6.1). */
export class Operator {
  readonly #host: MasterHost;
  readonly #schedulers: Schedulers;
  readonly #agents: AgentLinks;

  constructor(host: MasterHost, schedulers: Schedulers, agents: AgentLinks) {
    this.#host = host;
    this.#schedulers = schedulers;
    this.#agents = agents;
  }

  /**
   * Takes a call; undefined: it is none that changes something.
   *
   * @param call passed operatorCallProblem
   * @param principal who calls; undefined: nobody asked
   */
  take(call: OperatorCallMessage, principal: string | undefined): Answer | undefined {
    try {
      return this.#take(call, principal);
    } catch (error) {
      if (error instanceof WireError || error instanceof ResourceJsonError) return refused(error.message);
      throw error;
    }
  }

  /** Kills a task in the place of its framework. */
  killTask(frameworkName: string, taskName: string): Answer {
    const { names, master } = this.#host;
    const framework = names.frameworks.find(frameworkName);
    const task = framework === undefined ? undefined : names.tasks.find(framework, taskName);
    if (framework === undefined || task === undefined || !master.tasks.has(task)) {
      return { status: 404, reason: `framework "${frameworkName}" has no task "${taskName}" that runs` };
    }
    this.#host.step({ type: 'KILL', framework, task, agent: -1 });
    return ACCEPTED;
  }

  #take(call: OperatorCallMessage, principal: string | undefined): Answer | undefined {
    switch (call.type) {
      case 'UPDATE_WEIGHTS':
        return this.#updateWeights(call.update_weights);
      case 'UPDATE_QUOTA':
        return this.#updateQuota(call.update_quota);
      case 'SET_QUOTA':
        return this.#setQuota(call.set_quota?.quota_request);
      case 'REMOVE_QUOTA':
        return this.#removeQuota(call.remove_quota?.role ?? '');
      case 'TEARDOWN':
        return this.#tearDown(call.teardown?.framework_id);
      case 'MARK_AGENT_GONE':
        return this.#markGone(call.mark_agent_gone?.agent_id);
      case 'DRAIN_AGENT':
        return this.#drain(call.drain_agent);
      case 'DEACTIVATE_AGENT':
        return this.#deactivate(call.deactivate_agent?.agent_id);
      case 'REACTIVATE_AGENT':
        return this.#reactivate(call.reactivate_agent?.agent_id);
      default:
        return takeMaintenance(this.#host, call) ?? this.#convertCall(call, principal);
    }
  }

  #convertCall(call: OperatorCallMessage, principal: string | undefined): Answer | undefined {
    const { reserve_resources: reserve, unreserve_resources: unreserve } = call;
    const { create_volumes: create, destroy_volumes: destroy } = call;
    const { grow_volume: grow, shrink_volume: shrink } = call;
    switch (call.type) {
      case 'RESERVE_RESOURCES':
        return this.#convert(reserve?.agent_id, { type: 'RESERVE', reserve: { ...reserve } }, principal);
      case 'UNRESERVE_RESOURCES':
        return this.#convert(
          unreserve?.agent_id,
          { type: 'UNRESERVE', unreserve: { ...unreserve } },
          principal,
        );
      case 'CREATE_VOLUMES':
        return this.#convert(create?.agent_id, { type: 'CREATE', create: { ...create } }, principal);
      case 'DESTROY_VOLUMES':
        return this.#convert(destroy?.agent_id, { type: 'DESTROY', destroy: { ...destroy } }, principal);
      case 'GROW_VOLUME':
        return this.#convert(
          grow?.agent_id,
          { type: 'GROW_VOLUME', ...(grow && { grow_volume: grow }) },
          principal,
        );
      case 'SHRINK_VOLUME':
        return this.#convert(
          shrink?.agent_id,
          { type: 'SHRINK_VOLUME', ...(shrink && { shrink_volume: shrink }) },
          principal,
        );
      default:
        return undefined;
    }
  }

  #updateWeights(content: OperatorCallMessage['update_weights']): Answer {
    const { roles } = this.#host.names;
    const weights = (content?.weight_infos ?? []).map(({ role, weight }) => {
      if (role === undefined) throw new WireError("'role' is missing").within('weight_infos');
      return { role: internRole(role, roles), weight };
    });
    const input = { type: 'UPDATE_WEIGHTS' as const, weights };
    const problem = weightsProblem(this.#host.master.cluster, input);
    if (problem !== undefined) return refused(problem);
    this.#host.step(input);
    return DONE;
  }

  #updateQuota(content: OperatorCallMessage['update_quota']): Answer {
    const { roles } = this.#host.names;
    const quotas = (content?.quota_configs ?? []).map(({ role, guarantees, limits }) => ({
      role: internRole(role, roles),
      guarantees: readQuantities(guarantees, `guarantees of role "${role}"`),
      limits: readQuantities(limits, `limits of role "${role}"`),
    }));
    const input = { type: 'UPDATE_QUOTA' as const, quotas, force: content?.force === true };
    const problem = quotaProblem(this.#host.master.cluster, input);
    if (problem !== undefined) return refused(problem);
    this.#host.step(input);
    return DONE;
  }

  /** The call before UPDATE_QUOTA: what is guaranteed is the limit, too. */
  #setQuota({ role = '', guarantee, force = false }: QuotaRequestMessage = {}): Answer {
    const id = internRole(role, this.#host.names.roles);
    if (this.#host.master.cluster.quotas.has(id)) return refused(`role "${role}" has quota already (R-8.6)`);
    const amounts: Record<string, number> = {};
    resourcesFromJson(guarantee ?? []).resources.forEachScalar((_, milli, { name }) => {
      amounts[name] = (amounts[name] ?? 0) + milli;
    });
    if (Object.keys(amounts).length === 0) return refused('no scalar resources are guaranteed');
    return this.#replaceQuota(id, amounts, force);
  }

  #removeQuota(role: string): Answer {
    const id = this.#host.names.roles.find(role);
    if (id === undefined || !this.#host.master.cluster.quotas.has(id)) {
      return refused(`role "${role}" has no quota`);
    }
    return this.#replaceQuota(id, {}, true);
  }

  #replaceQuota(role: RoleId, amounts: Quantities, force: boolean): Answer {
    const quotas = [{ role, guarantees: amounts, limits: amounts }];
    const input = { type: 'UPDATE_QUOTA' as const, quotas, force };
    const { cluster } = this.#host.master;
    const problem = quotaProblem(cluster, input);
    if (problem !== undefined) {
      return { status: isQuotaConflict(cluster, input) ? 409 : 400, reason: problem };
    }
    this.#host.step(input);
    return DONE;
  }

  #tearDown(id: IdMessage | undefined): Answer {
    const { names, master } = this.#host;
    const framework = names.frameworks.find(id?.value ?? '');
    const known = framework === undefined ? undefined : master.frameworks.get(framework);
    if (framework === undefined || known?.removed !== false) {
      return refused(`there is no framework "${id?.value ?? ''}"`);
    }
    this.#schedulers.tearDown(framework);
    return DONE;
  }

  #markGone(id: IdMessage | undefined): Answer {
    const agent = this.#agentOf(id);
    const known = this.#host.master.agents.get(agent);
    if (known === undefined) return { status: 404, reason: `there is no agent "${id?.value ?? ''}"` };
    if (known.state !== 'gone') this.#agents.lose(agent, 'REASON_AGENT_REMOVED_BY_OPERATOR');
    return DONE;
  }

  #drain(content: OperatorCallMessage['drain_agent']): Answer {
    const agent = this.#agentOf(content?.agent_id);
    const problem = drainProblem(this.#host.master.cluster, agent);
    if (problem !== undefined) return refused(problem);
    const { max_grace_period: grace, mark_gone: markGone = false } = content ?? {};
    const seconds = (grace?.seconds ?? 0) + (grace?.nanos ?? 0) / 1e9;
    this.#host.step({
      type: 'DRAIN_AGENT',
      agent,
      markGone,
      ...(grace && { maxGraceUs: microsOf(seconds) }),
    });
    return DONE;
  }

  #deactivate(id: IdMessage | undefined): Answer {
    const agent = this.#agentOf(id);
    if (this.#host.master.agents.get(agent)?.state !== 'registered') {
      return refused(`there is no agent "${id?.value ?? ''}"`);
    }
    this.#host.step({ type: 'DEACTIVATE_AGENT', agent });
    return DONE;
  }

  #reactivate(id: IdMessage | undefined): Answer {
    const agent = this.#agentOf(id);
    const problem = reactivateProblem(this.#host.master.cluster, agent);
    if (problem !== undefined) return refused(problem);
    this.#host.step({ type: 'REACTIVATE_AGENT', agent });
    return DONE;
  }

  #convert(id: IdMessage | undefined, operation: OperationMessage, principal: string | undefined): Answer {
    const conversion = readConversion(operation);
    if (conversion === undefined) return refused('these resources cannot be converted so');
    const { name, from, to } = conversion;
    const input = {
      type: 'CONVERT_AVAILABLE' as const,
      agent: this.#agentOf(id),
      name,
      from,
      to,
      ...(principal !== undefined && { principal }),
    };
    const problem = availableProblem(this.#host.master.cluster, input);
    if (problem !== undefined) {
      return { status: problem.kind === 'conflict' ? 409 : 400, reason: problem.reason };
    }
    this.#host.step(input);
    return ACCEPTED;
  }

  #agentOf(id: IdMessage | undefined): AgentId {
    return id === undefined ? -1 : this.#host.names.agentId(id.value);
  }
}

function refused(reason: string): Answer {
  return { status: 400, reason };
}
