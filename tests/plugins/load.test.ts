import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../cli/build.js';
import type { Outcome } from '../cli/fake-terminal.js';

/** A folder of a user, far from the package: nothing is installed in it. */
const folder = mkdtempSync(join(tmpdir(), 'agora-user-'));
let program: string;

beforeAll(() => {
  program = buildSim();
  file('x.csv', 'submit_s,duration_s,cpus,mem,framework\n0,10,4,1,a\n0,10,4,1,b\n20,1,1,1,a\n');
});

afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const base = ['run', '--trace', 'x.csv', '--agents', 'cpus:4;mem:4096'];

/** Runs commands one after another in one process of its own, in the user's folder. */
async function runAll(commands: readonly (readonly string[])[]): Promise<readonly Outcome[]> {
  const url = pathToFileURL(join(dirname(program), 'main.js')).href;
  const script = `import { main } from ${JSON.stringify(url)};
    const outcomes = [];
    for (const args of ${JSON.stringify(commands)}) {
      let [out, err] = ['', ''];
      const terminal = { out: (text) => (out += text), err: (text) => (err += text), isInteractive: false, onInterrupt() {} };
      outcomes.push({ status: await main(args, terminal), out, err });
    }
    process.stdout.write(JSON.stringify(outcomes));`;
  const { out, err } = await node(['--input-type=module', '--eval', script]);
  expect(err).toBe('');
  return JSON.parse(out) as Outcome[];
}

async function run(allocator: string, args: readonly string[] = ['--quiet', '--json']): Promise<Outcome> {
  return (await runAll([[...base, '--allocator', allocator, ...args]]))[0];
}

