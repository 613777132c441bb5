import type { Message } from './message-reader.js';
import type { MessageType } from './schema.js';
import { WireError } from './wire-error.js';

export type Encoding = 'json' | 'protobuf';

/** The media type of an encoding, to the letter: clients compare it (W-1.3). */
export const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a message. Both encodings come out in the JSON form, so that nothing behind this function knows which it was.
 *
 * @throws WireError
 */
export function decode({ type, reader }: MessageType, encoding: Encoding, bytes: Uint8Array): Message {
  return reader.read(encoding === 'json' ? parseJson(bytes) : fromProtobuf(type, bytes));
}

/**
 * Writes a message that is given in its JSON form. As JSON it is ASCII on one line, so that its length in bytes is that of
 * the text (W-1.1).
 */
export function encode({ type }: MessageType, encoding: Encoding, message: Message): Uint8Array {
  if (encoding === 'json') return Buffer.from(asciiJson(message), 'latin1');
  return type.encode(type.fromObject(message)).finish();
}

/** Compact JSON in ASCII. */
export function asciiJson(value: unknown): string {
  const text = exactNanos(JSON.stringify(value));
  return /[\u0080-\uffff]/.test(text) ? text.replace(/[\u0080-\uffff]/g, escaped) : text;
}

/** Nanoseconds that are text, because no double holds them, as the number that they are (W-1.23). */
function exactNanos(text: string): string {
  if (!text.includes('{"nanoseconds":"')) return text;
  return text.replace(/\{"nanoseconds":"(-?\d{1,19})"\}/g, '{"nanoseconds":$1}');
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes);
    // Only of JSON, where every string ends, is a search for numbers sure to be quick.
    const plain: unknown = JSON.parse(text);
    return /\d{16}/.test(text) ? JSON.parse(exactIntegers(text)) : plain;
  } catch (error) {
    throw new WireError(`it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Integers that no double holds, as text: their readers take that, too. All others, such as times in µs, stay numbers. */
function exactIntegers(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}

function fromProtobuf(type: MessageType['type'], bytes: Uint8Array): Message {
  try {
    return type.toObject(type.decode(bytes), { enums: String, bytes: String, longs: String });
  } catch (error) {
    throw new WireError(`it is no ${type.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
