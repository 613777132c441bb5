/** A record of a RecordIO stream: its length in bytes as a decimal number, a line feed, and its bytes (W-1.1). */
export function frame(record: Uint8Array): Buffer {
  return framed([record]);
}

/** The same of a record that is in pieces. */
export function framed(pieces: readonly Uint8Array[]): Buffer {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return Buffer.concat([Buffer.from(`${length}\n`, 'latin1'), ...pieces]);
}

/** More digits than any record's length has. */
const LONGEST_LENGTH = 12;

/** Takes a RecordIO stream apart. Blank lines between records are skipped. */
export class RecordReader {
  readonly #most: number;
  #rest: Buffer = Buffer.alloc(0);

  /** @param most bytes of the longest record that is taken */
  constructor(most: number) {
    this.#most = most;
  }

  /** The records that end within this piece. @throws RangeError for what is no RecordIO, or a record that is too long */
  push(piece: Uint8Array): Buffer[] {
    let rest = this.#rest.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#rest, piece]);
    const records: Buffer[] = [];
    for (;;) {
      const end = rest.indexOf(0x0a);
      if (end < 0) {
        if (rest.length > LONGEST_LENGTH) throw new RangeError('a record begins with its length');
        break;
      }
      const digits = rest.toString('latin1', 0, end).trim();
      if (digits === '') {
        rest = rest.subarray(end + 1);
        continue;
      }
      const length = /^\d{1,12}$/.test(digits) ? Number(digits) : NaN;
      if (!(length > 0)) throw new RangeError(`"${digits.slice(0, 20)}" is no length of a record`);
      if (length > this.#most)
        throw new RangeError(`a record of ${length} bytes; ${this.#most} are the most`);
      if (rest.length < end + 1 + length) break;
      records.push(rest.subarray(end + 1, end + 1 + length));
      rest = rest.subarray(end + 1 + length);
    }
    this.#rest = rest;
    return records;
  }
}
