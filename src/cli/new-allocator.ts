import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';
import { nameProblem, newAllocatorFiles } from '../plugins/new-allocator.js';
import type { Command } from './command.js';
import { ExitStatus, UserError } from './user-error.js';

/** `sim new-allocator`: a policy to begin with, and its test, in the current folder. */
export const newAllocator: Command = {
  name: 'new-allocator',
  usage: 'NAME',
  about: 'writes NAME.ts, a policy of your own, and its test into this folder',
  options: [],
  examples: ['sim new-allocator my-policy', 'sim run --trace traces/paypal-ci.csv --allocator drf'],
  notes: [
    'Both files work as they are: run the policy by --allocator ./NAME.ts, its test by',
    'npx vitest run. docs/writing-an-allocator.md tells what a policy can do.',
  ],
  run: async ({ positionals }, terminal) => {
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) {
      throw new UserError('sim new-allocator takes one name: sim new-allocator my-policy');
    }
    const problem = nameProblem(name);
    if (problem !== undefined) throw new UserError(`"${name}": ${problem}, such as my-policy.`);
    const files = newAllocatorFiles(name);
    const there = files.find((file) => existsSync(file.name));
    if (there !== undefined) {
      throw new UserError(`${there.name} is there already, and nothing was written. Choose another name.`);
    }
    for (const file of files) await write(file.name, file.text);
    const lines = [
      `wrote      ${name}.ts · the policy`,
      `           ${name}.test.ts · its test`,
      `next       sim run --trace TRACE.csv --allocator ./${name}.ts`,
      `           npx vitest run ${name}.test.ts`,
      ...(isInstalled()
        ? []
        : ['           (the test and your editor need the packages: npm install agora-sim vitest)']),
    ];
    terminal.out(`${lines.join('\n')}\n`);
    return ExitStatus.done;
  },
};

async function write(name: string, text: string): Promise<void> {
  try {
    await writeFile(name, text, { flag: 'wx' });
  } catch (error) {
    throw new UserError(`cannot write ${name}: ${(error as Error).message}.`, ExitStatus.output);
  }
}

/** The test finds its packages from here. */
function isInstalled(): boolean {
  const from = createRequire(resolve(process.cwd(), 'x.js'));
  return ['vitest/package.json', 'agora-sim'].every((name) => {
    try {
      from.resolve(name);
      return true;
    } catch {
      return false;
    }
  });
}
