import type { FrameworkId, RoleId } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { scalarsOf } from './sums.js';

/** An ask as an oracle sees it: who asked, for what, and how many pieces of it are out. */
export interface OpenAsk {
  readonly resources: Resources;
  readonly count: number;
  readonly allOrNothing: boolean;
  left: number;
  /** Cleared, and then a grant of it was rescinded: whether it came back is left open. */
  optional: boolean;
}

/** What frameworks asked for in demand mode, in order (semantics-notes ). */
export class AskBook {
  readonly #queues = new Map<string, OpenAsk[]>();
  readonly #askers = new Set<FrameworkId>();

  asked(
    framework: FrameworkId,
    role: RoleId,
    resources: Resources,
    count: number,
    allOrNothing: boolean,
  ): void {
    this.#askers.add(framework);
    const ask = { resources, count, allOrNothing, left: count, optional: false };
    this.#queues.set(keyOf(framework, role), [...this.queue(framework, role), ask]);
  }

  /** An empty REQUEST clears its queues, and is a REQUEST. */
  withdrawn(framework: FrameworkId): void {
    this.#askers.add(framework);
    this.keepOnly(framework, []);
  }

  /** Who has asked once is offered what it asks for and nothing else. */
  hasAsked(framework: FrameworkId): boolean {
    return this.#askers.has(framework);
  }

  queue(framework: FrameworkId, role: RoleId): readonly OpenAsk[] {
    return this.#queues.get(keyOf(framework, role)) ?? [];
  }

  /** The one ask of a queue that counts; undefined: none waits, or it is left open which. */
  oldest(framework: FrameworkId, role: RoleId): OpenAsk | undefined {
    const first = this.queue(framework, role).find(({ left }) => left > 0);
    return first?.optional === true ? undefined : first;
  }

  /** @returns the ask that the offer is a piece of; undefined: nobody asked for that */
  granted(framework: FrameworkId, role: RoleId, resources: Resources): OpenAsk | undefined {
    const ask = this.queue(framework, role).find(
      ({ left, resources: piece }) => left > 0 && isPiece(resources, piece),
    );
    if (ask !== undefined) ask.left--;
    return ask;
  }

  /** A grant was rescinded: its ask is back in its place. */
  rescinded(framework: FrameworkId, role: RoleId, ask: OpenAsk): void {
    ask.left++;
    if (this.queue(framework, role).includes(ask)) return;
    ask.optional = true;
    this.#queues.set(keyOf(framework, role), [ask, ...this.queue(framework, role)]);
  }

  clear(framework: FrameworkId, role: RoleId): void {
    this.#queues.delete(keyOf(framework, role));
  }

  /** Clears the queues of a framework in all roles but these. */
  keepOnly(framework: FrameworkId, roles: readonly RoleId[]): void {
    for (const key of [...this.#queues.keys()]) {
      if (key.startsWith(`${framework} `) && !roles.some((role) => key === keyOf(framework, role)))
        this.#queues.delete(key);
    }
  }
}

function keyOf(framework: FrameworkId, role: RoleId): string {
  return `${framework} ${role}`;
}

/** A piece may be made of what is reserved for the role: the quantities decide. */
function isPiece(resources: Resources, piece: Resources): boolean {
  const [one, other] = [scalarsOf(resources), scalarsOf(piece)];
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]) && resources.filter(isSpecial).isEmpty;
}

function isSpecial({
  revocable,
  type,
  volume,
}: {
  revocable: boolean;
  type: string;
  volume?: unknown;
}): boolean {
  return revocable || type !== 'SCALAR' || volume !== undefined;
}
