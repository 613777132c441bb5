import type { Micros } from '../ids.js';
import type { MasterInput } from '../protocol.js';
import { kindFor, type KindSpec } from '../resources/kinds.js';
import { Roles } from '../roles.js';
import { ByteReader } from './byte-reader.js';
import { checksum, Entry, FORMAT, FRAME_BYTES, type JournalHeader } from './format.js';
import { InputDecoder } from './input-decoder.js';
import { JournalCutError, JournalError } from './journal-error.js';
import { fromJson } from './json-values.js';

/** One thing that a journal says. Inputs are counted from 0. */
export type JournalEntry =
  | {
      readonly type: 'input';
      readonly index: number;
      readonly now: Micros;
      readonly input: MasterInput;
      /** 16 bits of the digest of all effects up to this input's. */
      readonly short: number;
    }
  | { readonly type: 'checkpoint'; readonly inputs: number; readonly digest: string }
  | { readonly type: 'end'; readonly inputs: number; readonly digest: string; readonly state: string };

export interface Journal {
  readonly header: JournalHeader;
  /** The master's roles; filled while the entries are read, each before the first input that uses it. */
  readonly roles: Roles;
  /** May be gone through once. Throws JournalError where it is damaged, JournalCutError where it stops before its end. */
  readonly entries: IterableIterator<JournalEntry>;
}

/**
 * Reads a journal.
 *
 * @throws JournalError in one line, when its beginning cannot be read
 */
export function readJournal(bytes: Uint8Array): Journal {
  if (!beginsAsJournal(bytes)) throw new JournalError(`this is no journal of the format ${FORMAT}`);
  const frames = framesOf(bytes);
  const first = frames.next();
  if (first.done === true) throw new JournalError('the journal has no header');
  const reader = new ByteReader(first.value);
  reader.text();
  const header = headerFrom(fromJson(reader.text()));
  for (const kind of fromJson(reader.text()) as KindSpec[]) kindFor(kind);
  const roles = new Roles();
  return { header, roles, entries: entriesOf(frames, roles) };
}

function* entriesOf(frames: Iterator<Uint8Array>, roles: Roles): IterableIterator<JournalEntry> {
  const decoder = new InputDecoder();
  let index = 0;
  let now: Micros = 0;
  for (let frame = frames.next(); frame.done !== true; frame = frames.next()) {
    const reader = new ByteReader(frame.value);
    while (!reader.atEnd) {
      const entry = reader.byte();
      if (entry === Entry.role) {
        roles.intern(reader.text());
      } else if (entry === Entry.kind) {
        kindFor(fromJson(reader.text()) as KindSpec);
      } else if (entry === Entry.forget) {
        decoder.forget();
      } else if (entry === Entry.checkpoint) {
        yield { type: 'checkpoint', inputs: reader.natural(), digest: reader.text() };
      } else if (entry === Entry.end) {
        yield { type: 'end', inputs: reader.natural(), digest: reader.text(), state: reader.text() };
        if (!reader.atEnd || hasMore(frames)) {
          throw new JournalError(`the journal goes on after its end, which comes after input ${index}`);
        }
        return;
      } else {
        const input = decoder.decode(entry, reader);
        now += reader.integer();
        yield { type: 'input', index, now, input, short: reader.byte() + 256 * reader.byte() };
        index++;
      }
    }
  }
  throw new JournalCutError(`the journal has no end: it stops after input ${index}`);
}

/** Be it a frame or not. */
function hasMore(frames: Iterator<Uint8Array>): boolean {
  try {
    return frames.next().done !== true;
  } catch (error) {
    if (error instanceof JournalError) return true;
    throw error;
  }
}

/** The contents of the frames, each checked first. */
function* framesOf(bytes: Uint8Array): Generator<Uint8Array, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw new JournalCutError(`the journal is cut off at byte ${at}`);
    const length = view.getUint32(at, true);
    const end = at + 8 + length;
    if (end > bytes.length) {
      if (endsSooner(view, at)) throw new JournalError(`the journal is damaged at byte ${at}`);
      throw new JournalCutError(`the journal is cut off at byte ${at}`);
    }
    const content = bytes.subarray(at + 8, end);
    if (checksum(content) !== view.getUint32(at + 4, true)) {
      throw new JournalError(`the journal is damaged between bytes ${at} and ${end}`);
    }
    yield content;
    at = end;
  }
  return undefined;
}

/**
 * Whether a frame that is said to end behind the file is whole with a smaller length: then the length is damaged, and what
 * follows must not be taken for never written. Frames of inputs that are larger than a frame need not be found.
 */
function endsSooner(view: DataView, at: number): boolean {
  const start = at + 8;
  const last = Math.min(view.byteLength, start + 2 * FRAME_BYTES);
  const sum = view.getUint32(at + 4, true);
  for (let end = start; end <= last; end++) {
    // Another frame follows, or nothing.
    const rest = view.byteLength - end - 8;
    if (rest !== -8 && (rest < 0 || view.getUint32(end, true) > rest)) continue;
    if (checksum(new Uint8Array(view.buffer, view.byteOffset + start, end - start)) === sum) return true;
  }
  return false;
}

/** After length and checksum of the first frame comes the format's name with its length. */
function beginsAsJournal(bytes: Uint8Array): boolean {
  if (bytes[8] !== FORMAT.length) return false;
  for (let i = 0; i < FORMAT.length; i++) if (bytes[9 + i] !== FORMAT.charCodeAt(i)) return false;
  return true;
}

/** Fields of a header that a master cannot do without, with their types. */
const headerFields = {
  masterId: 'string',
  allocator: 'string',
  seed: 'string',
  version: 'string',
  offers: 'string',
  agentOrder: 'string',
  roleSorter: 'string',
  frameworkSorter: 'string',
  intervalUs: 'number',
  instant: 'boolean',
  minAllocatable: 'object',
  fairnessExclude: 'object',
} as const satisfies Partial<Record<keyof JournalHeader, string>>;

function headerFrom(value: unknown): JournalHeader {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  for (const [name, type] of Object.entries(headerFields)) {
    if (typeof fields[name] !== type) throw new JournalError(`the journal's header has no ${name}`);
  }
  return value as JournalHeader;
}
