import { JournalError } from './journal-error.js';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads what a ByteWriter wrote. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    if (this.#at === this.#bytes.length) throw new JournalError('an entry is cut off');
    return this.#bytes[this.#at++];
  }

  natural(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
      if (unit > 2 ** 53) throw new JournalError('a number is too long');
    }
  }

  integer(): number {
    const value = this.natural();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  text(): string {
    const length = this.natural();
    if (this.#at + length > this.#bytes.length) throw new JournalError('a text is cut off');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    try {
      return decoder.decode(bytes);
    } catch {
      throw new JournalError('a text is not UTF-8');
    }
  }
}
