/** A row longer than this is no row of a trace: the memory it may take is bounded. */
export const maxRowBytes = 2 ** 20;

/** The bytes of a text file between two chunks: what a reader has not used yet stays for the next one. */
export class RowBuffer {
  bytes = new Uint8Array(2 ** 18);
  /** Number of bytes held, from 0. */
  length = 0;

  append(chunk: Uint8Array): void {
    const needed = this.length + chunk.length;
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length = needed;
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  /** Position after the last line feed at or after `from`, or 0 if there is none. */
  endOfLines(from: number): number {
    const at = this.bytes.subarray(from, this.length).lastIndexOf(10);
    return at < 0 ? 0 : from + at + 1;
  }
}
