import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { removeMarks } from '../cli/build.js';
import { findProgram, programs } from './programs.js';

/**
 * Runs once before the tests: installs the programs that are missing, where that is possible. Where it is not, one line says
 * what to install, and the tests that need it fail with the same line.
 */
export function setup(): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map(({ debianPackage }) => debianPackage);
  process.stderr.write(`tests: installing ${packages.join(', ')} …\n`);
  const script = fileURLToPath(new URL('install-debian.sh', import.meta.url));
  const { status } = spawnSync(script, packages, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) {
    process.stderr.write(
      `tests: could not; for the tests that need them: apt-get install ${packages.join(' ')}\n`,
    );
  }
}

/** Runs once after the tests. */
export function teardown(): void {
  removeMarks();
}
