import type { RoleId } from './ids.js';

/** The default role. */
export const WILDCARD_ROLE = '*';

/**
 * Says what is wrong with a role name, or undefined when nothing is.
 *
 * `*` is valid; other names are `/`-separated components, none empty, `.`, `..`, `*`, starting with `-`, or holding
 * white space, a backspace or a delete, which is what Mesos means by backspace.
 */
export function roleProblem(path: string): string | undefined {
  if (path === WILDCARD_ROLE) return undefined;
  if (path === '') return 'a role name is not empty (R-2.1)';
  if (path.startsWith('/') || path.endsWith('/')) return `role "${path}" starts or ends with a slash (R-2.1)`;
  for (const part of path.split('/')) {
    if (part === '') return `role "${path}" has an empty component (R-2.1)`;
    if (part === '.' || part === '..' || part === '*')
      return `role "${path}" has the component "${part}" (R-2.1)`;
    if (part.startsWith('-')) return `role "${path}" has a component that starts with "-" (R-2.1)`;
    if (/[\s\b\x7f]/.test(part)) return `role "${path}" holds white space (R-2.1)`;
  }
  return undefined;
}

/** True when `role` is `ancestor` or lies below it in the tree. */
export function isWithin(role: string, ancestor: string): boolean {
  return role === ancestor || isStrictlyBelow(role, ancestor);
}

/** True when `role` lies strictly below `ancestor`. */
export function isStrictlyBelow(role: string, ancestor: string): boolean {
  return role.length > ancestor.length && role.startsWith(ancestor) && role[ancestor.length] === '/';
}

/** `a/b/c`, `a/b`, `a`: a role and its ancestors, the role first. */
export function lineageOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('/'));
}

/** Role paths interned as dense ids; `*` is always id 0. Shared by a master and its allocator. */
export class Roles {
  readonly #ids = new Map<string, RoleId>();
  readonly #paths: string[] = [];

  constructor() {
    this.intern(WILDCARD_ROLE);
  }

  get count(): number {
    return this.#paths.length;
  }

  intern(path: string): RoleId {
    let id = this.#ids.get(path);
    if (id === undefined) {
      id = this.#paths.length;
      this.#ids.set(path, id);
      this.#paths.push(path);
    }
    return id;
  }

  find(path: string): RoleId | undefined {
    return this.#ids.get(path);
  }

  /** True for an id that this table handed out. */
  has(role: RoleId): boolean {
    return Number.isInteger(role) && role >= 0 && role < this.#paths.length;
  }

  path(role: RoleId): string {
    return this.#paths[role];
  }
}

/**
 * Compares two names by the bytes of their UTF-8 form, as Mesos's last tie-break does. UTF-16 order differs from
 * it only where surrogates meet the range U+E000..U+FFFF, so code points are compared when units differ.
 */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    const start = i > 0 && isLowSurrogate(a.charCodeAt(i)) && isLowSurrogate(b.charCodeAt(i)) ? i - 1 : i;
    return (a.codePointAt(start) as number) - (b.codePointAt(start) as number);
  }
  return a.length - b.length;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
