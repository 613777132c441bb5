/**
 * An account of a history beside the allocator, from the rules alone: what may be offered to whom (semantics-notes section 8,
 * "Safety"). settled.ts says what must be.
 */
import type { Allocator, Holding } from '../../cluster/allocator.js';
import { SECOND, type FrameworkId, type RoleId } from '../../cluster/ids.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatResources } from '../../cluster/resources/text.js';
import type { OpenAsk } from './ask-book.js';
import { hasGpus, mayUse, takesGpus, type Facts } from './facts.js';
import { plainOf, plainSum, scalarsOf, sumBy, text } from './sums.js';

/** Safety properties, each a step invariant. */
export type Safety =
  | 'sound'
  | 'ask-order'
  | 'capacity'
  | 'conservation'
  | 'limits'
  | 'guarantees'
  | 'filters'
  | 'suppress'
  | 'refused-calls'
  | 'nothing-withheld'
  | 'eligibility'
  | 'min-allocatable'
  | 'headroom';

export interface Violation {
  readonly property: Safety;
  readonly sentence: string;
}

/** Judges what an allocator does in a history. */
export class Oracle {
  readonly #facts: Facts;

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  // ---- what is offered

  /** What is wrong with one offer, before it is written into the ledger. */
  offered(offer: Holding): Violation[] {
    const { framework, role, agent, resources } = offer;
    const world = this.#facts.world;
    const name = world.frameworkName(framework);
    const agentName = world.agentName(agent);
    if (name === undefined) return [sound(`it offers to framework ${framework}, which is not there`)];
    if (agentName === undefined) return [sound(`it offers agent ${agent}, which is not there`)];
    if (resources.isEmpty) return [sound(`it offers ${name} nothing on ${agentName}`)];
    const { info, suppressed } = world.framework(name);
    if (!info.roles.includes(role)) return [sound(`it offers to ${name} in a role that ${name} is not in`)];
    const what = `${name} in ${world.roles.path(role)} is offered ${formatResources(resources)} on ${agentName}`;
    const free = this.#facts.free(agent);
    const violations = [this.#filtered(what, offer), this.#overLimit(what, role, resources)];
    violations.push(this.#notEligible(what, name, role, agentName, resources));
    violations.push(this.#tooLittle(what, framework, resources), this.#beyondHeadroom(what, role, resources));
    if (!free.contains(resources)) {
      violations.push({ property: 'capacity', sentence: `${what}, which has ${text(free)} free` });
    }
    const closed = !this.#facts.isActive(framework)
      ? `though ${name} is inactive`
      : suppressed.has(role)
        ? 'though it is suppressed'
        : this.#facts.isOpen(agentName)
          ? undefined
          : 'which is deactivated or not on the whitelist';
    if (closed !== undefined) violations.push({ property: 'suppress', sentence: `${what}, ${closed}` });
    return violations.filter((violation) => violation !== undefined);
  }

  #filtered(what: string, { framework, role, agent, resources }: Holding): Violation | undefined {
    const { now } = this.#facts.world;
    const filter = this.#facts.filters.find(
      (f) =>
        f.framework === framework &&
        f.role === role &&
        f.agent === agent &&
        now < f.startUs + f.lifeUs &&
        f.resources.contains(resources),
    );
    if (filter === undefined) return undefined;
    const [since, life] = [(now - filter.startUs) / SECOND, filter.lifeUs / SECOND];
    return { property: 'filters', sentence: `${what} ${since} s after it refused that for ${life} s` };
  }

  #overLimit(what: string, role: RoleId, resources: Resources): Violation | undefined {
    const limits = this.#facts.quotas.get(role)?.limits;
    if (limits === undefined) return undefined;
    const offered = plainOf(resources);
    const entries = this.#facts.world.ledger.entries({ role }).filter((entry) => this.#facts.counts(entry));
    const held = plainSum(entries.map((entry) => entry.resources));
    for (const [name, most] of Object.entries(limits)) {
      const [more, before] = [offered[name] ?? 0, held[name] ?? 0];
      if (more === 0 || before + more <= most) continue;
      const sentence = `${what}, which makes ${(before + more) / 1000} ${name} where the limit is ${most / 1000}`;
      return { property: 'limits', sentence };
    }
    return undefined;
  }

