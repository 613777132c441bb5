import protobuf from 'protobufjs';
import { nanosecondsOf } from './duration-text.js';
import { WireError } from './wire-error.js';

/** A message in its JSON form: fields by name, enums as names, bytes as base64, ids as `{value}`. */
export type Message = Readonly<Record<string, unknown>>;

type ReadValue = (value: unknown, depth: number) => unknown;

/** No message of the API is nested deeper; what is would exhaust the stack. */
const DEEPEST = 64;

const readers = new Map<protobuf.Type, MessageReader>();

/**
 * Reads the JSON form of one message type as Mesos does (W-1.20 to W-1.25): null is unset, unknown fields are skipped, one
 * object may stand for a list of one, numbers and booleans may be given as text, an unknown name of an optional enum is
 * unset; fields with a declared default are filled in.
 */
export class MessageReader {
  readonly #fields = new Map<string, ReadValue>();
  readonly #required: string[] = [];
  readonly #defaults: [name: string, value: unknown][] = [];

  static of(type: protobuf.Type): MessageReader {
    let reader = readers.get(type);
    if (reader === undefined) {
      reader = new MessageReader();
      // Known before its fields are read: a message may hold itself.
      readers.set(type, reader);
      reader.#learn(type);
    }
    return reader;
  }

  #learn(type: protobuf.Type): void {
    for (const field of type.fieldsArray) {
      field.resolve();
      this.#fields.set(field.name, readerOf(field));
      if (field.required) this.#required.push(field.name);
      const declared: unknown = field.options?.default;
      if (declared !== undefined) this.#defaults.push([field.name, declared]);
    }
  }

  /** @throws WireError */
  read(value: unknown, depth = 0): Message {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new WireError(`expected an object, found ${describe(value)}`);
    }
    if (depth > DEEPEST) throw new WireError(`it is nested deeper than ${DEEPEST} messages`);
    const given = value as Message;
    const message: Record<string, unknown> = {};
    for (const name of Object.keys(given)) {
      const read = this.#fields.get(name);
      const content = given[name];
      if (read === undefined || content === null || content === undefined) continue;
      try {
        const found = read(content, depth + 1);
        if (found !== undefined) message[name] = found;
      } catch (error) {
        throw error instanceof WireError ? error.within(name) : error;
      }
    }
    for (const name of this.#required) {
      if (message[name] === undefined) throw new WireError('it is missing').within(name);
    }
    for (const [name, declared] of this.#defaults) message[name] ??= declared;
    return message;
  }
}

function readerOf(field: protobuf.Field): ReadValue {
  const single = singleReaderOf(field);
  if (field.map) return (value, depth) => readMap(value, single, depth);
  return field.repeated ? (value, depth) => readList(value, single, depth) : single;
}

function singleReaderOf(field: protobuf.Field): ReadValue {
  const type = field.resolvedType;
  if (type instanceof protobuf.Type) {
    const reader = MessageReader.of(type);
    const asText = durationReaders[type.name];
    if (asText !== undefined) {
      return (value, depth) => (typeof value === 'string' ? asText(value) : reader.read(value, depth));
    }
    return (value, depth) => reader.read(value, depth);
  }
  if (type instanceof protobuf.Enum) {
    const { values } = type;
    return (value) => readEnum(value, values, field.required);
  }
  return scalarReaders[field.type] ?? ((value) => value);
}

function readList(value: unknown, read: ReadValue, depth: number): unknown[] | undefined {
  if (!Array.isArray(value)) return [read(value, depth)];
  if (value.length === 0) return undefined;
  return value.map((item, at) => {
    try {
      return read(item, depth);
    } catch (error) {
      throw error instanceof WireError ? error.within(`[${at}]`) : error;
    }
  });
}

function readMap(value: unknown, read: ReadValue, depth: number): Message | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireError(`expected an object, found ${describe(value)}`);
  }
  const entries = Object.entries(value as Message).filter(([, item]) => item !== null);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([key, item]) => [key, read(item, depth)]));
}

function readEnum(value: unknown, values: Readonly<Record<string, number>>, required: boolean): unknown {
  if (typeof value === 'string' && Object.hasOwn(values, value)) return value;
  if (!required) return undefined;
  throw new WireError(`expected one of ${Object.keys(values).join(', ')}, found ${describe(value)}`);
}

function readText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new WireError(`expected text, found ${describe(value)}`);
}

function readBoolean(value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new WireError(`expected true or false, found ${describe(value)}`);
}

function readBytes(value: unknown): string {
  if (typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value))
    return value;
  throw new WireError(`expected bytes in base64, found ${describe(value)}`);
}

function readDouble(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw new WireError(`expected a number, found ${describe(value)}`);
}

function integerReader(least: number, most: number): ReadValue {
  return (value) => {
    const number = readDouble(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new WireError(`expected a whole number from ${least} to ${most}, found ${describe(value)}`);
  };
}

/** As a number where that is written as it came, otherwise as the text that it is. */
function readInt64(value: unknown): number | string {
  if (typeof value !== 'string' || !/^-?[1-9]\d{15,18}$/.test(value)) return readSafe(value);
  if (String(Number(value)) === value) return Number(value);
  return BigInt.asIntN(64, BigInt(value)) === BigInt(value) ? value : readSafe(value);
}

const readSafe = integerReader(-(2 ** 63), 2 ** 63) as (value: unknown) => number;

const scalarReaders: Readonly<Record<string, ReadValue | undefined>> = {
  string: readText,
  bytes: readBytes,
  bool: readBoolean,
  double: readDouble,
  float: readDouble,
  int32: integerReader(-(2 ** 31), 2 ** 31 - 1),
  uint32: integerReader(0, 2 ** 32 - 1),
  int64: readInt64,
  uint64: integerReader(0, 2 ** 64),
};

/** Durations may be text, as Mesos's pages write them (mesos-http-api 6.1). */
const durationReaders: Readonly<Record<string, ((text: string) => Message) | undefined>> = {
  DurationInfo: (text) => ({ nanoseconds: readDuration(text) }),
  Duration: (text) => {
    const nanoseconds = readDuration(text);
    return { seconds: Math.floor(nanoseconds / 1e9), nanos: nanoseconds % 1e9 };
  },
};

function readDuration(text: string): number {
  const nanoseconds = nanosecondsOf(text);
  if (nanoseconds !== undefined) return nanoseconds;
  throw new WireError(`expected a duration such as 10mins, found ${describe(text)}`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
