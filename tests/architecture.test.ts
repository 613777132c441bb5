/** Holds the rules of the source tree; each rule is first shown a planted violation, so that it can fail. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  declaredPackages,
  fileSizes,
  importDirection,
  leftovers,
  lineLengths,
  namedExports,
  parse,
  pureImports,
  pureNames,
  type Source,
} from './architecture-rules.js';

const root = new URL('../', import.meta.url);
const src = read('src');
const optional = ['bench', 'experiments'].filter((folder) => existsSync(new URL(folder, root)));
const all = [...src, ...['tests', ...optional].flatMap(read)];
const { dependencies, peerDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

describe('imports run one way', () => {
  it('is broken by the planted files', () => {
    const violations = importDirection(
      plant({
        'src/cluster/master/master.ts': `import { drf } from '../../allocators/drf.js';`,
        'src/allocators/drf.ts': `import type { Role } from '../cluster/roles.js';`,
        'src/sim/run.ts': `const server = await import('../realnet/http/server.js');`,
        'src/realnet/server.ts': `type Heap = import('../sim/engine/heap.js').Heap;`,
        'src/report/summary.ts': `export { print } from '../cli/print.js';`,
        'src/verify/economy.ts': `import { run } from '../sim/run.js';\nimport { a } from '../index.js';`,
        'src/index.ts': `export { run } from './sim/run.js';\nexport { main } from './cli/sim.js';`,
        'src/attic/old.ts': ``,
        'src/metrics/wait.ts': `// import '../sim/run.js';\nconst text = "import '../sim/run.js'";`,
      }),
    );
    expect(violations).toEqual([
      'src/cluster/master/master.ts:1 cluster imports allocators',
      'src/sim/run.ts:1 sim imports realnet',
      'src/realnet/server.ts:1 realnet imports sim',
      'src/report/summary.ts:1 report imports cli',
      'src/verify/economy.ts:2 imports the entry point src/index.ts',
      'src/index.ts:2 entry imports cli',
      'src/attic/old.ts:1 room attic is not in the table of rooms',
    ]);
  });

  it('holds in src', () => {
    expect(importDirection(src)).toEqual([]);
  });
});

describe('a pure file imports only pure files and d3-array', () => {
  it('is broken by the planted files', () => {
    const violations = pureImports(
      plant({
        'src/cluster/journal.ts': `import { readFileSync } from 'node:fs';\nimport { max } from 'd3-array';`,
        'src/allocators/policies/random.ts': `import seedrandom from 'seedrandom';`,
        'src/workloads/frameworks/batch.ts': `import '../formats/csv.js';\nimport '../trace.js';`,
        'src/workloads/trace.ts': `export type Row = import('csv-parse').Info;`,
        'src/workloads/formats/csv.ts': `import { parse } from 'csv-parse';\nimport 'node:fs';`,
        'src/allocators/registry.ts': `export const load = (path: string) => import(path);`,
      }),
    );
    expect(violations).toEqual([
      'src/cluster/journal.ts:1 a pure file imports node:fs',
      'src/allocators/policies/random.ts:1 a pure file imports seedrandom',
      'src/workloads/frameworks/batch.ts:1 a pure file imports ../formats/csv.js',
      'src/workloads/trace.ts:1 a pure file imports csv-parse',
      'src/allocators/registry.ts:1 a pure file imports computed',
    ]);
  });

  it('holds in src', () => {
    expect(pureImports(src)).toEqual([]);
  });
});

describe('a pure file names no clock, timer, host or unseeded randomness', () => {
  it.each([
    ['Date', 'const now = new Date();'],
    ['Date', 'export function f(at: Date): void {}'],
    ['performance', 'const now = performance.now();'],
    ['Math.random', 'const draw = Math.random();'],
    ['Math', 'const { random } = Math;'],
    ['setTimeout', 'setTimeout(() => undefined, 1);'],
    ['setInterval', 'const timer = { start: setInterval };'],
    ['setImmediate', 'setImmediate(() => undefined);'],
    ['process', 'const env = { process };'],
    ['globalThis', `const now = globalThis['Date'];`],
  ])('%s, planted as %s', (name, text) => {
    const path = 'src/cluster/planted.ts';
    expect(pureNames(plant({ [path]: text }))).toEqual([`${path}:1 a pure file names ${name}`]);
    expect(pureNames(plant({ 'src/sim/planted.ts': text }))).toEqual([]);
  });

  it('lets comments, strings, members and the rest of Math pass', () => {
    const text = [
      '/** A Date of the process. */',
      `const text = 'Date' + \`process\` + Math.floor(queue.process) + Math.max(1, 2);`,
      'interface Step { process: number; setTimeout(at: number): void }',
      'const step = { process: 1 };',
      'const { process: count } = step;',
    ].join('\n');
    expect(pureNames(plant({ 'src/cluster/planted.ts': text }))).toEqual([]);
  });

  it('holds in src', () => {
    expect(pureNames(src)).toEqual([]);
  });
});

