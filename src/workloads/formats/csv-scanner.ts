/**
 * Finds the fields of one row of CSV (RFC 4180: commas, quotes doubled inside quotes) in a buffer of bytes and reads
 * its numbers, without a string per field. The two loops over plain digits and plain text are where the time of
 * reading a trace goes; quotes, exponents, signs and blanks take the slower methods below them.
 */
import { quoted } from './bad-rows.js';
import { firstTextSlot, numberColumns, Slot, slotCount } from './csv-columns.js';
import { parseFixed, parsePlainFixed, powersOfTen } from './fixed-point.js';

const lineFeed = 10;
const carriageReturn = 13;
const blank = 32;
const quote = 34;
const comma = 44;
const point = 46;
const zero = 48;
/** 15 digits and what they are multiplied by stay exact, or are far beyond every limit. */
const mostPlainDigits = 15;

/** As doubles, so that the product of a large number does not surprise the compiler of the hot loop. */
const scales = Float64Array.from(powersOfTen);
const digitsOf = Uint8Array.from(numberColumns, ({ digits }) => digits);
const maxOf = Float64Array.from(numberColumns, ({ max }) => max);
const minOf = Float64Array.from(numberColumns, ({ min }) => min);

/** What is wrong with a row: in full, and in the few words under which such rows are counted. */
export interface RowFault {
  readonly message: string;
  readonly reason: string;
}

export class CsvScanner {
  /** Numbers of the last row by slot, in the unit of their column. */
  readonly values = new Float64Array(slotCount);
  /** The first fault of the last row. */
  fault: RowFault | undefined;
  /** Line feeds inside the quoted fields of the last row. */
  innerLines = 0;

  readonly #slots: Uint8Array;
  #limit = 0;
  /** Where the text of each slot is in the last row: in the buffer, or unescaped if it has an entry there. */
  readonly #starts = new Int32Array(slotCount);
  readonly #ends = new Int32Array(slotCount);
  /** Room for the unescaped fields of one row. */
  #plain = new Uint8Array(256);
  #plainLength = 0;
  readonly #sources: Uint8Array[] = new Array<Uint8Array>(slotCount).fill(new Uint8Array(0));

  /** @param slots what each column is used for. */
  constructor(slots: Uint8Array) {
    this.#slots = slots;
    numberColumns.forEach(({ standard }, slot) => (this.values[slot] = standard));
  }

  /**
   * Scans the row that starts at `start`. The bytes up to `limit` end with a line feed.
   * Answers the position after the row, or -1 if it goes on after `limit`: a quoted field is not closed before.
   */
  scanRow(bytes: Uint8Array, start: number, limit: number): number {
    this.fault = undefined;
    this.innerLines = 0;
    this.#plainLength = 0;
    this.#limit = limit;
    const slots = this.#slots;
    const last = slots.length - 1;
    let at = start;
    for (let column = 0; ; column++) {
      const slot = slots[column];
      at = slot < firstTextSlot ? this.#number(bytes, at, slot) : this.#text(bytes, at, slot);
      if (at < 0) return -1;
      if (bytes[at] === lineFeed) {
        if (column < last) this.#wrongCount(column + 1);
        return at + 1;
      }
      at++;
      if (column === last) return this.#surplus(bytes, at, column + 2);
    }
  }

  /** The array in which the text of the slot is, from {@link startOf} to {@link endOf}. */
  sourceOf(slot: number): Uint8Array {
    return this.#sources[slot];
  }

  startOf(slot: number): number {
    return this.#starts[slot];
  }

  endOf(slot: number): number {
    return this.#ends[slot];
  }

  textOf(slot: number): string {
    const bytes = this.#sources[slot].subarray(this.#starts[slot], this.#ends[slot]);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }

  setFault(message: string, reason: string): void {
    this.fault ??= { message, reason };
  }

  /** Digits, perhaps with a point: anything else goes to {@link #oddNumber}. Answers where the field ends. */
  #number(bytes: Uint8Array, start: number, slot: number): number {
    let at = start;
    // Two integers of few digits are faster than one that needs a double.
    let whole = 0;
    let byte = bytes[at];
    while (byte >= zero && byte < zero + 10) {
      whole = whole * 10 + (byte - zero);
      byte = bytes[++at];
    }
    const wholeDigits = at - start;
    const digits = digitsOf[slot];
    let value = whole * scales[digits];
    if (byte === point && digits > 0) {
      const most = at + 1 + digits;
      let fraction = 0;
      byte = bytes[++at];
      while (byte >= zero && byte < zero + 10 && at < most) {
        fraction = fraction * 10 + (byte - zero);
        byte = bytes[++at];
      }
      value += fraction * scales[most - at];
      // Half up on the digit after the last kept one (C-4); the ones behind it do not count.
      if (byte >= zero + 5 && byte < zero + 10) value++;
      while (byte >= zero && byte < zero + 10) byte = bytes[++at];
    }
    if (byte === carriageReturn && bytes[at + 1] === lineFeed) byte = bytes[++at];
    const isPlain =
      (byte === comma || byte === lineFeed) &&
      wholeDigits > 0 &&
      wholeDigits + digits <= mostPlainDigits &&
      value <= maxOf[slot] &&
      value >= minOf[slot];
    if (!isPlain) return this.#oddNumber(bytes, start, slot);
    this.values[slot] = value;
    return at;
  }

