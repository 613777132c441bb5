import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReadTraceOptions } from '../../src/workloads/formats/format.js';
import { traceFormats } from '../../src/workloads/formats/detect.js';
import { readTrace } from '../../src/workloads/read-trace.js';
import { TraceError } from '../../src/workloads/trace-error.js';

const header = 'submit_s,duration_s,cpus,mem,framework\n';
const csv = `# made by hand\n${header}0,1,1,1,a\n1,1,1,1,b\n`;
const swf = '1 7 -1 10 2 -1 -1 2 60 -1 1 7 1 -1 1 -1 -1 -1\n';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'agora-traces-'))));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** Writes a file and answers its path. */
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, content);
  return path;
}

async function faultOf(path: string, options?: ReadTraceOptions): Promise<string> {
  const fault: unknown = await readTrace(path, options).catch((error: unknown) => error);
  if (!(fault instanceof TraceError)) throw new Error(`no TraceError for ${path}`, { cause: fault });
  return fault.message;
}

describe('a trace file', () => {
  test.each([
    ['csv', csv, 2],
    ['csv', `\uFEFF${header}0,1,1,1,a\n`, 1],
    ['csv', `"mem" , cpus,duration_s,"submit_s"\n1,1,1,1`, 1],
    ['swf', swf, 1],
    ['swf', `; Version: 2.2\n;\n${swf}`, 1],
    ['swf', `\n  ${swf.replaceAll(' ', '\t')}${swf}`, 2],
  ])('of format %s is known by its content, packed or not: %j', async (format, text, tasks) => {
    for (const content of [text, gzipSync(text)]) {
      expect(await readTrace(fileOf(content))).toMatchObject({ format, taskCount: tasks });
    }
  });

  test('comes with its path and the digest of its bytes on disk', async () => {
    const packed = gzipSync(csv);
    const path = fileOf(packed);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    expect(await readTrace(path)).toMatchObject({ path, sha256, taskCount: 2, frameworks: ['a', 'b'] });
  });

  test('larger than the buffers is read whole', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i}.5,${i % 7},0.5,${i % 100},f${i % 13}\n`);
    const text = `# ${'long comment '.repeat(1000)}\n${header}${rows.join('')}`;
    for (const content of [text, gzipSync(text)]) {
      const trace = await readTrace(fileOf(content));
      expect(trace.taskCount).toBe(60_000);
      expect(trace.submitUs[59_999]).toBe(59_999.5e6);
      expect(trace.frameworks[trace.framework[59_999]]).toBe(`f${59_999 % 13}`);
    }
  });

  test('may be named by --format', async () => {
    expect(await readTrace(fileOf(swf), { format: 'swf' })).toMatchObject({ format: 'swf' });
    expect(await faultOf(fileOf(swf), { format: 'csv' })).toContain('the header has no column submit_s');
    const names = traceFormats.map(({ name }) => name).join(', ');
    expect(names).toMatch(/^csv, swf\b/);
    expect(await faultOf(fileOf(csv), { format: 'cvs' })).toBe(`no trace format "cvs"; there are ${names}.`);
  });
});

describe('an unusable file', () => {
  const hash = createHash('sha256').update('noise').digest();
  test.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', 'the file is empty.'],
    ['an empty gzip file', gzipSync(''), 'the file is empty.'],
    ['a header alone', header, 'the trace has no tasks.'],
    ['comments alone', '# a\n# b\n', 'this is no trace that Agora knows.'],
    ['SWF headers alone', '; Version: 2.2\n', 'the trace has no tasks.'],
    ['SWF jobs that are all left out', swf.replace(' 10 ', ' -1 '), '(1 × run time is unknown).'],
    ['text', 'Dear all,\nhello.\n', 'this is no trace that Agora knows.\nIt reads csv (native CSV'],
    ['a binary file', Buffer.concat([Buffer.from(csv), Buffer.alloc(9)]), 'is a binary file'],
    ['noise', Buffer.concat(Array<Buffer>(50).fill(hash)), ''],
    ['UTF-16', Buffer.from(`\uFEFF${csv}`, 'utf16le'), 'is UTF-16 text'],
    [
      'zstd',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]),
      'is packed with zstd; Agora reads plain text and gzip',
    ],
    ['gzip in gzip', gzipSync(gzipSync(csv)), 'is packed with gzip twice'],
    ['a gzip file that is cut short', gzipSync(csv).subarray(0, 60), 'the gzip file is cut short'],
    ['a gzip header alone', Buffer.from([0x1f, 0x8b]), 'the gzip file is cut short'],
    ['damaged gzip', damaged(gzipSync(csv)), 'the gzip data are damaged'],
  ])('is refused in plain words: %s', async (_, content, message) => {
    const path = fileOf(content);
    const fault = await faultOf(path);
    expect(fault).toContain(message);
    expect(fault.startsWith(`${path}: `)).toBe(true);
    expect(fault.split('\n').length).toBeLessThanOrEqual(2);
  });

  test('is refused: missing, a folder, no path at all', async () => {
    expect(await faultOf(join(folder, 'none'))).toMatch(/none: there is no such file\.$/);
    expect(await faultOf(join(fileOf(csv), 'x'))).toContain('there is no such file.');
    expect(await faultOf(folder)).toContain('that is a folder; a trace is a file.');
    expect(await faultOf('a\0b')).toContain('that is no path.');
    expect(await faultOf('')).toContain('there is no such file.');
  });

  test('with bad rows names file and line; with --skip-bad-rows all may be left out', async () => {
    const path = fileOf(`${header}0,-3,1,1,a\n`);
    expect(await faultOf(path)).toBe(
      `${path}:2: duration_s is "-3"; a duration is a number of seconds, 0 or more.\n` +
        'Mend the row, or pass --skip-bad-rows to leave such rows out (they are counted).',
    );
    expect(await faultOf(path, { skipBadRows: true })).toContain(
      'all rows were left out (1 × bad duration_s).',
    );
  });
});

test.each<[ReadTraceOptions, string]>([
  [{ splitCpus: 0 }, '--split-cpus is 0'],
  [{ splitCpus: NaN }, '--split-cpus is NaN'],
  [{ scaleLoad: -1 }, '--scale-load is -1'],
  [{ scaleLoad: Infinity }, '--scale-load is Infinity'],
])('an option out of range is refused: %j', async (options, message) => {
  expect(await faultOf(fileOf(csv), options)).toContain(message);
});

function damaged(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let at = 20; at < 30; at++) copy[at] ^= 0xff;
  return copy;
}