async function node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return await new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, ...env } };
    const child = execFile(process.execPath, args, options, (_, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

/** Which of a and b each of the allocators serves first, by the hash of its decisions. */
async function servedFirst(...allocators: string[]): Promise<string[]> {
  for (const first of ['a', 'b']) {
    file(`${first}.mjs`, policyText(`({ framework }) => (framework === '${first}' ? 0 : 1)`));
  }
  const all = ['./a.mjs', './b.mjs', ...allocators];
  const options = ['--quiet', '--json', '--instant', '--offers', 'demand'];
  const outcomes = await runAll(all.map((allocator) => [...base, '--allocator', allocator, ...options]));
  expect(outcomes.map(({ status, err }) => `${status} ${err}`)).toEqual(all.map(() => '0 '));
  const [a, b, ...others] = outcomes.map(({ out }) => JSON.parse(out).decisionHash as string);
  expect(a).not.toBe(b);
  return others.map((hash) => (hash === a ? 'a' : hash === b ? 'b' : hash));
}

function policyText(rank: string): string {
  return `import { definePolicy } from 'agora-sim';\nexport default definePolicy({ name: 'mine', rank: ${rank} });\n`;
}

describe('a module', () => {
  it('in TypeScript needs no build: enums, parameter properties, imports of types, a file beside it', async () => {
    file(
      'deep/policy.ts',
      `import { definePolicy, Candidate } from 'agora-sim';
import type { Ranking } from './types.ts';
import { rank } from './rank.js';
enum Place { First, Second }
class Table {
  constructor(private readonly first: string) {}
  place(name: string): Place { return name === this.first ? Place.First : Place.Second }
}
const table = new Table('b');
const ranking: Ranking = (candidate: Candidate) => rank<Place>(table.place(candidate.framework)) satisfies number;
export default definePolicy({ name: 'mine', rank: ranking });
`,
    );
    file(
      'deep/types.ts',
      `import type { Candidate } from 'agora-sim';\nexport type Ranking = (candidate: Candidate) => number;\n`,
    );
    file('deep/rank.ts', 'export const rank = <T extends number>(place: T): number => place as number;\n');
    expect(await servedFirst('./deep/policy.ts', join(folder, 'deep/policy.ts'))).toEqual(['b', 'b']);
  });

  it('in JavaScript is taken as .mjs, as .js without a package.json, and as CommonJS', async () => {
    const rank = `({ framework }) => (framework === 'b' ? 0 : 1)`;
    file('plain.js', policyText(rank));
    file('common.cjs', `module.exports = import('agora-sim');\n`);
    expect((await run('./common.cjs')).err).toMatch(
      /^sim: \.\/common\.cjs exports .* by default; it should be/,
    );
    file('esm/package.json', '{ "type": "module", "name": "agora-sim-user" }');
    file('esm/mine.js', policyText(rank));
    expect(await servedFirst('plain.js', './esm/mine.js?')).toEqual(['b', 'b']);
  });

  it('takes options after a question mark, checked', async () => {
    file(
      'options.ts',
      `import { definePolicy } from 'agora-sim';
export default definePolicy({
  name: 'mine',
  options: {
    first: 'a',
    factor: { default: 1, min: -1, max: 1 },
    order: { default: 'up', choices: ['up', 'down'] },
    odd: false,
  },
  rank: ({ framework }, { first, factor, odd }) => (framework === first ? 0 : 1) * (odd ? -factor : factor),
});
`,
    );
    const queries = ['', '?first=b', '?first=b&factor=-1', '?first=b&odd'];
    expect(await servedFirst(...queries.map((query) => `./options.ts${query}`))).toEqual([
      'a',
      'b',
      'a',
      'a',
    ]);
    const wrong = ['factor=2', 'order=x', 'odd=1', 'frist=b'];
    const outcomes = await runAll(wrong.map((query) => [...base, '--allocator', `./options.ts?${query}`]));
    expect(outcomes.map(({ status, err }) => [status, err])).toEqual([
      [2, 'sim: ./options.ts: factor is "2"; it is a number from -1 to 1.\n'],
      [2, 'sim: ./options.ts: order is "x"; it is one of up, down.\n'],
      [2, 'sim: ./options.ts: odd is "1"; it is true or false.\n'],
      [2, 'sim: ./options.ts has no option frist; its options are first, factor, order, odd.\n'],
    ]);
  });

  it('that needs asks turns demand offers on', async () => {
    file(
      'asks.ts',
      policyText('({ asks }) => -asks').replace("name: 'mine',", "name: 'mine', needs: 'asks',"),
    );
    expect((await run('./asks.ts', [])).out).toContain('./asks.ts · demand offers (./asks.ts needs them)');
    const { status, err } = await run('./asks.ts', ['--offers', 'coarse']);
    expect({ status, err }).toEqual({
      status: 2,
      err: expect.stringContaining('Leave out --offers coarse.'),
    });
  });

  it('drives scenarios too', async () => {
    file('b.mjs', policyText(`({ framework }) => (framework === 'b' ? 0 : 1)`));
    const examples = join(import.meta.dirname, '../../examples/scenarios');
    const [child] = await runAll([['scenario', examples, '--allocator', './b.mjs']]);
    expect(child.err).toBe('');
    expect(child.out).toContain('ci-yields-to-prod');
    // Switches of a file are options of the allocator: it has them, or the file fails for what it lacks.
    const strict = join(examples, 'beyond-mesos/strict-quota.json');
    file(
      'switched.mjs',
      `import { definePolicy } from 'agora-sim';
       export default definePolicy({ name: 'mine', options: { quota: 'mesos' }, rank: (_, { quota }) => {
         throw new Error('quota is ' + quota);
       } });`,
    );
    const [without, having] = await runAll(
      ['./b.mjs', './switched.mjs'].map((allocator) => ['scenario', strict, '--allocator', allocator]),
    );
    expect(without.out).toContain(
      'FAIL strict-quota-binds-sub-roles: ./b.mjs has no option quota; it takes no',
    );
    expect(having.out).toContain('quota is strict');
  });

  it('that is none ends with 2 and says why', async () => {
    const cases: [name: string, text: string | undefined, message: string][] = [
      ['./none.ts', undefined, './none.ts: there is no such file.'],
      ['./', undefined, './ is not a file; name the module itself.'],
      ['./syntax.ts', 'const a: number = ;\n', './syntax.ts:1:19: Expression expected.'],
      ['./syntax.mjs', 'const a = ;\n', "./syntax.mjs: Unexpected token ';'."],
      [
        './import.ts',
        "import 'nowhere-to-be-found';\n",
        './import.ts imports nowhere-to-be-found, which is not there.',
      ],
      [
        './named.ts',
        "import { nope } from 'agora-sim';\nexport default nope;\n",
        "The requested module 'agora-sim' does not provide an export named 'nope'.",
      ],
      [
        './throws.ts',
        "interface A { b: 1 }\n\nthrow new RangeError('no');\n",
        './throws.ts threw RangeError: no when it was loaded (throws.ts:3:7).',
      ],
      ['./bare.ts', 'export const policy = 1;\n', './bare.ts has no default export: it exports policy.'],
      [
        './number.ts',
        'export default 3;\n',
        './number.ts exports 3 by default; it should be definePolicy({ … }), defineAllocator',
      ],
      [
        './half.ts',
        policyText('3'),
        './half.ts: definePolicy: rank is 3; it is a function from a candidate to a number.',
      ],
    ];
    for (const [name, text] of cases) if (text !== undefined) file(name, text);
    const outcomes = await runAll(cases.map(([name]) => [...base, '--allocator', name]));
    cases.forEach(([, , message], at) => {
      const { status, out, err } = outcomes[at];
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toContain(message);
      expect(err).not.toContain('    at ');
      expect(err.trim().split('\n').length).toBeLessThan(3);
    });
  });
});

describe('a fault', () => {
  it('names the line of the TypeScript source and the command that repeats it', async () => {
    file(
      'fault.ts',
      `import { definePolicy } from 'agora-sim';
interface Table { readonly a: number }

export default definePolicy({
  name: 'fault',
  rank: ({ now }) => {
    const table = undefined as unknown as Table;
    return now < 15 ? 0 : table.a;
  },
});
`,
    );
    const { status, err } = await run('./fault.ts', ['--json', '--quiet', '--until', '1h']);
    expect(status).toBe(1);
    expect(err).toMatch(
      /^sim: the allocator \.\/fault\.ts threw TypeError: .* at fault\.ts:8:33 in rank for framework a in role \* /,
    );
    expect(err).toMatch(/ \(event \d+ at 20 s\)\.\n/);
    const [, repeat] = /^ {5}Repeat: sim (.*)\n$/m.exec(err)!;
    expect(repeat).toBe(
      "run --trace x.csv --agents 'cpus:4;mem:4096' --allocator ./fault.ts --seed 1 --until 20s",
    );
  });

  it('of a function that never returns is named all the same', async () => {
    const loop = policyText('({ now }) => {\n  while (now >= 15) {\n    now + 1;\n  }\n  return 0;\n}');
    file('loop.ts', loop);
    const { status, err } = await node([program, ...base, '--allocator', './loop.ts', '--quiet', '--json'], {
      AGORA_POLICY_PATIENCE: '3',
    });
    expect(status).toBe(1);
    expect(err).toMatch(
      /^sim: the allocator \.\/loop\.ts has not come back from rank for 3 s, it is at loop\.ts:[345]:\d+: an endless loop /,
    );
    expect(err).toMatch(/ \(event \d+ at 20 s\)\.\n {5}Repeat: sim run --trace x\.csv .* --until 20s\n$/);
  });

  it('of a module that never ends to load is named, too', async () => {
    file('endless.ts', 'let count = 0;\n\nfor (;;) {\n  count += 1;\n}\n');
    const { status, err } = await node([program, ...base, '--allocator', './endless.ts'], {
      AGORA_POLICY_PATIENCE: '3',
    });
    expect(status).toBe(1);
    expect(err).toMatch(/^sim: the allocator \.\/endless\.ts has not come back from loading for 3 s, /);
    expect(err).toMatch(/ it is at endless\.ts:[345]:\d+: an endless loop\.\n$/);
  });

  it('is none of a module that only takes its time to load', async () => {
    const wait = 'await new Promise((resolve) => setTimeout(resolve, 1500));\n';
    file('slow.mjs', `${wait}export { default } from './mine.mjs';\n`);
    file(
      'mine.mjs',
      "import { definePolicy } from 'agora-sim';\nexport default definePolicy({ name: 'x', rank: () => 0 });\n",
    );
    const { status, err } = await node([program, ...base, '--allocator', './slow.mjs', '--quiet'], {
      AGORA_POLICY_PATIENCE: '1',
    });
    expect({ status, err }).toEqual({ status: 0, err: '' });
  });

  it('of a module that waits for nothing is told', async () => {
    file('waits.mjs', 'await new Promise(() => {});\nexport default 1;\n');
    const { status, err } = await run('./waits.mjs', []);
    expect({ status, err }).toEqual({
      status: 2,
      err: 'sim: ./waits.mjs: it waits (await) for something that never comes.\n',
    });
  });
});
