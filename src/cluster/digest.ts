/**
 * A running 64-bit checksum of words, numbers and texts: two FNV-1a streams of 32 bits, the second rotated after each
 * step so that the two do not fall together. For telling states apart, not for security.
 */
export class Digest {
  #a = 0x811c9dc5;
  #b = 0x01000193;

  /** Mixes in an integer; the low 32 bits count. */
  word(n: number): void {
    this.#a = Math.imul(this.#a ^ n, 0x01000193);
    const b = Math.imul(this.#b ^ n, 0x85ebca6b);
    this.#b = (b << 13) | (b >>> 19);
  }

  /** Mixes in any number by its value: all 64 bits count, -0 is 0 and every NaN is the same. */
  double(x: number): void {
    if (x === (x | 0)) {
      this.word(0x10d);
      this.word(x);
      return;
    }
    scratchDouble[0] = x === x ? x : NaN;
    this.word(scratchWords[lowWord]);
    this.word(scratchWords[1 - lowWord]);
  }

  /** Mixes in a text with its length, so that `a`,`bc` and `ab`,`c` differ. */
  text(s: string): void {
    this.word(s.length);
    for (let i = 0; i < s.length; i++) this.word(s.charCodeAt(i));
  }

  /** 16 bits of it. */
  get short(): number {
    return (this.#a ^ (this.#a >>> 16) ^ this.#b) & 0xffff;
  }

  /** 16 hexadecimal digits; the digest goes on from where it was. */
  hex(): string {
    return word8(this.#a) + word8(this.#b);
  }
}

const scratchDouble = new Float64Array(1);
const scratchWords = new Int32Array(scratchDouble.buffer);
/** Index of the low half of a double in memory, so that the digest is the same on every machine. */
const lowWord = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;

function word8(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
