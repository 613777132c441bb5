/** Whatever a trace file holds, a command answers with a result or with one clear line and status 2. */
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sim } from './fake-terminal.js';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agora-fuzz-'));
  path = join(folder, 'x');
});
afterAll(() => rmSync(folder, { recursive: true }));

const good: Readonly<Record<string, string>> = {
  csv:
    '# cluster: 2*cpus:4;mem:4096\n# framework-model: ci\n' +
    'submit_s,duration_s,cpus,mem,job,framework,role,tasks,gang,disk,gpus,kind,constraint,priority,exit,estimate_s,command\n' +
    '0,10,1,512,"a, ""b""",f,r,1,0,0,0,batch,,0,0,5,run\n1.5,2,0.5,64,c,f,r,2,1,1,0,batch,rack=r1,3,1,,\n' +
    '2,0,4,4096,s,g,q/p,1,0,0,0,service,,0,0,,x\n',
  swf: '; MaxProcs: 8\n; Note: x\n1 0 -1 10 2 -1 -1 2 60 -1 1 7 1 -1 1 -1 -1 -1\n2 5 1 0 -1 1 9 4 -1 -1 0 8 1 -1 1 -1 -1 -1\n',
  'alibaba-gpu-2023':
    'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n' +
    'p0,12000,16384,1,1000,,LS,Running,0,110,10\np1,600,1,1,460,V100|T4,BE,Failed,20,25,20\np2,1,1,0,0,,BE,Pending,2,3,\n',
  swim: 'job0\t49\t0\t200000000\t1000000\t3\njob1\t50\t1\t0\t0\t5\n',
};

const commands: readonly string[][] = [
  ['trace', 'info'],
  ['trace', 'head', '-n', '3'],
  ['trace', 'validate'],
  ['trace', 'convert'],
];

const huge = fc.constantFrom(
  '1e308',
  '-1e308',
  '9'.repeat(400),
  '1e-400',
  'NaN',
  'Infinity',
  '-0',
  '0x10',
  '9007199254740993',
);
const name = fc.oneof(
  fc.constantFrom(
    '"',
    "'",
    '<img src=x onerror=alert(1)>',
    '\u0000',
    '\u001b[2J',
    '../../etc',
    '__proto__',
    'constructor',
    '\ud83c\udf89',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const cell = fc.oneof(huge, name, fc.constantFrom('', ' ', '-1', '1', '""', '"a', 'a"b', '"a\nb"'));

/** A change of a text: a cell replaced, a line dropped, doubled or cut. */
const change = fc.record({
  kind: fc.constantFrom('cell', 'drop', 'double', 'cut', 'insert'),
  line: fc.nat(5),
  column: fc.nat(17),
  cell,
});

function changed(
  text: string,
  { kind, line, column, cell: value }: typeof change extends fc.Arbitrary<infer T> ? T : never,
): string {
  const lines = text.split('\n');
  const at = line % lines.length;
  if (kind === 'drop') lines.splice(at, 1);
  else if (kind === 'double') lines.splice(at, 0, lines[at]);
  else if (kind === 'cut') lines[at] = lines[at].slice(0, column);
  else {
    const separator = [',', '\t', ' '].find((candidate) => lines[at].includes(candidate)) ?? ',';
    const cells = lines[at].split(separator);
    cells.splice(column % (cells.length + 1), kind === 'cell' ? 1 : 0, value);
    lines[at] = cells.join(separator);
  }
  return lines.join('\n');
}

async function check(content: string | Uint8Array, args: readonly string[]): Promise<void> {
  writeFileSync(path, content);
  const { status, out, err } = await sim([...args.slice(0, 2), path, ...args.slice(2)]);
  expect([0, 1, 2]).toContain(status);
  expect(err).not.toMatch(/internal error|\n {4}at /);
  if (status === 2) {
    expect(out).toBe('');
    expect(err).toMatch(/^sim: /);
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(err.length).toBeLessThan(1500);
    // Nothing in a message moves the cursor of a terminal.
    expect(err.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
  if (status === 1) expect(args[1]).toBe('validate');
}

const command = fc.constantFrom(...commands);
const format = fc.constantFrom(...Object.keys(good));

describe('a trace file', () => {
  it('whose text is changed is read or refused in a line', async () => {
    await fc.assert(
      fc.asyncProperty(format, fc.array(change, { maxLength: 3 }), command, async (kind, changes, args) => {
        await check(changes.reduce(changed, good[kind]), args);
      }),
      { numRuns: 300 },
    );
  });

  it('of random bytes, or with random bytes in it, is read or refused in a line', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(format, bytes, fc.nat(400), command, async (kind, noise, at, args) => {
        const whole = Buffer.from(good[kind]);
        await check(noise, args);
        await check(Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)]), args);
      }),
      { numRuns: 150 },
    );
  });

  it('that is packed and cut or damaged is refused in a line', async () => {
    await fc.assert(
      fc.asyncProperty(format, fc.nat(300), fc.nat(255), command, async (kind, at, byte, args) => {
        const packed = gzipSync(good[kind]);
        await check(packed.subarray(0, at % packed.length), args);
        packed[at % packed.length] ^= byte;
        await check(packed, args);
      }),
      { numRuns: 150 },
    );
  });

  it('is run, or refused in a line, whatever its names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 2 }), async (changes) => {
        writeFileSync(path, changes.reduce(changed, good.csv));
        const { status, err, out } = await sim([
          'run',
          path,
          '--agents',
          '2*cpus:4;mem:8192;disk:10',
          '--until',
          '1h',
          '--json',
          '--quiet',
        ]);
        expect([0, 1, 2]).toContain(status);
        expect(err).not.toMatch(/internal error/);
        if (status === 0) expect(JSON.parse(out)).toHaveProperty('tasks');
      }),
      { numRuns: 100 },
    );
  });
});
