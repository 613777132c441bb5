/** What the driver of a history knows of the cluster by itself, and the things it makes from the picks of a step. */
import type { AllocatorOptions } from '../../src/cluster/allocator.js';
import { SECOND, type AgentId, type FrameworkId, type Micros, type RoleId } from '../../src/cluster/ids.js';
import { parseConstraintGroup } from '../../src/cluster/offer-constraints.js';
import type { AgentInfo, Ask, Attribute, FrameworkInfo, Quantities } from '../../src/cluster/protocol.js';
import { kindFor, kindOf, type Kind } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import {
  CAPABILITIES,
  CONSTRAINTS,
  ROLES,
  type AskPick,
  type FrameworkPick,
  type Operation,
  type Part,
} from './histories.js';
import type { Settings } from './histories.js';

/** One thing a framework holds: an offer, or what was in use when its agent came. */
export interface Held {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  resources: Resources;
  /** The ask it grants, as each of the two allocators named it. */
  readonly asks: readonly (Ask | undefined)[];
}

export class HistoryWorld {
  readonly roles = new Roles();
  readonly agents = new Map<AgentId, { info: AgentInfo; active: boolean }>();
  readonly frameworks = new Map<
    FrameworkId,
    { info: FrameworkInfo; active: boolean; suppressed: readonly RoleId[] }
  >();
  readonly limits = new Map<RoleId, Quantities>();
  whitelist: readonly string[] | null = null;
  held: Held[] = [];
  now: Micros = 0;
  nextAgent = 0;
  nextFramework = 0;
  #nextVolume = 0;

  constructor(readonly settings: Settings) {
    for (const role of ROLES) this.roles.intern(role);
  }

  /**
   * Options for one of the allocators: the streams are its own, with the seed that all have.
   *
   * @param areAnew a stream begins anew whenever it is asked for, as in a run; else it goes on where it was
   */
  options(areAnew = false): AllocatorOptions {
    const { offers, agentOrder, instant, minAllocatable, fairnessExclude, roleSorter, frameworkSorter } =
      this.settings;
    const streams = new Map<string, () => number>();
    return {
      roles: this.roles,
      random: (stream) => {
        // The fast ones leave out cuts that come to nothing, so both draw the same only from a constant.
        if (stream === 'shrink') return () => (instant ? 0 : 0.7);
        if (areAnew) return uniform(stream.length);
        if (!streams.has(stream)) streams.set(stream, uniform(stream.length));
        return streams.get(stream)!;
      },
      offers,
      agentOrder,
      intervalUs: instant ? 0 : SECOND,
      instant,
      minAllocatable,
      fairnessExclude,
      roleSorter,
      frameworkSorter,
      domain: { region: 'here', zone: 'z1' },
    };
  }