  #oddNumber(bytes: Uint8Array, start: number, slot: number): number {
    const at = this.#text(bytes, start, Slot.label);
    if (at < 0) return at;
    const { name, digits, min, max, standard, rule, required } = numberColumns[slot];
    const from = this.#starts[Slot.label];
    const plain =
      digits > 0 ? parsePlainFixed(this.#sources[Slot.label], from, this.#ends[Slot.label], digits) : -1;
    if (plain >= 0 && plain <= max) {
      this.values[slot] = plain;
      return at;
    }
    const text = this.textOf(Slot.label);
    if (text === '' && required !== true) {
      this.values[slot] = standard;
      return at;
    }
    const isWhole = digits > 0 || /^[+-]?\d+(\.0*)?$/.test(text);
    const value = isWhole ? parseFixed(text, digits) : NaN;
    this.values[slot] = value;
    // Half up would make 0 of a small negative number.
    const isNegative = text.startsWith('-') && /[1-9]/.test(text.replace(/e.*/i, ''));
    if (Number.isNaN(value) || value < min || (min >= 0 && isNegative)) {
      const found = text === '' ? 'empty' : quoted(text);
      this.setFault(`${name} is ${found}; ${rule}.`, `bad ${name}`);
    } else if (value > max) {
      const most = digits > 0 ? Math.floor(max / powersOfTen[digits]) : max;
      const fault = max === 1 ? rule : `the most is ${most}`;
      this.setFault(`${name} is ${quoted(text)}; ${fault}.`, `bad ${name}`);
    }
    return at;
  }

  /** Text without quotes, blanks around it not counted. Answers where the field ends. */
  #text(bytes: Uint8Array, start: number, slot: number): number {
    let from = start;
    while (isBlank(bytes[from])) from++;
    if (bytes[from] === quote) return this.#quotedText(bytes, from, slot);
    let at = from;
    let byte = bytes[at];
    while (byte !== comma && byte !== lineFeed) byte = bytes[++at];
    let end = at;
    while (end > from && isBlank(bytes[end - 1])) end--;
    this.#starts[slot] = from;
    this.#ends[slot] = end;
    this.#sources[slot] = bytes;
    return at;
  }

  #quotedText(bytes: Uint8Array, open: number, slot: number): number {
    let at = open + 1;
    let doubled = 0;
    let lines = 0;
    for (; at < this.#limit; at++) {
      if (bytes[at] === lineFeed) lines++;
      if (bytes[at] !== quote) continue;
      if (bytes[at + 1] !== quote) break;
      doubled++;
      at++;
    }
    // The row ends in a line feed, so a quote in the last place is not a closing one.
    if (at >= this.#limit) return -1;
    this.innerLines += lines;
    this.#starts[slot] = open + 1;
    this.#ends[slot] = at;
    this.#sources[slot] = bytes;
    if (doubled > 0) this.#unescape(bytes, open + 1, at, at - open - 1 - doubled, slot);
    at++;
    while (isBlank(bytes[at])) at++;
    if (bytes[at] !== comma && bytes[at] !== lineFeed) {
      this.setFault('there is text after a closing quote; a quote inside quotes is doubled.', 'bad quotes');
      while (bytes[at] !== comma && bytes[at] !== lineFeed) at++;
    }
    return at;
  }

  #unescape(bytes: Uint8Array, start: number, end: number, length: number, slot: number): void {
    const from = this.#plainLength;
    // A larger array takes the place of this one; fields of the row that are in the old one stay there.
    if (from + length > this.#plain.length) this.#plain = new Uint8Array(2 * (from + length));
    let to = from;
    for (let at = start; at < end; at++) {
      this.#plain[to++] = bytes[at];
      if (bytes[at] === quote) at++;
    }
    this.#starts[slot] = from;
    this.#ends[slot] = to;
    this.#sources[slot] = this.#plain;
    this.#plainLength = to;
  }

  /** A row with more fields than the header: goes on to its end. */
  #surplus(bytes: Uint8Array, start: number, count: number): number {
    let at = start;
    for (let columns = count; ; columns++) {
      at = this.#text(bytes, at, Slot.label);
      if (at < 0) return -1;
      if (bytes[at] === lineFeed) {
        this.#wrongCount(columns);
        return at + 1;
      }
      at++;
    }
  }

  #wrongCount(count: number): void {
    const columns = `${count} ${count === 1 ? 'column' : 'columns'}`;
    this.setFault(`the row has ${columns}, the header ${this.#slots.length}.`, 'wrong number of columns');
  }
}

/** A blank at the edge of a field; a line feed is none, it ends the row. */
function isBlank(byte: number): boolean {
  return byte === blank || byte === 9 || byte === carriageReturn;
}
