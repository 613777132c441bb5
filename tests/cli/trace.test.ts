import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sim, temporaryFile } from './fake-terminal.js';

const header = 'submit_s,duration_s,cpus,mem,job,role';
const good = `${header}\n3,10,1,512,"a, ""b""",web\n3,10,1,512,"a, ""b""",web\n0,4.5,0.5,64,c,ops\n`;
const bad = `${header}\n0,x,1,1,a,r\n0,1,1,1,b,r\n0,1,1\n0,-1,1,1,c,r\n`;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agora-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('sim trace', () => {
  it('alone says what to do next', async () => {
    const { status, out, err } = await sim(['trace']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const name of ['info', 'head', 'convert', 'validate', 'generate'])
      expect(out).toContain(`sim trace ${name} `);
    expect(await sim(['trace', '--help'])).toEqual({ status, out, err });
  });
});

describe('sim trace head', () => {
  it('shows the first rows in columns', async () => {
    const { status, out } = await sim(['trace', 'head', temporaryFile(good), '-n', '1']);
    expect(status).toBe(0);
    expect(out).toBe(
      'submit_s  duration_s  cpus  mem  tasks  job     role\n' +
        '       3          10     1  512      2  a, "b"  web\n',
    );
  });

  it('reads no more of a file than it shows', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},1,1,1,j${i},r`).join('\n');
    const { status, out, err } = await sim([
      'trace',
      'head',
      temporaryFile(`${header}\n${rows}\nnonsense`),
      '-n',
      '2',
    ]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.split('\n')).toHaveLength(4);
  });

  it('shows control characters as text', async () => {
    const path = temporaryFile(`${header}\n0,1,1,1,"\u001b[31mred\n",r\n`);
    expect((await sim(['trace', 'head', path])).out).toContain('\\u{1b}[31mred\\n');
  });
});

describe('sim trace convert', () => {
  it('writes native CSV to standard output, or part of it', async () => {
    const all = await sim(['trace', 'convert', temporaryFile(good)]);
    expect(all).toEqual({
      status: 0,
      err: '',
      out: 'submit_s,duration_s,cpus,mem,tasks,job,role\n3,10,1,512,2,"a, ""b""",web\n0,4.5,0.5,64,1,c,ops\n',
    });
    expect((await sim(['trace', 'convert', temporaryFile(good), '--until', '3s'])).out).toMatch(
      /role\n0,4\.5,.*\n$/,
    );
    expect((await sim(['trace', 'convert', temporaryFile(good), '--head', '1'])).out).toMatch(
      /role\n3,10,.*\n$/,
    );
  });

  it('writes a file whole, packed if its name says so, and leaves nothing else', async () => {
    const folder = temporaryFolder();
    for (const name of ['t.csv', 't.csv.gz']) {
      const { status, out } = await sim([
        'trace',
        'convert',
        temporaryFile(good),
        '--tenant',
        'role',
        '-o',
        join(folder, name),
      ]);
      expect({ status, out }).toEqual({ status: 0, out: '' });
    }
    expect(readdirSync(folder)).toEqual(['t.csv', 't.csv.gz']);
    const plain = readFileSync(join(folder, 't.csv'));
    expect(gunzipSync(readFileSync(join(folder, 't.csv.gz')))).toEqual(plain);
    expect(String(plain)).toContain(',"a, ""b""",web,web\n');
  });

  it('says with status 3 that it cannot write, and with 2 that it cannot read', async () => {
    const folder = temporaryFolder();
    const nowhere = join(folder, 'no', 't.csv');
    expect(await sim(['trace', 'convert', temporaryFile(good), '-o', nowhere])).toEqual({
      status: 3,
      out: '',
      err: `sim: cannot write ${nowhere}: there is no such folder.\n`,
    });
    expect((await sim(['trace', 'convert', temporaryFile(good), '-o', folder])).status).toBe(3);
    const target = join(folder, 't.csv');
    expect((await sim(['trace', 'convert', temporaryFile(bad), '-o', target])).status).toBe(2);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('follows a link', async () => {
    const folder = temporaryFolder();
    const [target, link] = ['t.csv', 'link.csv'].map((name) => join(folder, name));
    writeFileSync(target, 'old');
    symlinkSync(target, link);
    expect((await sim(['trace', 'convert', temporaryFile(good), '-o', link])).status).toBe(0);
    expect(readFileSync(target, 'utf8')).toMatch(/^submit_s,/);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder)).toEqual(['link.csv', 't.csv']);
  });

  it('says which columns it loses', async () => {
    const { err } = await sim([
      'trace',
      'convert',
      temporaryFile('submit_s,duration_s,cpus,mem,site\n0,1,1,1,x\n'),
    ]);
    expect(err).toBe('sim: note: columns without a meaning here are left out: site.\n');
  });
});

describe('sim trace validate', () => {
  it('finds nothing in a good trace', async () => {
    const path = temporaryFile(good);
    const { status, out } = await sim(['trace', 'validate', path]);
    expect(status).toBe(0);
    expect(out).toContain(`${path}: csv, 3 good rows, 3 tasks; every row can be used\n`);
  });

  it('lists the rows that cannot be used, with their lines, and ends with 1', async () => {
    const path = temporaryFile(bad);
    const { status, out } = await sim(['trace', 'validate', path, '--problems', '2']);
    expect(status).toBe(1);
    expect(out.split('\n')).toEqual([
      `${path}:2: duration_s is "x"; a duration is a number of seconds, 0 or more.`,
      `${path}:4: the row has 3 columns, the header 6.`,
      'and 1 problem more (--problems 3)',
      `${path}: csv, 1 good row, 1 task; 3 rows cannot be used (2 rows: bad duration_s, 1 row: wrong number of columns)`,
      '',
    ]);
    const json = await sim(['trace', 'validate', path, '--json']);
    expect(JSON.parse(json.out)).toMatchObject({
      valid: false,
      invalidRows: 3,
      rows: 1,
      problems: [{ line: 2 }, { line: 4 }, { line: 5 }],
    });
  });

  it('tells rows that cannot be used from those that the format leaves out', async () => {
    const log =
      '1 0 0 10 4 -1 -1 4 60 -1 1 7 -1 -1 -1 -1 -1 -1\n2 0 0 -1 4 -1 -1 4 60 -1 1 7 -1 -1 -1 -1 -1 -1\n';
    const { status, out } = await sim(['trace', 'validate', temporaryFile(log, 'x.swf')]);
    expect(status).toBe(0);
    expect(out).toContain('left out as the format says: 1 row, run time is unknown\n');
  });

  it('ends with 1 when all rows are bad, with 2 when it is no trace', async () => {
    expect((await sim(['trace', 'validate', temporaryFile(`${header}\n0,x,1,1,a,r\n`)])).status).toBe(1);
    expect((await sim(['trace', 'validate', temporaryFile('what is this\n')])).status).toBe(2);
    expect((await sim(['trace', 'validate', 'no-such-file.csv'])).status).toBe(2);
  });
});

describe('sim trace generate', () => {
  it('makes the same trace for the same seed, another for another', async () => {
    const args = ['trace', 'generate', 'ebay-ci', '--scale', '0.01', '--set', 'failureShare=0.5'];
    const [one, same, other] = [await sim(args), await sim(args), await sim([...args, '--seed', '2'])];
    expect(one.status).toBe(0);
    expect(one.out).toMatch(
      /^# generator: ebay-ci version \d+, seed 1, days 1, scale 0\.01\n# parameters: failureShare=0\.5\n/,
    );
    expect(same).toEqual(one);
    expect(other.out).not.toBe(one.out);
  });

  it('makes a trace that can be read', async () => {
    const path = join(temporaryFolder(), 'x.csv.gz');
    expect(await sim(['trace', 'generate', 'paypal-ci', '--scale', '0.01', '-o', path])).toMatchObject({
      status: 0,
      out: '',
    });
    expect((await sim(['trace', 'validate', path])).status).toBe(0);
  });

  it.each(['paypal-ci', 'ebay-ci', 'ebay-ci-late'])(
    'lists every parameter of %s with unit and tag',
    async (name) => {
      const { status, out } = await sim(['trace', 'generate', name, '--help']);
      expect(status).toBe(0);
      for (const line of out.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(80);
      expect(out).toMatch(/^ {2}[PDA] {2}masters=\d+ +services$/m);
      expect(out.match(/^ {2}[PDA] {2}\w+=/gm)!.length).toBeGreaterThan(30);
      expect((await sim(['help', 'trace', 'generate', name])).out).toBe(out);
    },
  );

  it.each([
    [[], /^sim: sim trace generate needs the name of a generator: paypal-ci, /],
    [['paypl-ci'], /^sim: no generator "paypl-ci"\. Did you mean paypal-ci\? /],
    [['a', 'b'], /^sim: sim trace generate takes one generator, and these are a, b\.\n$/],
    [['ebay-ci', '--set', 'x'], /^sim: --set is "x"; it is name=value, /],
    [['ebay-ci', '--set', 'x=1'], /^sim: ebay-ci has no parameter "x"\. It has masters, /],
    [['ebay-ci', '--set', 'masters=-1'], /^sim: ebay-ci: masters is "-1"; it takes a whole number from 1 /],
    [
      ['ebay-ci', '--set', 'masters=1', '--set', 'masters=2'],
      /^sim: --set names masters twice; give it once\.\n$/,
    ],
    [['ebay-ci', '--days', '0'], /^sim: --days is "0"; it is a number above 0\.\n$/],
    [['ebay-ci', '--scale', '1e9'], /^sim: scale is 1000000000; /],
  ])('refuses %j', async (args, expected) => {
    const { status, out, err } = await sim(['trace', 'generate', ...args]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(expected);
  });
});