  agentInfo(agent: AgentId, total: Resources, traits: number): AgentInfo {
    const attributes: Attribute[][] = [
      [],
      [
        { name: 'rack', type: 'TEXT', text: 'r1' },
        { name: 'zone', type: 'TEXT', text: 'z' },
      ],
      [
        { name: 'rack', type: 'TEXT', text: 'r2' },
        { name: 'size', type: 'SCALAR', milli: 8000 },
        { name: 'rack', type: 'TEXT', text: 'r1' },
      ],
    ];
    const domains = [undefined, undefined, { region: 'here', zone: 'z1' }, { region: 'there', zone: 'z2' }];
    const domain = domains[traits % 4];
    const capabilities: AgentInfo['capabilities'][] = [['MULTI_ROLE'], ['HIERARCHICAL_ROLE'], []];
    return {
      id: `m-S${agent}`,
      hostname: `a${agent}`,
      total,
      attributes: attributes[traits % 3],
      ...(domain && { domain }),
      capabilities: traits < 9 ? ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] : capabilities[traits - 9],
    };
  }

  /** Something that runs on an agent when it comes, if it has the room; its framework may come later. */
  usedBy(user: number, total: Resources): Omit<Held, 'agent'>[] {
    const resources = parseResources('cpus:1;mem:128');
    if (user < 6 || !total.contains(resources)) return [];
    return [{ framework: user - 6, role: (user * 3) % ROLES.length, resources, asks: [] }];
  }

  /** Ids whose byte order is not the order in which frameworks come. */
  frameworkInfo(framework: FrameworkId, pick: FrameworkPick): FrameworkInfo {
    const capabilities = CAPABILITIES[pick.capabilities].filter(
      (capability) => capability !== 'SHARED_RESOURCES' || !this.settings.instant,
    );
    const all = [...new Set(pick.roles.map((role) => role % ROLES.length))];
    const roles = capabilities.includes('MULTI_ROLE') ? all : all.slice(0, 1);
    const groups = CONSTRAINTS[pick.constraints].map(parseConstraintGroup);
    const least = [undefined, [], [{ cpus: 2000 }]][pick.minAllocatable];
    return {
      name: `f${framework}`,
      id: `${['m', 'z', 'a', 'B', 'é', 'f'][framework % 6]}${framework}`,
      roles,
      capabilities,
      ...(least !== undefined && { minAllocatable: new Map([[roles[0], least]]) }),
      ...(groups.length > 0 && { constraints: new Map([[roles[0], groups]]) }),
    };
  }

  suppressed(info: FrameworkInfo, pick: FrameworkPick): RoleId[] {
    return info.roles.filter((_, i) => ((pick.suppressed >> i) & 1) === 1);
  }

  ask(info: FrameworkInfo, pick: AskPick): Ask {
    const role = info.roles[pick.role % info.roles.length];
    const { count, gang, constraint } = pick;
    const ask = { role, resources: parseResources(pick.shape), count, allOrNothing: gang };
    return constraint === null ? ask : { ...ask, constraint };
  }

  /**
   * How long what is declined is refused. Under `instant` always for some time, and nothing is shared: what an agent has
   * to offer to one that just had it decides when the next run is, and that is not settled to the letter (I-6, I-7).
   */
  refusal(refuseUs: Micros): Micros {
    return this.settings.instant && refuseUs === 0 ? SECOND : refuseUs;
  }

  /**
   * The role of a step about quota or a weight. Under `instant`, guarantees go to roles without sub-roles: what a sub-role
   * gets lowers what is kept back, and when the next run is that may use it is not settled to the letter either.
   */
  quotaRole(step: { readonly role: number; readonly guarantees?: Quantities }): RoleId {
    const isGuarantee = Object.keys(step.guarantees ?? {}).length > 0;
    if (!this.settings.instant || !isGuarantee) return step.role % ROLES.length;
    return ROLES.indexOf(step.role % 2 === 0 ? '*' : 'eng!');
  }

  heldOn(agent: AgentId): Held[] {
    return this.held.filter((h) => h.agent === agent);
  }

  /**
   * Turns one entry of a bag, or half of it, into something else of the same quantity; undefined when the operation
   * makes no sense for it.
   */
  conversion(
    bag: Resources,
    entry: number,
    part: Part,
    operation: Operation,
    role: RoleId,
  ): { from: Resources; to: Resources } | undefined {
    if (bag.isEmpty) return undefined;
    const i = entry % bag.kinds.length;
    const kind = kindOf(bag.kinds[i]);
    const from = partOf(
      bag.filter((k) => k.id === kind.id),
      kind.shared ? 'half' : part,
    );
    const amount = from.amounts[0];
    if (operation === 'remove') return { from, to: Resources.EMPTY };
    const to = this.#converted(kind, amount, operation, this.roles.path(role));
    if (to === undefined) return undefined;
    return { from, to: new Resources([to.id], [amount], from.values) };
  }

  #converted(kind: Kind, amount: number, operation: Operation, role: string): Kind | undefined {
    const { reservations, owner } = kind;
    const dynamic = { type: 'DYNAMIC' as const, role };
    switch (operation) {
      case 'reserve': {
        const fits = role !== '*' && (owner === undefined || role.startsWith(`${owner}/`));
        if (!fits || kind.revocable || kind.unitMilli > 0) return undefined;
        return kindFor({ ...kind, reservations: [...reservations, dynamic] });
      }
      case 'unreserve':
        if (reservations.at(-1)?.type !== 'DYNAMIC' || kind.volume !== undefined) return undefined;
        return kindFor({ ...kind, reservations: reservations.slice(0, -1) });
      case 'create':
      case 'createShared': {
        if (kind.name !== 'disk' || owner === undefined || kind.volume !== undefined) return undefined;
        const shared = operation === 'createShared';
        return kindFor({ ...kind, volume: `w${this.#nextVolume++}`, shared, unitMilli: amount });
      }
      case 'destroy': {
        const { volume, ...rest } = kind;
        return volume === undefined ? undefined : kindFor({ ...rest, shared: false, unitMilli: 0 });
      }
      case 'remove':
        return undefined;
    }
  }
}

/** All of a bag, or about half: scalars halved, but whole items, gpus and sets as wholes. */
export function partOf(bag: Resources, part: Part): Resources {
  if (part === 'all') return bag;
  let half = Resources.EMPTY;
  bag.kinds.forEach((id, i) => {
    const { name, unitMilli } = kindOf(id);
    const unit = unitMilli > 0 ? unitMilli : name === 'gpus' ? 1000 : 1;
    const amount =
      bag.values?.[i] === undefined ? unit * Math.ceil(bag.amounts[i] / unit / 2) : bag.amounts[i];
    half = half.plus(new Resources([id], [amount], [bag.values?.[i]]));
  });
  return half;
}

/** Numbers in [0, 1) from a seed (a 32-bit linear congruential generator). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
