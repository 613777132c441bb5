import { allocatorNames, createAllocator } from '../allocators/registry.js';
import { reportText, runScenarioFiles } from '../scenario/files.js';
import type { Command } from './command.js';
import { chooseAllocator } from './own-allocator.js';
import { ExitStatus, UserError } from './user-error.js';

/** `sim scenario`: runs agora-scenario files against one allocator. */
export const scenario: Command = {
  name: 'scenario',
  usage: 'FILE… [options]',
  about: 'drives one allocator through scenario files and checks what it offers',
  options: [
    {
      group: 'options',
      name: 'allocator',
      value: 'NAME',
      words: allocatorNames(),
      takesFile: true,
      about: `in place of the one in the file: ${allocatorNames().join(', ')}, ./mine.ts`,
      default: "file's, drf",
    },
    { group: 'options', name: 'seed', value: 'TEXT', about: 'of the random choices', default: "file's, 1" },
    {
      group: 'options',
      name: 'seeds',
      value: 'N',
      about: 'try N seeds in a row, stop at the first that fails',
      default: '1',
    },
    { group: 'options', name: 'verbose', about: 'each step with the offers it made' },
    { group: 'options', name: 'json', about: 'the results as one JSON document' },
  ],
  examples: [
    'sim scenario examples/scenarios',
    'sim scenario examples/scenarios/*.json --allocator drf --seeds 20',
    'sim scenario examples/scenarios/ci-yields-to-prod.json --verbose',
  ],
  notes: [
    'A folder stands for the .json files below it, - for standard input.',
    'Exit status 0: all passed, 1: one failed or is not there.',
  ],
  run: async (args, terminal) => {
    if (args.positionals.length === 0) {
      throw new UserError('sim scenario needs a file or a folder of them: sim scenario examples/scenarios');
    }
    const allocator = args.value('allocator');
    const choice = await chooseAllocator(args);
    const seed = args.value('seed');
    const report = await runScenarioFiles(args.positionals, {
      // The file may name another one, which is built in.
      create: (text, options) =>
        choice.modulePath === undefined
          ? createAllocator(text, options)
          : // The switches of the file follow its name.
            choice.withOptions(text.slice(choice.text.length + 1)).create(options),
      seeds: seedCount(args.value('seeds') ?? '1'),
      verbose: args.has('verbose'),
      ...(allocator !== undefined && { allocator }),
      ...(seed !== undefined && { seed }),
    });
    terminal.out(args.has('json') ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
    return report.failed === 0 ? ExitStatus.done : ExitStatus.negative;
  },
};

function seedCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 1_000_000) return count;
  throw new UserError(`--seeds is "${text}"; it is a whole number from 1 to 1,000,000.`);
}
