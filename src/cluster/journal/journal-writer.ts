import type { Micros } from '../ids.js';
import type { Master } from '../master/master.js';
import type { MasterEffects, MasterInput } from '../protocol.js';
import { kindCount, kindOf, nameCount, PLAIN_LIMIT } from '../resources/kinds.js';
import type { Roles } from '../roles.js';
import { ByteWriter } from './byte-writer.js';
import { EffectsDigest } from './effects-digest.js';
import { checksum, Entry, FORMAT, FRAME_BYTES, type JournalHeader } from './format.js';
import { InputEncoder } from './input-encoder.js';
import { specOf, toJson } from './json-values.js';

/** Takes the bytes of a journal, in order; each array is the receiver's own. */
export type JournalSink = (bytes: Uint8Array) => void;

/** Writes the journal of one master: what went in, when, and a checksum of what came out. */
export class JournalWriter {
  readonly #sink: JournalSink;
  readonly #roles: Roles;
  readonly #every: number;
  readonly #frame = new ByteWriter();
  readonly #encoder = new InputEncoder(this.#frame);
  readonly #effects = new EffectsDigest();
  #rolesWritten = 0;
  #namesWritten = nameCount();
  #specialsWritten = 0;
  #kindsWritten = kindCount();
  #inputs = 0;
  #lastNow: Micros = 0;

  /**
   * @param roles the master's role table
   * @param checkpointEvery inputs between two full digests
   */
  constructor(header: JournalHeader, roles: Roles, sink: JournalSink, checkpointEvery = 4096) {
    this.#sink = sink;
    this.#roles = roles;
    this.#every = checkpointEvery;
    this.#frame.text(FORMAT);
    this.#frame.text(toJson(header));
    const kinds = knownKinds();
    this.#specialsWritten = kinds.length - this.#namesWritten;
    this.#frame.text(toJson(kinds));
    this.flush();
  }

  /** Number of inputs so far. */
  get inputs(): number {
    return this.#inputs;
  }

  /** Writes the input down and lets the master take it; the effects pass through to `out`. */
  step(master: Master, input: MasterInput, now: Micros, out: MasterEffects): void {
    const frame = this.#frame;
    while (this.#rolesWritten < this.#roles.count) {
      frame.byte(Entry.role);
      frame.text(this.#roles.path(this.#rolesWritten++));
    }
    if (kindCount() !== this.#kindsWritten) this.#writeKinds();
    this.#encoder.encode(input);
    frame.integer(now - this.#lastNow);
    this.#lastNow = now;
    this.#inputs++;
    this.#effects.target = out;
    master.step(input, now, this.#effects);
    const { short } = this.#effects.digest;
    frame.byte(short & 255);
    frame.byte(short >>> 8);
    if (this.#inputs % this.#every === 0) this.#checkpoint(Entry.checkpoint);
    if (frame.length > FRAME_BYTES) this.flush();
  }

  /** Hands over all that was written so far. */
  flush(): void {
    if (this.#frame.length === 0) return;
    const content = this.#frame.copy();
    const bytes = new Uint8Array(content.length + 8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, content.length, true);
    view.setUint32(4, checksum(content), true);
    bytes.set(content, 8);
    this.#frame.cut(0);
    this.#sink(bytes);
  }

  /** Writes the last digests: of all effects, and of the master's state. */
  end(master: Master): void {
    this.#checkpoint(Entry.end);
    this.#frame.text(master.digest());
    this.flush();
  }

  /** Those that came since the last input: their ids, and with them the order inside a bag, follow from when they came. */
  #writeKinds(): void {
    while (this.#namesWritten < nameCount()) this.#writeKind(this.#namesWritten++);
    while (this.#namesWritten + this.#specialsWritten < kindCount()) {
      this.#writeKind(PLAIN_LIMIT + this.#specialsWritten++);
    }
    this.#kindsWritten = kindCount();
  }

  #writeKind(id: number): void {
    this.#frame.byte(Entry.kind);
    this.#frame.text(toJson(specOf(id)));
  }

  #checkpoint(entry: number): void {
    this.#frame.byte(entry);
    this.#frame.natural(this.#inputs);
    this.#frame.text(this.#effects.digest.hex());
  }
}

/** All kinds of resources so far, in the order of their ids: a reader that knows none yet gives them the same ids. */
function knownKinds(): unknown[] {
  const kinds: unknown[] = [];
  for (let id = 0; id < nameCount(); id++) kinds.push(specOf(id));
  for (let id = PLAIN_LIMIT; kindOf(id) !== undefined; id++) kinds.push(specOf(id));
  return kinds;
}
