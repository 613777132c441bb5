/** Which format a file is of, from its first bytes and never from its name. */
import { TraceError } from '../trace-error.js';
import { alibabaGpu2023Format } from './alibaba-gpu-2023.js';
import { csvFormat } from './csv.js';
import { splitSettings } from './format-settings.js';
import type { TraceFormat } from './format.js';
import { swfFormat } from './swf.js';
import { swimFormat } from './swim.js';

/** All formats Agora reads, in the order in which they are tried. */
export const traceFormats: readonly TraceFormat[] = [csvFormat, swfFormat, alibabaGpu2023Format, swimFormat];

/** How much of a file is looked at. */
export const headBytes = 2 ** 16;

const packers: readonly { readonly name: string; readonly magic: readonly number[] }[] = [
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04] },
];

export function isGzip(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0x1f, 0x8b]);
}

/** The format of that name; settings may follow it (`swim?map_mb=64`). */
export function formatNamed(text: string): TraceFormat {
  const { name } = splitSettings(text);
  const format = traceFormats.find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  throw new TraceError(
    `no trace format ${JSON.stringify(name)}; there are ${traceFormats.map((known) => known.name).join(', ')}.`,
  );
}

/**
 * @param path for messages.
 * @param head the first bytes of the file, unpacked.
 * @param isWhole whether they are all of it.
 */
export function detectFormat(path: string, head: Uint8Array, isWhole: boolean): TraceFormat {
  checkText(path, head);
  const text = new TextDecoder().decode(head);
  // A line that is cut off by the end of the head says nothing.
  const lines = isWhole ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  const format = traceFormats.find((candidate) => candidate.matches(lines));
  if (format !== undefined) return format;
  const kinds = traceFormats.map(({ name, summary }) => `${name} (${summary})`).join('; ');
  throw new TraceError(`${path}: this is no trace that Agora knows.\nIt reads ${kinds}. --format names one.`);
}

/** Refuses what is no text in UTF-8 or ASCII. */
export function checkText(path: string, head: Uint8Array): void {
  if (isGzip(head)) throw new TraceError(`${path}: is packed with gzip twice; unpack it once.`);
  const packer = packers.find(({ magic }) => startsWith(head, magic));
  if (packer !== undefined) {
    throw new TraceError(`${path}: is packed with ${packer.name}; Agora reads plain text and gzip.`);
  }
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) {
    throw new TraceError(`${path}: is UTF-16 text; save it as UTF-8.`);
  }
  if (head.includes(0)) throw new TraceError(`${path}: is a binary file, not a trace.`);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
