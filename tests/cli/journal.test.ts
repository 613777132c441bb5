import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checksum } from '../../src/cluster/journal/format.js';
import { manyTasks, sim, temporaryFile } from './fake-terminal.js';

function temporaryPath(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'agora-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

/** A run with a journal. */
async function journalled(...options: string[]): Promise<string> {
  const path = temporaryPath('run.journal');
  const trace = temporaryFile(manyTasks(100));
  const { status, err } = await sim([
    'run',
    trace,
    '--agents',
    '9*cpus:4;mem:4096',
    '--journal',
    path,
    ...options,
  ]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return path;
}

describe('sim journal check', () => {
  it.each([
    [[]],
    [['--offers', 'demand', '--instant']],
    [['--allocator', 'fifo', '--latency', 'lognormal:median=2ms,sigma=1', '--seed', 'x']],
    [
      [
        '--weights',
        'prod=2',
        '--quota',
        '*=limit:cpus:20',
        '--min-allocatable',
        '',
        '--agent-order',
        'best-fit',
      ],
    ],
  ])('finds a run the same that was made with %j', async (options) => {
    const path = await journalled(...options);
    const { status, out, err } = await sim(['journal', 'check', path]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(
      /^journal {4}.*run\.journal · (drf|fifo) · (coarse|demand) offers · .*\nsame {7}[\d,]+ inputs run again/,
    );
    const document = JSON.parse((await sim(['journal', 'check', path, '--json'])).out);
    expect(document).toMatchObject({ path, outcome: 'same', problem: null, firstDivergence: null });
    expect(document.inputs).toBeGreaterThan(100);
  });

  it('changes nothing in the run', async () => {
    const trace = temporaryFile(manyTasks(100));
    const args = ['run', trace, '--agents', '9*cpus:4;mem:4096', '--json'];
    const journal = ['--journal', temporaryPath('run.journal')];
    const [without, with_] = [
      JSON.parse((await sim(args)).out),
      JSON.parse((await sim([...args, ...journal])).out),
    ];
    expect({ ...with_, timing: 0 }).toEqual({ ...without, timing: 0 });
  });

  it('says at which input the runs part, and ends with 1', async () => {
    const path = await journalled('--seed', 'abc');
    const bytes = readFileSync(path);
    // Another seed in the header: agents are visited in another order.
    bytes.write('"seed":"abd"', bytes.indexOf('"seed":"abc"'));
    const length = bytes.readUInt32LE(0);
    bytes.writeUInt32LE(checksum(bytes.subarray(8, 8 + length)), 4);
    writeFileSync(path, bytes);
    const { status, err } = await sim(['journal', 'check', path]);
    expect(status).toBe(1);
    expect(err).toMatch(
      /^sim: .*: input \d+ \(ALLOCATE at [\d.]+ s\) has other effects than in the journal\.\n/,
    );
    const { status: same, out } = await sim(['journal', 'check', path, '--json']);
    expect(same).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'diverged', firstDivergence: { type: 'ALLOCATE' } });
  });

  it('keeps the journal of a run that was interrupted', async () => {
    const path = temporaryPath('run.journal');
    const trace = temporaryFile(manyTasks(30_000));
    const args = ['run', trace, '--agents', '9*cpus:99;mem:9999', '--journal', path];
    expect((await sim(args, { interrupt: true })).status).toBe(130);
    expect((await sim(['journal', 'check', path])).status).toBe(0);
  });

  it('tells a file that is cut short, with what it was good for', async () => {
    const path = await journalled();
    writeFileSync(path, readFileSync(path).subarray(0, -30));
    const { status, out } = await sim(['journal', 'check', path]);
    expect(status).toBe(0);
    expect(out).toMatch(/^same +as far as it goes \([\d,]+ inputs?; it has no end: its writer was killed/m);
    const json = JSON.parse((await sim(['journal', 'check', path, '--json'])).out);
    expect(json).toMatchObject({
      outcome: 'same',
      complete: false,
      problem: expect.stringMatching(/^the journal is cut off at byte \d+$/),
    });
  });

  it('tells a file that is damaged, with what it was good for', async () => {
    const path = await journalled();
    const bytes = readFileSync(path);
    bytes[bytes.length - 30] ^= 1;
    writeFileSync(path, bytes);
    const { status, err } = await sim(['journal', 'check', path]);
    expect(status).toBe(2);
    expect(err).toMatch(
      /^sim: .*: the journal is damaged between bytes \d+ and \d+\.\n {5}The [\d,]+ inputs? before that gave what/,
    );
  });

  const emptyFrame = Buffer.alloc(8);
  emptyFrame.writeUInt32LE(checksum(new Uint8Array()), 4);

  it.each([
    ['a frame', emptyFrame],
    ['less than a frame', Buffer.alloc(3)],
  ])('tells bytes behind the end: %s', async (_, more) => {
    const path = await journalled();
    appendFileSync(path, more);
    const { status, err } = await sim(['journal', 'check', path]);
    expect(status).toBe(2);
    expect(err).toMatch(/^sim: .*: the journal goes on after its end, which comes after input \d+\.\n/);
  });

  it.each([
    [
      'a trace',
      (): string => temporaryFile(manyTasks(1)),
      /: this is no journal of the format agora-journal\/2\.\n$/,
    ],
    ['a folder', tmpdir, /: that is a folder; a journal is a file\.\n$/],
    ['nothing', (): string => 'no-such.journal', /^sim: no-such\.journal: there is no such file\.\n$/],
  ])('refuses %s', async (_, path, message) => {
    const { status, err } = await sim(['journal', 'check', path()]);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('sim run --journal', () => {
  it.each([
    ['there is no such folder', (): string => '/no/such/folder/x.journal'],
    ['that is a folder', tmpdir],
  ])('ends with 3 when it cannot write: %s', async (reason, path) => {
    const { status, err } = await sim(['run', temporaryFile(manyTasks(1)), '--journal', path()]);
    expect(status).toBe(3);
    expect(err).toContain(`sim: cannot write the journal ${path()}: ${reason}`);
  });

  it.runIf(existsSync('/dev/full'))('ends with 3 when the disk is full', async () => {
    const { status, err } = await sim(['run', temporaryFile(manyTasks(1)), '--journal', '/dev/full']);
    expect({ status, err }).toEqual({
      status: 3,
      err: 'sim: cannot write the journal /dev/full: the disk is full.\n',
    });
  });

  it('does not overwrite the trace', async () => {
    const trace = temporaryFile(manyTasks(1));
    const { status, err } = await sim(['run', trace, '--journal', trace]);
    expect(status).toBe(2);
    expect(err).toMatch(/would overwrite the trace/);
    expect(readFileSync(trace, 'utf8')).toBe(manyTasks(1));
  });
});
