import { setTimeout as delay } from 'node:timers/promises';
import type { MasterClient } from '../realnet/client/master-client.js';
import { agentOfTask, TaskOutput, type TaskPlace } from '../realnet/client/task-output.js';
import { ALL, isNamed, LIVE, shortNames } from './cluster-lists.js';
import type { Command } from './command.js';
import { clientOptions, masterClient } from './master-target.js';
import type { ParsedArgs } from './parse-args.js';
import { LOOK_MS } from './run-task.js';
import { ExitStatus, UserError } from './user-error.js';

interface FoundTask extends TaskPlace {
  readonly state: string;
}

const WHICH = ['TASK is an id as agora ps --all shows it; FRAMEWORK/ID where several have it.'];

/** `agora logs` */
export const logs: Command = {
  name: 'logs',
  usage: 'TASK [-f] [options]',
  about: 'what a task wrote, from its sandbox',
  options: [
    { group: 'logs', name: 'follow', aliases: ['f'], about: 'also -f: goes on until the task ends' },
    { group: 'logs', name: 'stderr', about: 'its standard error, in place of its standard output' },
    ...clientOptions('one JSON object with the text; not with --follow'),
  ],
  examples: ['agora logs hello', 'agora logs build -f --stderr'],
  notes: WHICH,
  run: async (args, terminal) => {
    if (args.has('json') && args.has('follow'))
      throw new UserError('--json and --follow exclude each other.');
    const client = masterClient(args);
    const task = await taskOf(client, args);
    const name = args.has('stderr') ? 'stderr' : 'stdout';
    const output = new TaskOutput(await agentOfTask(client, task), task, name);
    if (args.has('json')) {
      const pieces: Buffer[] = [];
      for await (const piece of output.rest()) pieces.push(piece);
      const text = Buffer.concat(pieces).toString();
      terminal.out(`${JSON.stringify({ task_id: task.id, [name]: text }, null, 2)}\n`);
      return ExitStatus.done;
    }
    const out = terminal.stream();
    for (;;) {
      const isLast = !args.has('follow') || !(await isLive(client, task));
      for await (const piece of output.rest()) out.write(piece);
      if (isLast) return ExitStatus.done;
      await delay(LOOK_MS);
    }
  },
};

/** `agora kill` */
export const kill: Command = {
  name: 'kill',
  usage: 'TASK [options]',
  about: 'kills a task, as its framework would',
  options: clientOptions('what was killed, as JSON'),
  examples: ['agora kill hello', 'agora kill 0000/build'],
  notes: WHICH,
  run: async (args, terminal) => {
    const client = masterClient(args);
    const { id, framework_id: framework, state } = await taskOf(client, args);
    if (!LIVE.test(state)) {
      throw new UserError(`task "${id}" has ended already: ${state}.`, ExitStatus.negative);
    }
    const killed = { framework_id: { value: framework }, task_id: { value: id } };
    await client.post('/agora/v1/tasks/kill', killed);
    terminal.out(args.has('json') ? `${JSON.stringify(killed, null, 2)}\n` : `killing ${id}\n`);
    return ExitStatus.done;
  },
};

/** @throws UserError when none or several are meant */
async function taskOf(client: MasterClient, { positionals }: ParsedArgs): Promise<FoundTask> {
  if (positionals.length !== 1) throw new UserError('name one task, as agora ps shows it.');
  const [text] = positionals;
  const { tasks } = (await client.get(`/tasks?limit=${ALL}`)) as { readonly tasks: readonly FoundTask[] };
  const meant = tasks.filter(
    ({ id, framework_id: framework }) =>
      id === text || (text.endsWith(`/${id}`) && isNamed(framework, text.slice(0, -id.length - 1))),
  );
  const live = meant.filter(({ state }) => LIVE.test(state));
  const [first, second] = live.length > 0 ? live : meant;
  if (first === undefined) throw new UserError(`no task "${text}"; agora ps --all shows what there is.`);
  if (second === undefined || second.framework_id === first.framework_id) return first;
  const name = shortNames(tasks.map(({ framework_id: framework }) => framework));
  const names = [first, second].map(({ id, framework_id: framework }) => `${name(framework)}/${id}`);
  throw new UserError(`"${text}" stands for several tasks; name one of ${names.join(', ')}.`);
}

async function isLive(client: MasterClient, { id, framework_id: framework }: FoundTask): Promise<boolean> {
  const query = new URLSearchParams({ task_id: id, framework_id: framework });
  const { tasks } = (await client.get(`/tasks?${query.toString()}`)) as {
    readonly tasks: readonly FoundTask[];
  };
  return tasks.some(({ state }) => LIVE.test(state));
}
