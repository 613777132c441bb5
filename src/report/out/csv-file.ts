import { Buffer } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import type { Options } from 'csv-stringify/sync';

/** Bytes that are collected before they go to the file: as many as stay in a processor's cache. */
const CHUNK = 1 << 18;
/** What a row of numbers and short names takes at most. */
const ROOM = 4096;
const COMMA = 44;
const NEWLINE = 10;
const ZERO = 48;
const POINT = 46;
const MINUS = 45;

/** The digits of 0 to 99, two bytes each. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, at) => ZERO + (at % 2 === 0 ? Math.floor(at / 20) : (at >> 1) % 10));

/**
 * How csv-stringify writes a table: a line break in a name is quoted, and a name that a spreadsheet would run as a formula
 * gets a `'` in front.
 */
export const csvOptions: Options = {
  escape_formulas: true,
  quoted_match: /[\r\n]/,
  // A number below 0 is no formula.
  cast: { number: (value) => ({ value: String(value), escape_formulas: false }) },
};

/** A text as a cell, byte for byte what csv-stringify makes of it under {@link csvOptions}: a test compares them. */
export function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A whole table as text, for tables of thousands of rows. A number is as decimal text as JavaScript has it. */
export function csvText(rows: readonly (readonly (string | number | null)[])[]): string {
  const cell = (value: string | number | null): string =>
    typeof value === 'string' ? cellOf(value) : value === null ? '' : String(value);
  return rows.map((row) => `${row.map(cell).join()}\n`).join('');
}

/** Cells that are written again and again, for {@link CsvFile.raw}: their bytes one behind the other. */
export interface Cells {
  readonly bytes: Uint8Array;
  /** Where each begins, and behind the last one where that ends. */
  readonly starts: Int32Array;
}

/** A cell a text, as {@link cellOf} has it. */
export function cellsOf(texts: readonly string[]): Cells {
  return rawCells(texts.map(cellOf));
}

/** Texts that are cells already; with commas between them, several. */
export function rawCells(texts: readonly string[]): Cells {
  const starts = new Int32Array(texts.length + 1);
  const cells = texts.map((text) => Buffer.from(text));
  cells.forEach(({ length }, i) => (starts[i + 1] = starts[i] + length));
  return { bytes: Buffer.concat(cells), starts };
}

/**
 * Writes rows of numbers and names to a file as bytes: a million rows of a run's tasks take a twentieth of what
 * csv-stringify needs for them.
 */
export class CsvFile {
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(CHUNK + 2 * ROOM);
  #length = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Writes a whole file.
   *
   * @param rowCount how often `row` is called, with 0, 1, …; each call writes the cells of one row, one at least
   */
  static async write(
    path: string,
    header: readonly string[],
    rowCount: number,
    row: (csv: CsvFile, index: number) => void,
  ): Promise<void> {
    const file = await open(path, 'w');
    try {
      const csv = new CsvFile(file);
      for (const name of header) csv.text(name);
      csv.#endRow();
      for (let index = 0; index < rowCount; index++) {
        row(csv, index);
        csv.#endRow();
        if (csv.#length >= CHUNK) await csv.#flush();
      }
      await csv.#flush();
    } finally {
      await file.close();
    }
  }

  /** A cell with a name or any other text. */
  text(value: string): this {
    const start = this.#length;
    this.#reserve(value.length);
    const buffer = this.#buffer;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (!isPlain(code, i)) return this.#anyText(value);
      buffer[start + i] = code;
    }
    return this.#endCell(start + value.length);
  }

  /** A cell with a plain word and a number behind it, such as `job-17`. */
  numbered(word: string, number: number): this {
    this.text(word);
    // Behind the word, where its comma is.
    return this.#endCell(this.#digits(this.#length - 1, number));
  }

  /** One of the cells of a list, by number. */
  raw({ bytes, starts }: Cells, index: number): this {
    const [from, end] = [starts[index], starts[index + 1]];
    this.#reserve(end - from);
    const buffer = this.#buffer;
    let at = this.#length;
    if (end - from > 64) {
      buffer.set(bytes.subarray(from, end), at);
      return this.#endCell(at + end - from);
    }
    for (let i = from; i < end; i++) buffer[at++] = bytes[i];
    return this.#endCell(at);
  }

