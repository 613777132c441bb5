import protobuf from 'protobufjs';
import { asciiJson, type Encoding } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';

/** A list of messages that is made while it is written; undefined: nothing yet, a good place for a pause. */
export class Each {
  constructor(readonly items: Iterable<Message | Sliced | undefined>) {}
}

/** A message some of whose fields are {@link Each} or {@link Sliced}. It has no required fields beside those. */
export class Sliced {
  constructor(readonly fields: Readonly<Record<string, unknown>>) {}
}

/** Pieces of text are gathered up to this many characters. */
const PIECE = 32 * 1024;

/** Writes a message piece by piece; yields wherever a pause is possible. @param type of it, for protobuf */
export function* encodeSliced(
  type: protobuf.Type | undefined,
  encoding: Encoding,
  message: Sliced,
): Generator<undefined, Uint8Array[]> {
  if (encoding === 'protobuf' && type !== undefined) {
    yield* prepare(type);
    return yield* protobufPieces(type, message);
  }
  const pieces: Uint8Array[] = [];
  let text = '';
  for (const part of jsonParts(message)) {
    text += part;
    if (text.length > PIECE) {
      pieces.push(Buffer.from(text, 'latin1'));
      text = '';
    }
    yield undefined;
  }
  pieces.push(Buffer.from(text, 'latin1'));
  return pieces;
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

function* jsonParts(value: unknown): Generator<string> {
  if (value instanceof Each) {
    let separator = '[';
    for (const item of value.items) {
      if (item === undefined) {
        yield '';
        continue;
      }
      yield separator;
      yield* jsonParts(item);
      separator = ',';
    }
    yield separator === '[' ? '[]' : ']';
  } else if (value instanceof Sliced) {
    let separator = '{';
    for (const [name, content] of Object.entries(value.fields)) {
      if (content === undefined) continue;
      yield `${separator}${asciiJson(name)}:`;
      yield* jsonParts(content);
      separator = ',';
    }
    yield separator === '{' ? '{}' : '}';
  } else yield asciiJson(value);
}

function* protobufPieces(type: protobuf.Type, { fields }: Sliced): Generator<undefined, Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const plain = Object.entries(fields).filter(
    ([, content]) => !(content instanceof Each || content instanceof Sliced),
  );
  pieces.push(type.encode(type.fromObject(Object.fromEntries(plain))).finish());
  for (const [name, content] of Object.entries(fields)) {
    const field = type.fields[name];
    if (field === undefined || !(field.resolvedType instanceof protobuf.Type)) continue;
    const inner = field.resolvedType;
    if (content instanceof Sliced) yield* addInner(pieces, field.id, inner, content);
    else if (content instanceof Each) {
      for (const item of content.items) {
        if (item instanceof Sliced) yield* addInner(pieces, field.id, inner, item);
        else if (item !== undefined) {
          const bytes = inner.encode(inner.fromObject(item)).finish();
          pieces.push(header(field.id, bytes.length), bytes);
        }
        yield undefined;
      }
    }
  }
  return pieces;
}

function* addInner(
  pieces: Uint8Array[],
  id: number,
  type: protobuf.Type,
  message: Sliced,
): Generator<undefined, void> {
  const inner = yield* protobufPieces(type, message);
  pieces.push(
    header(
      id,
      inner.reduce((sum, { length }) => sum + length, 0),
    ),
  );
  for (const piece of inner) pieces.push(piece);
}

/** Tag and length of a field that holds a message. */
function header(id: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32(id * 8 + 2)
    .uint32(length)
    .finish();
}
