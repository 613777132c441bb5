import type { Command } from './command.js';
import { clientOptions, masterClient } from './master-target.js';
import { ExitStatus, UserError } from './user-error.js';

/** `agora explain` */
export const explain: Command = {
  name: 'explain',
  usage: '[--role R] [--framework F] [options]',
  about: 'why frameworks of a running cluster get no offer now',
  options: [
    { group: 'question', name: 'role', value: 'ROLE', about: 'only this role' },
    { group: 'question', name: 'framework', value: 'NAME|ID', about: 'only this framework' },
    ...clientOptions('the reasons with their numbers, as JSON'),
  ],
  examples: ['agora explain', 'agora explain --framework jenkins', 'agora explain --role prod --json'],
  notes: [
    'What it says is one allocation cycle over all agents at this moment, of which',
    'nothing takes place. Who wants no offers is shown only when it is asked for by',
    'name.',
  ],
  run: async (args, terminal) => {
    if (args.positionals.length > 0) {
      throw new UserError(`agora explain takes no argument "${args.positionals[0]}"; see --help.`);
    }
    const query = new URLSearchParams();
    for (const name of ['role', 'framework']) {
      const value = args.value(name);
      if (value !== undefined) query.set(name, value);
    }
    const text = query.toString();
    const answer = await masterClient(args).get(`/agora/v1/explain${text === '' ? '' : `?${text}`}`);
    const { text: words, ...json } = answer as { readonly text: string };
    terminal.out(args.has('json') ? `${JSON.stringify(json, null, 2)}\n` : words);
    return ExitStatus.done;
  },
};
