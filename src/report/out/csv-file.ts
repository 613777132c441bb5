import { Buffer } from 'node:buffer';
import { open, type FileHandle } from 'node:fs/promises';
import { stringify, type Options } from 'csv-stringify/sync';

/** Bytes that are collected before they go to the file. */
const CHUNK = 1 << 20;
/** What a row of numbers and short names takes at most. */
const ROOM = 4096;
const COMMA = 44;
const NEWLINE = 10;
const ZERO = 48;
const POINT = 46;
const MINUS = 45;

/** Quoted texts that are kept: those of names that come again and again. */
const MOST_QUOTED = 10_000;

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

/**
 * Writes rows of numbers and names to a file, fast: a million rows of a run's tasks take a tenth of what csv-stringify
 * needs for them. Names that are not plain go through csv-stringify, so that there is one way to quote.
 */
export class CsvFile {
  readonly #file: FileHandle;
  #buffer = Buffer.allocUnsafe(CHUNK + ROOM);
  #length = 0;
  #isRowStart = true;
  readonly #quoted = new Map<string, string>();

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Writes a whole file.
   *
   * @param rowCount how often `row` is called, with 0, 1, …; each call writes the cells of one row
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
    this.#cell();
    const start = this.#length;
    this.#reserve(value.length);
    const buffer = this.#buffer;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (!isPlain(code, i)) {
        this.#length = start;
        return this.#quote(value);
      }
      buffer[start + i] = code;
    }
    this.#length = start + value.length;
    return this;
  }

  /** A cell with a plain word and a number behind it, such as `job-17`. */
  numbered(word: string, number: number): this {
    this.text(word);
    this.#decimal(number, 1);
    return this;
  }

  /** Cells that are known to be plain, as they stand in a row. */
  raw(cells: Uint8Array): this {
    this.#cell();
    this.#buffer.set(cells, this.#length);
    this.#length += cells.length;
    return this;
  }

  /** A cell without a value. */
  empty(): this {
    this.#cell();
    return this;
  }

  /** Microseconds as seconds, millionths as ones: up to six decimals, without trailing zeros. Below 0: no value. */
  micros(value: number): this {
    this.#cell();
    if (value >= 0) this.#decimal(value, 1_000_000);
    return this;
  }

  integer(value: number): this {
    this.#cell();
    this.#decimal(value, 1);
    return this;
  }

  #cell(): void {
    if (!this.#isRowStart) this.#buffer[this.#length++] = COMMA;
    this.#isRowStart = false;
  }

  #endRow(): void {
    this.#buffer[this.#length++] = NEWLINE;
    this.#isRowStart = true;
    this.#reserve(ROOM / 2);
  }

  /** @param value an integer below 2^53 in parts of 1 / scale */
  #decimal(value: number, scale: number): void {
    let rest = value;
    if (rest < 0) {
      this.#buffer[this.#length++] = MINUS;
      rest = -rest;
    }
    const whole = Math.floor(rest / scale);
    this.#digits(whole);
    let part = rest - whole * scale;
    if (part === 0) return;
    this.#buffer[this.#length++] = POINT;
    for (let place = scale / 10; part > 0; place /= 10) {
      const digit = (part / place) | 0;
      this.#buffer[this.#length++] = ZERO + digit;
      part -= digit * place;
    }
  }

  #digits(whole: number): void {
    if (whole >= 2 ** 31) {
      this.#length += this.#buffer.write(String(whole), this.#length, 'latin1');
      return;
    }
    let digits = 1;
    for (let power = 10; power <= whole; power *= 10) digits++;
    this.#length += digits;
    let rest = whole;
    for (let at = this.#length - 1; digits > 0; at--, digits--) {
      const tenth = (rest / 10) | 0;
      this.#buffer[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
  }

  #quote(value: string): this {
    let quoted = this.#quoted.get(value);
    if (quoted === undefined) {
      quoted = stringify([[value]], csvOptions).slice(0, -1);
      if (this.#quoted.size < MOST_QUOTED) this.#quoted.set(value, quoted);
    }
    this.#reserve(3 * quoted.length);
    this.#length += this.#buffer.write(quoted, this.#length, 'utf8');
    return this;
  }

  /** Room for so many bytes and a row of numbers behind them. */
  #reserve(bytes: number): void {
    const needed = this.#length + bytes + ROOM / 2;
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

/** A character that needs no quotes anywhere, and at the start of a cell makes no formula of it. */
function isPlain(code: number, position: number): boolean {
  if (code <= 0x20 || code >= 0x7f || code === 0x22 || code === COMMA) return false;
  return position > 0 || (code !== 0x3d && code !== 0x2b && code !== MINUS && code !== 0x40);
}