describe('a package that src imports is in dependencies', () => {
  it('is broken by the planted files', () => {
    const text = `import 'zod/v4';\nimport '@scope/a/b';\nimport 'vitest';\nimport 'node:fs';\nimport './a';`;
    expect(declaredPackages(plant({ 'src/sim/planted.ts': text }), ['zod'])).toEqual([
      'src/sim/planted.ts:2 @scope/a is not in dependencies',
      'src/sim/planted.ts:3 vitest is not in dependencies',
    ]);
  });

  it('holds in src', () => {
    expect(declaredPackages(src, Object.keys({ ...dependencies, ...peerDependencies }))).toEqual([]);
  });
});

describe('exports are named', () => {
  it('is broken by the planted files', () => {
    const violations = namedExports(
      plant({
        'src/a.ts': 'export default function f(): void {}',
        'src/b.ts': 'export default 1;',
        'src/c.ts': 'const a = 1;\nexport { a as default };',
        'src/d.ts': `export * from './a.js';`,
        'src/e.ts': `export * as a from './a.js';`,
        'src/f.ts': `export { a } from './c.js';\nswitch (0 as number) {\n  default:\n}\n// export default`,
      }),
    );
    expect(violations).toEqual([
      'src/a.ts:1 export default',
      'src/b.ts:1 export default',
      'src/c.ts:2 export default',
      'src/d.ts:1 export *',
      'src/e.ts:1 export *',
    ]);
  });

  it('holds in src', () => {
    expect(namedExports(src)).toEqual([]);
  });
});

describe('a file has at most 420 lines', () => {
  it('is broken by the planted files', () => {
    const violations = fileSizes(
      plant({
        'src/sim/full.ts': '\n'.repeat(420),
        'tests/over.test.ts': '\n'.repeat(421),
      }),
    );
    expect(violations).toEqual(['tests/over.test.ts:421 421 lines, at most 420']);
  });

  it('holds in the repository', () => {
    expect(fileSizes(all)).toEqual([]);
  });
});

describe('a line has at most 128 columns', () => {
  it('is broken by the planted files', () => {
    const lines = [`// ${'x'.repeat(125)}`, `// ${'x'.repeat(126)}`];
    expect(lineLengths(plant({ 'src/a.ts': lines.join('\n') }))).toEqual([
      'src/a.ts:2 129 columns, at most 128',
    ]);
  });

  it('holds in the repository', () => {
    expect(lineLengths(all)).toEqual([]);
  });
});

describe('nothing is left for later and no tool is silenced', () => {
  // In halves, or this file would break the rule itself.
  const halves: [string, string][] = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
    ['@ts-', 'ignore'],
    ['@ts-', 'nocheck'],
    ['eslint-', 'disable'],
  ];

  it.each(halves)('is broken by a planted %s%s', (start, end) => {
    const word = start + end;
    expect(leftovers(plant({ 'src/a.ts': `const a = 1; // ${word} a` }))).toEqual([`src/a.ts:1 ${word}`]);
  });

  it('holds in the repository', () => {
    expect(leftovers(all)).toEqual([]);
  });
});

function plant(files: Readonly<Record<string, string>>): Source[] {
  return Object.entries(files).map(([path, text]) => parse(path, text));
}

/** The code under a folder of the repository; fixtures and goldens are data. */
function read(folder: string): Source[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|js|mjs)$/.test(path) && !/\/(fixtures|goldens)\//.test(path))
    .sort()
    .map((path) => parse(path, readFileSync(new URL(path, root), 'utf8')));
}
