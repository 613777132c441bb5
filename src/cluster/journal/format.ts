import type { AllocatorOptions } from '../allocator.js';
import type { Micros } from '../ids.js';
import type { MasterInput, UpdateSource } from '../protocol.js';

/**
 * The journal: every input of a master with its time, and checksums of what came out.
 *
 * A file is a row of frames; a frame is its length and its checksum (both 32 bits, low byte first) and its content, which
 * is whole entries. The first frame has the format's name and the header as JSON. An entry is one byte that says what it is
 * and its fields, whole numbers in 7-bit groups, low group first, signed ones folded (0, -1, 1, -2 are 0, 1, 2, 3).
 */
export const FORMAT = 'agora-journal/2';

/** A frame is closed when it is longer than this. */
export const FRAME_BYTES = 60_000;

/** What it takes to make the same master again. */
export interface JournalHeader extends Omit<AllocatorOptions, 'roles' | 'random'> {
  readonly masterId: string;
  /** As after --allocator. */
  readonly allocator: string;
  /** Of all random streams. */
  readonly seed: string;
  readonly offerTimeoutUs?: Micros;
  /** Version of the program that wrote it. */
  readonly version: string;
}

/** First byte of an entry. Inputs that are frequent have their own; the others are JSON. */
export const Entry = {
  end: 0,
  checkpoint: 1,
  role: 2,
  forget: 3,
  json: 4,
  update: 5,
  acknowledge: 6,
  accept: 7,
  request: 8,
  allocate: 9,
  decline: 10,
  suppress: 11,
  revive: 12,
  kind: 13,
} as const;

export const SOURCES: readonly UpdateSource[] = ['SOURCE_MASTER', 'SOURCE_AGENT', 'SOURCE_EXECUTOR'];

/** Resources and specs known by number, before both sides start anew. */
export const MOST_KNOWN = 65_536;

export type InputOf<Type extends MasterInput['type']> = Extract<MasterInput, { readonly type: Type }>;

/** 32 bits over the bytes, four at a time. */
export function checksum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let sum = Math.imul(bytes.length, 0x01000193) ^ 0x811c9dc5;
  for (let i = 0; i < whole; i += 4) {
    sum = Math.imul(sum ^ view.getInt32(i, true), 0x01000193);
    sum ^= sum >>> 15;
  }
  for (let i = whole; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i], 0x01000193);
  return sum >>> 0;
}
