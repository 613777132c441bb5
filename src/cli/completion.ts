import type { Command } from './command.js';
import {
  bashScript,
  fishScript,
  zshScript,
  type CompletionEntry,
  type Values,
} from './completion-scripts.js';
import { commands } from './main.js';
import type { OptionSpec } from './option-spec.js';
import { ExitStatus, UserError } from './user-error.js';

const scripts: Readonly<Record<string, (entries: readonly CompletionEntry[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `sim completion`: a script for the user's shell, made from the options of all commands. */
export const completion: Command = {
  name: 'completion',
  words: ['bash', 'zsh', 'fish'],
  usage: 'bash|zsh|fish',
  about: 'prints a script that completes commands, options and their words',
  options: [],
  examples: ['sim completion bash > sim.bash'],
  notes: [
    'bash  echo \'eval "$(sim completion bash)"\' >> ~/.bashrc',
    'zsh   echo \'eval "$(sim completion zsh)"\' >> ~/.zshrc      (after compinit)',
    'fish  sim completion fish > ~/.config/fish/completions/sim.fish',
  ],
  run: async ({ positionals }, terminal) => {
    const [shell = ''] = positionals;
    if (positionals.length !== 1 || !Object.hasOwn(scripts, shell)) {
      throw new UserError('sim completion takes the name of a shell: bash, zsh or fish.');
    }
    const entries = await Promise.all(
      commands.map(async ({ name, about, load }): Promise<CompletionEntry> => {
        const command = await load();
        return { name, about, options: optionsOf(command), positionals: positionalsOf(command) };
      }),
    );
    terminal.out(scripts[shell](entries));
    return ExitStatus.done;
  },
};

function optionsOf({ options }: Command): CompletionEntry['options'] {
  const help: OptionSpec = { name: 'help', about: 'what the command does and takes', group: '' };
  return [...options, help].map(({ name, value, about, words = [], isList = false, takesFile = false }) => ({
    name,
    about: about.replaceAll(/[^\w ./=:,-]/g, ' ').trim(),
    takes: value !== undefined,
    values: { words, isList, isFile: takesFile || (value !== undefined && /FILE|DIR|PATH/.test(value)) },
  }));
}

function positionalsOf({ words = [], usage }: Command): Values {
  return { words, isList: false, isFile: /FILE|OUT/.test(usage.replace(/-o FILE/, '')) };
}
