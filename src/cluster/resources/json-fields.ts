/**
 * Resources in JSON that cannot be read. The message is one line: which field, what is wrong with it, how to
 * mend it.
 */
export class ResourceJsonError extends Error {
  override readonly name = 'ResourceJsonError';
}

/**
 * A JSON message with the path that leads to it, for messages. Reads as Mesos's protobuf mapping does
 * (W-1.23, W-1.24): null is unset, unknown fields are ignored, one message may stand for a list of one, a
 * number may be given as text.
 */
export class JsonMessage {
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param path where the message stands, such as `resources[0].disk`
   * @throws ResourceJsonError when the value is no object
   */
  constructor(
    value: unknown,
    readonly path: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      refuse(path, `expected an object, found ${describe(value)}`);
    }
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#get(name) !== undefined;
  }

  message(name: string): JsonMessage | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : new JsonMessage(value, this.#at(name));
  }

  messages(name: string): JsonMessage[] {
    return messagesOf(this.#get(name), this.#at(name));
  }

  /** The keys of a map and their messages. */
  entries(): [string, JsonMessage][] {
    return Object.keys(this.#fields)
      .filter((name) => this.has(name))
      .map((name) => [name, new JsonMessage(this.#fields[name], this.#at(name))]);
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'string') return value;
    return refuse(this.#at(name), `expected text, found ${describe(value)}`);
  }

  texts(name: string): string[] {
    const value = this.#get(name);
    if (value === undefined) return [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item, i) => {
      if (typeof item === 'string') return item;
      return refuse(`${this.#at(name)}[${i}]`, `expected text, found ${describe(item)}`);
    });
  }

  number(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined || typeof value === 'number') return value;
    const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
    return Number.isNaN(read) ? refuse(this.#at(name), `expected a number, found ${describe(value)}`) : read;
  }

  /** One of the names of an enumeration. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    return found ?? refuse(this.#at(name), `expected ${choices.join(' or ')}, found ${describe(value)}`);
  }

  /** The value of a field that must be there. */
  need<T>(name: string, value: T | undefined): T {
    return value ?? refuse(this.#at(name), 'it is missing');
  }

  /** Refuses the message or one of its fields, when there is a problem. */
  check(problem: string | undefined, name?: string): void {
    if (problem !== undefined) refuse(name === undefined ? this.path : this.#at(name), problem);
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }

  #at(name: string): string {
    return `${this.path}.${name}`;
  }
}

/** The messages of a list, or the single one given for it. */
export function messagesOf(value: unknown, path: string): JsonMessage[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item, i) => new JsonMessage(item, Array.isArray(value) ? `${path}[${i}]` : path));
}

/** Refuses what stands at a path. */
export function refuse(path: string, why: string): never {
  throw new ResourceJsonError(`${path}: ${why}`.replace(/[\p{Cc}\u2028\u2029]+/gu, ' '));
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