  /** what is reserved for others, and what a framework does not take. */
  #notEligible(
    what: string,
    name: string,
    role: RoleId,
    agentName: string,
    resources: Resources,
  ): Violation | undefined {
    const world = this.#facts.world;
    const entry = world.framework(name);
    const foreign = resources.filter((kind) => !mayUse(world.roles.path(role), entry, kind));
    if (!foreign.isEmpty)
      return { property: 'eligibility', sentence: `${what}, and may not use ${text(foreign)}` };
    if (takesGpus(entry) || !hasGpus(world.agent(agentName).info.total)) return undefined;
    return { property: 'eligibility', sentence: `${what}, which has gpus, and ${name} takes none` };
  }

  /** what was asked for may be smaller. */
  #tooLittle(what: string, framework: FrameworkId, resources: Resources): Violation | undefined {
    if (
      this.#facts.isEnough(scalarsOf(resources)) ||
      (this.#facts.isDemand && this.#facts.asks.hasAsked(framework))
    )
      return undefined;
    return { property: 'min-allocatable', sentence: `${what}, less than the least that may be offered` };
  }

  /** Beyond its own guarantee, nobody takes what is missing of the guarantees (mesos-allocation.md section 5). */
  #beyondHeadroom(what: string, role: RoleId, resources: Resources): Violation | undefined {
    const required = this.#facts.unmet();
    if (required.size === 0) return undefined;
    const own = required.get(role) ?? {};
    const free = this.#facts.uncharged();
    for (const [name, milli] of Object.entries(plainOf(resources))) {
      const guaranteed = Math.min(milli, own[name] ?? 0);
      const kept = [...required.values()].reduce((sum, unmet) => sum + (unmet[name] ?? 0), -guaranteed);
      if (milli === guaranteed || kept === 0 || (free[name] ?? 0) - milli >= kept) continue;
      const rest = `${((free[name] ?? 0) - milli) / 1000} ${name} free, and ${kept / 1000} are missing of guarantees`;
      return { property: 'headroom', sentence: `${what}, which leaves ${rest}` };
    }
    return undefined;
  }

  /** In demand mode, who has asked is offered what it asked for and nothing else, in order, a gang whole. */
  granted(framework: FrameworkId, offers: readonly Holding[]): { asks: OpenAsk[]; violation?: Violation } {
    const asks: OpenAsk[] = [];
    const name = this.#facts.world.frameworkName(framework);
    if (!this.#facts.isDemand || name === undefined || !this.#facts.asks.hasAsked(framework)) return { asks };
    let overtaken: Violation | undefined;
    for (const { role, agent, resources } of offers) {
      const older = this.#facts.asks.oldest(framework, role);
      const ask = this.#facts.asks.granted(framework, role, resources);
      const where = `in ${this.#facts.world.roles.path(role)} is offered ${formatResources(resources)}`;
      const what = `${name} ${where} on ${this.#facts.world.agentName(agent)}`;
      if (ask === undefined) return { asks, violation: sound(`${what}, which it has not asked for`) };
      asks.push(ask);
      if (older === undefined || older === ask) continue;
      const sentence = `${what}, and its older ask for ${text(older.resources)} waits`;
      overtaken ??= { property: 'ask-order', sentence };
    }
    if (overtaken !== undefined) return { asks, violation: overtaken };
    const torn = asks.find(({ allOrNothing, left }) => allOrNothing && left > 0);
    if (torn === undefined) return { asks };
    const what = `${torn.count - torn.left} of the ${torn.count} pieces of ${text(torn.resources)}`;
    return { asks, violation: sound(`${name} is offered ${what} that it asked for all or nothing`) };
  }

  // ---- the allocator's own account

  /** Shares are numbers, 0 or more. */
  shares(allocator: Allocator): Violation | undefined {
    for (const { id, info } of this.#facts.world.frameworks.values()) {
      for (const role of info.roles) {
        for (const share of [allocator.roleShare(role), allocator.frameworkShare(role, id)]) {
          if (share === undefined || share >= 0) continue;
          return sound(`it says that a share of ${this.#facts.world.roles.path(role)} is ${share}`);
        }
      }
    }
    return undefined;
  }

  /** What it says of each agent is what follows from what it offered and was given back. */
  audit(allocator: Allocator): Violation | undefined {
    const world = this.#facts.world;
    for (const [name, { id }] of world.agents) {
      const known = (entry: Holding): boolean => this.#facts.counts(entry);
      const given = sumBy(world.ledger.entries({ agent: id }).filter(known), world);
      const said = sumBy(allocator.holdings(id).filter(known), world);
      for (const holder of new Set([...given.keys(), ...said.keys()])) {
        const [own, other] = [given.get(holder) ?? Resources.EMPTY, said.get(holder) ?? Resources.EMPTY];
        if (own.equals(other)) continue;
        const sentence = `${holder} holds ${text(own)} on ${name}, the allocator says ${text(other)}`;
        return { property: 'conservation', sentence };
      }
      const [free, available] = [this.#facts.free(id), allocator.available(id)];
      if (free.equals(available) || !world.agent(name).info.total.contains(world.ledger.heldOn(id))) continue;
      const sentence = `${text(free)} is free on ${name}, the allocator says ${text(available)}`;
      return { property: 'conservation', sentence };
    }
    return undefined;
  }
}

function sound(sentence: string): Violation {
  return { property: 'sound', sentence };
}
