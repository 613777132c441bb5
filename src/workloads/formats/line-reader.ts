import { isUtf8 } from '../interning.js';
import { TraceError } from '../trace-error.js';
import type { BadRows } from './bad-rows.js';
import { maxRowBytes, RowBuffer } from './row-buffer.js';

const lineFeed = 10;

/** Cuts the bytes of a file into lines of text, for formats of which a file has thousands of rows and not millions. */
export class LineReader {
  readonly #bad: BadRows;
  readonly #take: (text: string, line: number) => void;
  readonly #buffer = new RowBuffer();
  #line = 0;

  /**
   * @param bad is told of lines that are no text.
   * @param take is given every other line that is not blank, without its end, and its number from 1.
   */
  constructor(bad: BadRows, take: (text: string, line: number) => void) {
    this.#bad = bad;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    const unread = this.#buffer.length;
    this.#buffer.append(chunk);
    this.#readLines(this.#buffer.endOfLines(unread));
    if (this.#buffer.length > maxRowBytes) {
      throw new TraceError(`${this.#bad.path}:${this.#line + 1}: the line is longer than 1 MiB.`);
    }
  }

  /** After the last chunk: the last line may be without its end. */
  finish(): void {
    this.#buffer.append(Uint8Array.of(lineFeed));
    this.#readLines(this.#buffer.length);
  }

  #readLines(limit: number): void {
    const { bytes } = this.#buffer;
    let at = 0;
    while (at < limit) {
      const end = bytes.indexOf(lineFeed, at);
      this.#line++;
      this.#readLine(bytes, at, end);
      at = end + 1;
    }
    this.#buffer.drop(at);
  }

  #readLine(bytes: Uint8Array, start: number, end: number): void {
    if (!isUtf8(bytes, start, end)) {
      this.#bad.report(this.#line, 'the line is not UTF-8 text; save the file as UTF-8.', 'not UTF-8 text');
      return;
    }
    const text = new TextDecoder().decode(bytes.subarray(start, end)).replace(/\r$/, '');
    if (text.trim() !== '') this.#take(text, this.#line);
  }
}