  /** A cell without a value. */
  empty(): this {
    return this.#endCell(this.#length);
  }

  /** Microseconds as seconds, millionths as ones: up to six decimals, without trailing zeros. Below 0: no value. */
  micros(value: number): this {
    if (value < 0) return this.empty();
    let whole = Math.floor(value / 1e6);
    let part = value - whole * 1e6;
    if (part < 0) {
      // The division was rounded up.
      whole--;
      part += 1e6;
    }
    const at = this.#digits(this.#length, whole);
    return this.#endCell(part === 0 ? at : this.#sixDecimals(at, part | 0));
  }

  integer(value: number): this {
    let at = this.#length;
    if (value < 0) this.#buffer[at++] = MINUS;
    return this.#endCell(this.#digits(at, Math.abs(value)));
  }

  /** Every cell has a comma behind it; that of the last one becomes the end of its row. */
  #endCell(at: number): this {
    this.#buffer[at] = COMMA;
    this.#length = at + 1;
    return this;
  }

  #endRow(): void {
    this.#buffer[this.#length - 1] = NEWLINE;
    this.#reserve(0);
  }

  /** Answers where it ends. @param part 1 to 999,999 */
  #sixDecimals(at: number, part: number): number {
    const buffer = this.#buffer;
    const first = (part / 10_000) | 0;
    const rest = part - first * 10_000;
    const second = (rest / 100) | 0;
    buffer[at] = POINT;
    buffer[at + 1] = PAIRS[2 * first];
    buffer[at + 2] = PAIRS[2 * first + 1];
    buffer[at + 3] = PAIRS[2 * second];
    buffer[at + 4] = PAIRS[2 * second + 1];
    const third = rest - second * 100;
    buffer[at + 5] = PAIRS[2 * third];
    buffer[at + 6] = PAIRS[2 * third + 1];
    let end = at + 7;
    while (buffer[end - 1] === ZERO) end--;
    return end;
  }

  /** Answers where it ends. @param value a whole number from 0 to 2^53 */
  #digits(at: number, value: number): number {
    const buffer = this.#buffer;
    if (value >= 2 ** 31) return at + buffer.write(String(value), at, 'latin1');
    let rest = value | 0;
    const end = at + digitCount(rest);
    let to = end;
    while (rest >= 100) {
      const next = (rest / 100) | 0;
      const pair = 2 * (rest - next * 100);
      to -= 2;
      buffer[to] = PAIRS[pair];
      buffer[to + 1] = PAIRS[pair + 1];
      rest = next;
    }
    buffer[to - 1] = PAIRS[2 * rest + 1];
    if (rest >= 10) buffer[to - 2] = PAIRS[2 * rest];
    return end;
  }

  #anyText(value: string): this {
    const cell = cellOf(value);
    this.#reserve(3 * cell.length);
    return this.#endCell(this.#length + this.#buffer.write(cell, this.#length, 'utf8'));
  }

  /** Room for so many bytes and a row of numbers behind them. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes + ROOM;
    if (needed <= this.#buffer.length) return;
    const longer = Buffer.allocUnsafe(needed * 2);
    this.#buffer.copy(longer, 0, 0, this.#length);
    this.#buffer = longer;
  }

  async #flush(): Promise<void> {
    let written = 0;
    while (written < this.#length) {
      written += (await this.#file.write(this.#buffer, written, this.#length - written)).bytesWritten;
    }
    this.#length = 0;
  }
}

function digitCount(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** A character that needs no quotes anywhere, and at the start of a cell makes no formula of it. */
function isPlain(code: number, position: number): boolean {
  if (code < 0x20 || code >= 0x7f || code === 0x22 || code === COMMA) return false;
  return position > 0 || (code !== 0x3d && code !== 0x2b && code !== MINUS && code !== 0x40);
}
