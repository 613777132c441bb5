import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = `${root}dist/cli/sim.js`;

/**
 * Compiles src into dist, so that what the tests start is what the sources say. Answers the path of the program. The first
 * of several test files that run at once compiles; the others wait for it, for a program half written does not start.
 */
export function buildSim(): string {
  const mark = join(tmpdir(), `${marks()}${lastChange()}`);
  const done = join(mark, 'done');
  try {
    mkdirSync(mark);
  } catch {
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (!existsSync(done)) Atomics.wait(clock, 0, 0, 50);
    return program;
  }
  try {
    const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  } finally {
    writeFileSync(done, '');
  }
  return program;
}

/** Removes what {@link buildSim} left to tell the other test files of this process that it has compiled. */
export function removeMarks(): void {
  const ours = readdirSync(tmpdir()).filter((name) => name.startsWith(marks()));
  for (const name of ours) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

/** How the folders begin that say that this process has compiled: test files are threads of one process. */
function marks(): string {
  return `agora-build-${process.pid}-`;
}

/** When a source was changed last: a watched run compiles again. */
function lastChange(): number {
  const files = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' });
  return Math.max(...files.map((file) => Math.floor(statSync(`${root}src/${file}`).mtimeMs)));
}
