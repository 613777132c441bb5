import protobuf from 'protobufjs';
import { asciiJson, type Encoding } from './codec.js';
import type { Message } from './message-reader.js';
import { newPiece, PIECE } from './pieces.js';

/** A list that is made while it is written; undefined: nothing yet, a good place for a pause. */
export class Each {
  constructor(readonly items: Iterable<Message | Sliced | Joined | string | undefined>) {}
}

/** A message some of whose fields are {@link Each} or {@link Sliced}. It has no required fields beside those. */
export class Sliced {
  constructor(readonly fields: Readonly<Record<string, unknown>>) {}
}

/** One JSON object with the fields of several, none of them empty: an object of so many fields costs far more than its text. */
export class Joined {
  constructor(readonly parts: readonly Message[]) {}
}

/** Bytes of the first piece of a text, which is small because most answers are. */
const FIRST_PIECE = 2 * 1024;

/**
 * Writes a message piece by piece; yields wherever a pause is possible. Whoever gets the pieces gives them back by `release`.
 *
 * @param type of it, for protobuf
 */
export function* encodeSliced(
  type: protobuf.Type | undefined,
  encoding: Encoding,
  message: Sliced,
): Generator<undefined, Uint8Array[]> {
  if (encoding === 'protobuf' && type !== undefined) {
    yield* prepare(type);
    const pieces = new MessagePieces();
    yield* writeMessage(pieces, type, message);
    return pieces.end();
  }
  const text = new TextPieces();
  yield* writeJson(text, message);
  return text.end();
}

/** Gathers ASCII text into pieces. */
class TextPieces {
  readonly #pieces: Uint8Array[] = [];
  #piece = Buffer.allocUnsafe(FIRST_PIECE);
  #length = 0;

  add(text: string): void {
    if (this.#length + text.length > this.#piece.length) {
      this.#cut();
      if (text.length > this.#piece.length) {
        this.#pieces.push(Buffer.from(text, 'latin1'));
        return;
      }
    }
    this.#length += this.#piece.write(text, this.#length, 'latin1');
  }

  end(): Uint8Array[] {
    this.#pieces.push(this.#piece.subarray(0, this.#length));
    return this.#pieces;
  }

  #cut(): void {
    if (this.#length > 0) this.#pieces.push(this.#piece.subarray(0, this.#length));
    this.#piece = newPiece();
    this.#length = 0;
  }
}

function* writeJson(out: TextPieces, value: unknown): Generator<undefined, void> {
  if (value instanceof Each) {
    let isFirst = true;
    for (const item of value.items) {
      if (item !== undefined) {
        out.add(isFirst ? '[' : ',');
        isFirst = false;
        if (item instanceof Sliced) yield* writeJson(out, item);
        else if (item instanceof Joined) out.add(joined(item));
        else out.add(asciiJson(item));
      }
      yield undefined;
    }
    out.add(isFirst ? '[]' : ']');
  } else if (value instanceof Sliced) {
    let separator = '{';
    for (const [name, content] of Object.entries(value.fields)) {
      if (content === undefined) continue;
      out.add(`${separator}${asciiJson(name)}:`);
      yield* writeJson(out, content);
      separator = ',';
    }
    out.add(separator === '{' ? '{}' : '}');
  } else {
    out.add(asciiJson(value));
    yield undefined;
  }
}

function joined({ parts }: Joined): string {
  return `{${parts.map((part) => asciiJson(part).slice(1, -1)).join(',')}}`;
}

/** Gathers the bytes of a protobuf message into pieces. */
class MessagePieces {
  readonly #pieces: Uint8Array[] = [];
  #writer = protobuf.Writer.create();
  #length = 0;

  /** For fields; it changes with every call. */
  get writer(): protobuf.Writer {
    if (this.#writer.len > PIECE / 2) this.#cut();
    return this.#writer;
  }

  /** A field that holds a message which was written for itself. */
  addMessage(id: number, message: MessagePieces): void {
    const pieces = message.end();
    this.writer.uint32(tagOf(id)).uint32(message.#length);
    if (pieces.length > 0) this.#cut();
    for (const piece of pieces) this.#push(piece);
  }

  end(): Uint8Array[] {
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    if (this.#writer.len === 0) return;
    const bytes = this.#writer.finish();
    this.#push(bytes.length > PIECE / 2 && bytes.length <= PIECE ? copied(bytes) : bytes);
    this.#writer = protobuf.Writer.create();
  }

  #push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }
}

function copied(bytes: Uint8Array): Uint8Array {
  const piece = newPiece();
  piece.set(bytes);
  return piece.subarray(0, bytes.length);
}

/** Of a field that holds a message. */
function tagOf(id: number): number {
  return id * 8 + 2;
}

function* writeMessage(
  out: MessagePieces,
  type: protobuf.Type,
  { fields }: Sliced,
): Generator<undefined, void> {
  const plain = Object.entries(fields).filter(
    ([, content]) => !(content instanceof Each || content instanceof Sliced),
  );
  type.encode(type.fromObject(Object.fromEntries(plain)), out.writer);
  for (const [name, content] of Object.entries(fields)) {
    const field = type.fields[name];
    if (field === undefined || !(field.resolvedType instanceof protobuf.Type)) continue;
    const inner = field.resolvedType;
    if (content instanceof Sliced) yield* addSliced(out, field.id, inner, content);
    else if (content instanceof Each) {
      for (const item of content.items) {
        if (item instanceof Sliced) yield* addSliced(out, field.id, inner, item);
        else if (typeof item === 'object' && !(item instanceof Joined)) {
          inner.encode(inner.fromObject(item), out.writer.uint32(tagOf(field.id)).fork()).ldelim();
        }
        yield undefined;
      }
    }
  }
}

function* addSliced(
  out: MessagePieces,
  id: number,
  type: protobuf.Type,
  message: Sliced,
): Generator<undefined, void> {
  const inner = new MessagePieces();
  yield* writeMessage(inner, type, message);
  out.addMessage(id, inner);
}

const prepared = new WeakSet<protobuf.Type>();

/** Makes the code for a type and those in it, one at a time: at the first message all together would take long. */
function* prepare(type: protobuf.Type): Generator<undefined, void> {
  if (prepared.has(type)) return;
  prepared.add(type);
  type.setup();
  yield undefined;
  for (const { resolvedType } of type.fieldsArray) {
    if (resolvedType instanceof protobuf.Type) yield* prepare(resolvedType);
  }
}
