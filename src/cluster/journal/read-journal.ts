import type { Micros } from '../ids.js';
import type { MasterInput } from '../protocol.js';
import { kindFor, type KindSpec } from '../resources/kinds.js';
import { Roles } from '../roles.js';
import { ByteReader } from './byte-reader.js';
import { checksum, Entry, FORMAT, type JournalHeader } from './format.js';
import { InputDecoder } from './input-decoder.js';
import { JournalError } from './journal-error.js';
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
  /** May be gone through once. Throws JournalError where the journal is damaged or cut off. */
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
        if (!reader.atEnd || frames.next().done !== true) {
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
  throw new JournalError(`the journal has no end: it stops after input ${index}, the run was cut short`);
}

/** The contents of the frames, each checked first. */
function* framesOf(bytes: Uint8Array): Generator<Uint8Array, undefined> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw new JournalError(`the journal is cut off at byte ${at}`);
    const length = view.getUint32(at, true);
    const end = at + 8 + length;
    if (end > bytes.length) throw new JournalError(`the journal is cut off at byte ${at}`);
    const content = bytes.subarray(at + 8, end);
    if (checksum(content) !== view.getUint32(at + 4, true)) {
      throw new JournalError(`the journal is damaged between bytes ${at} and ${end}`);
    }
    yield content;
    at = end;
  }
  return undefined;
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
