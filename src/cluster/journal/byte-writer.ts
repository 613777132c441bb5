const encoder = new TextEncoder();

/** The largest magnitude that {@link ByteWriter.integer} writes. */
const LARGEST = 2 ** 51;

/** Bytes that grow: whole numbers in the fewest bytes, small ones in one. */
export class ByteWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  /** A number was written that is no whole number of a sensible size; what was written for it is 0. */
  odd = false;

  get length(): number {
    return this.#length;
  }

  /** Forgets everything from this length on. */
  cut(length: number): void {
    this.#length = length;
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 on. */
  natural(value: number): void {
    if (value >= 0 && value < 2 ** 31 && Number.isInteger(value)) {
      let rest = value;
      while (rest >= 128) {
        this.byte((rest & 127) | 128);
        rest >>>= 7;
      }
      this.byte(rest);
    } else {
      this.#large(value);
    }
  }

  /** A whole number of either sign. */
  integer(value: number): void {
    this.natural(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  text(value: string): void {
    const bytes = encoder.encode(value);
    this.natural(bytes.length);
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #large(value: number): void {
    let rest = value;
    if (!(value >= 0 && value <= 2 * LARGEST && Number.isInteger(value))) {
      this.odd = true;
      rest = 0;
    }
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  #grow(more: number): void {
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    bigger.set(this.#bytes);
    this.#bytes = bigger;
  }
}
