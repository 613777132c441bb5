import { randomBytes } from 'node:crypto';
import { constants, userInfo } from 'node:os';
import { basename } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { idProblem } from '../cluster/ids.js';
import type { FrameworkInfo, StatusUpdate } from '../cluster/protocol.js';
import { roleProblem, Roles } from '../cluster/roles.js';
import { Scheduler } from '../cluster/scheduler.js';
import { isTerminal } from '../cluster/task.js';
import { OneTask } from '../realnet/client/one-task.js';
import { PATIENCE_MS, REAL_TIME, SchedulerClient } from '../realnet/client/scheduler-client.js';
import { AgentNotBackError, agentOfTask, TaskOutput, type TaskPlace } from '../realnet/client/task-output.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { Names } from '../realnet/names.js';
import type { Command } from './command.js';
import { clientOptions, masterClient } from './master-target.js';
import { roomProblem, type AgentRoom } from './no-offer-yet.js';
import type { ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';

/** From one look at a task's output to the next. */
export const LOOK_MS = 200;

/** A master that listens and does not know where a task runs is asked so often. */
const MOST_FAILURES = 5;

/** Its number: the framework has one task. */
const TASK = 0;

/** `agora run` */
export const runTask: Command = {
  name: 'run',
  usage: '[options] -- COMMAND [ARGUMENT …]',
  about: 'runs one task in the cluster, shows its output, and ends as it ends',
  options: [
    { group: 'task', name: 'cpus', value: 'N', about: 'what it needs', default: '1' },
    { group: 'task', name: 'mem', value: 'MB', about: 'what it needs', default: '64' },
    { group: 'task', name: 'disk', value: 'MB', about: 'what it needs', default: '0' },
    { group: 'task', name: 'role', value: 'ROLE', about: 'whose offers it takes', default: '*' },
    { group: 'task', name: 'name', value: 'NAME', about: 'id of the task', default: 'COMMAND and a number' },
    {
      group: 'task',
      name: 'user',
      value: 'USER',
      about: 'who it runs as, where an agora agent is root',
      default: 'you',
    },
    { group: 'task', name: 'env', value: 'K=V', about: 'a variable of its environment', repeatable: true },
    { group: 'task', name: 'uri', value: 'URI', about: 'fetched into its sandbox before', repeatable: true },
    ...clientOptions('how it ended and what it wrote, as JSON, at its end'),
  ],
  examples: [
    'agora run --cpus 1 --mem 64 -- echo hello',
    "agora run --role eng --env N=3 -- 'for i in $(seq $N); do echo $i; done'",
  ],
  notes: [
    'One word is a line for the shell; several are a program and its arguments.',
    "Ctrl-C kills the task. Exit status: the task's own; 128 and the number of the",
    'signal that ended it; 1 it could not be run; 130 Ctrl-C.',
  ],
  run: async (args, terminal) => await new TaskRun(args, terminal).run(),
};

/** One task from its offer to its end. */
class TaskRun {
  readonly #args: ParsedArgs;
  readonly #terminal: Terminal;
  readonly #client: MasterClient;
  readonly #scheduler: SchedulerClient;
  readonly #model: OneTask;
  readonly #name: string;
  readonly #agents = new Names();
  readonly #written = { stdout: '', stderr: '' };
  #isInterrupted = false;
  /** It has been told that the master does not answer. */
  #isAlone = false;
  #last: StatusUpdate | undefined;
  /** Follows the output; undefined: it has not started. */
  #following: Promise<void> | undefined;

  constructor(args: ParsedArgs, terminal: Terminal) {
    this.#args = args;
    this.#terminal = terminal;
    this.#client = masterClient(args);
    const command = commandOf(args);
    const role = args.value('role') ?? '*';
    const problem = roleProblem(role);
    if (problem !== undefined) throw new UserError(`--role: ${problem}.`);
    this.#name = nameOf(args);
    const needs = { cpus: milli(args, 'cpus', 1), mem: milli(args, 'mem', 64), disk: milli(args, 'disk', 0) };
    if (needs.cpus + needs.mem + needs.disk === 0) {
      throw new UserError('a task needs something: give it --cpus or --mem above 0.');
    }
    const roles = new Roles();
    const plan = { task: TASK, role: roles.intern(role), name: this.#name, needs, payload: { command } };
    this.#model = new OneTask(plan, {
      waiting: () =>
        void this.#tellWaiting(new Map(Object.entries(needs).filter(([, amount]) => amount > 0))),
      updated: (update) => this.#updated(update),
    });
    const info: FrameworkInfo = {
      name: `agora run ${this.#name}`,
      id: '',
      roles: [roles.intern(role)],
      capabilities: ['MULTI_ROLE', 'RESERVATION_REFINEMENT', 'TASK_KILLING_STATE'],
    };
    this.#scheduler = new SchedulerClient(this.#client, {
      scheduler: new Scheduler(0, info, this.#model, []),
      names: {
        roles,
        agent: (id) => this.#agents.text(id),
        agentId: (name) => this.#agents.intern(name),
        task: () => this.#name,
        taskId: (name) => (name === this.#name ? TASK : -1),
      },
      user: args.value('user') ?? userInfo().username,
      clock: REAL_TIME,
      watch: { lost: () => this.#lost(), heard: () => (this.#isAlone = false) },
    });
  }

  async run(): Promise<number> {
    this.#terminal.onInterrupt(() => this.#interrupt());
    try {
      await this.#scheduler.run();
      await this.#following;
    } finally {
      this.#terminal.onInterrupt(undefined);
    }
    return this.#tell();
  }

  /** Each outage is told once. Whether the task runs on only its agent knows, and that may be gone, too. */
  #lost(): void {
    if (this.#isAlone) return;
    this.#isAlone = true;
    const patience = `${PATIENCE_MS / 60_000} minutes`;
    this.#terminal.err(
      `agora: the master does not answer; trying again for ${patience}. Ctrl-C twice gives up.\n`,
    );
  }

  async #tellWaiting(needs: ReadonlyMap<string, number>): Promise<void> {
    let why: string | undefined;
    try {
      const { slaves } = (await this.#client.get('/slaves')) as { slaves: readonly AgentRoom[] };
      why = roomProblem(slaves, needs);
    } catch {
      // It is told without a reason.
    }
    // It may have been launched, or given up, meanwhile.
    if (this.#model.isSettled) return;
    const wanted = [...needs].map(([name, amount]) => `${name}:${amount / 1000}`).join(';');
    const hint =
      why === undefined
        ? `agora explain --framework ${this.#scheduler.frameworkId} says why`
        : 'agora agents shows what there is';
    const reason = why === undefined ? '' : `: ${why}`;
    this.#terminal.err(
      `agora: no offer yet that holds ${wanted}${reason}. Waiting; ${hint}, Ctrl-C gives up.\n`,
    );
  }

  #interrupt(): void {
    if (this.#isInterrupted) this.#terminal.exit(ExitStatus.interrupted);
    this.#isInterrupted = true;
    const kill = { type: 'KILL', framework: 0, task: TASK, agent: -1 } as const;
    if (this.#model.isSettled) this.#scheduler.toMaster(0, kill);
    else this.#scheduler.giveUp();
    this.#model.isSettled = true;
  }

  #updated(update: StatusUpdate): void {
    if (this.#last !== undefined && isTerminal(this.#last.state)) return;
    this.#last = update;
    const hasOutput = update.state === 'TASK_STARTING' || update.state === 'TASK_RUNNING';
    if (hasOutput) this.#following ??= this.#follow();
    if (!isTerminal(update.state)) return;
    // Its output is read before the framework goes.
    void Promise.resolve(this.#following)
      .catch(() => undefined)
      .then(() => this.#scheduler.end());
  }

  async #follow(): Promise<void> {
    try {
      const place = {
        id: this.#name,
        framework_id: this.#scheduler.frameworkId,
        slave_id: this.#agents.text(this.#last!.agent),
      };
      const agent = await this.#agentOf(place);
      const sinks = this.#sinks();
      const outputs = sinks.map(([name, write]) => ({ output: new TaskOutput(agent, place, name), write }));
      for (;;) {
        const isLast = isTerminal(this.#last!.state);
        for (const { output, write } of outputs) for await (const piece of output.rest()) write(piece);
        if (isLast) return;
        await delay(LOOK_MS);
      }
    } catch (error) {
      // Nobody would see what it does: it does not go on.
      this.#scheduler.fail(error as Error);
    }
  }

  /** Where the task runs. A master that is away, or waits for the agent, is asked again. */
  async #agentOf(place: TaskPlace): Promise<MasterClient> {
    for (let failures = 0; ;) {
      try {
        return await agentOfTask(this.#client, place);
      } catch (error) {
        const counts = this.#scheduler.isSubscribed && !(error instanceof AgentNotBackError);
        if (counts && ++failures === MOST_FAILURES) throw error;
        await delay(LOOK_MS);
      }
    }
  }

  #sinks(): readonly (readonly ['stdout' | 'stderr', (piece: Buffer) => void])[] {
    const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
    if (this.#args.has('json')) {
      const keep = (name: 'stdout' | 'stderr') => (piece: Buffer) => {
        this.#written[name] += decoders[name].write(piece);
      };
      return [
        ['stdout', keep('stdout')],
        ['stderr', keep('stderr')],
      ];
    }
    const out = this.#terminal.stream();
    return [
      ['stdout', (piece) => out.write(piece)],
      ['stderr', (piece) => this.#terminal.err(decoders.stderr.write(piece))],
    ];
  }

  #tell(): number {
    const last = this.#last;
    const status = this.#isInterrupted ? ExitStatus.interrupted : statusOf(last);
    if (this.#args.has('json')) {
      const { frameworkId } = this.#scheduler;
      const told = {
        task_id: this.#name,
        framework_id: frameworkId,
        agent_id: last === undefined ? '' : this.#agents.text(last.agent),
        state: last?.state ?? 'TASK_KILLED',
        message: last?.message ?? '',
        exit_status: status,
        ...this.#written,
      };
      this.#terminal.out(`${JSON.stringify(told, null, 2)}\n`);
    } else if (!this.#isInterrupted && !isPlainEnd(last)) {
      this.#terminal.err(`agora: task "${this.#name}" ${endOf(last)}\n`);
    }
    return status;
  }
}

function endOf(last: StatusUpdate | undefined): string {
  if (last === undefined) return 'was never started: its framework was torn down.';
  const words: Readonly<Record<string, string>> = { TASK_FAILED: 'failed', TASK_KILLED: 'was killed' };
  const { state, message = 'nobody says why' } = last;
  return `${words[state] ?? `ended as ${state}`}: ${message}.`;
}

function isPlainEnd(last: StatusUpdate | undefined): boolean {
  const { state, message = '' } = last ?? {};
  return state === 'TASK_FINISHED' || (state === 'TASK_FAILED' && /exited with status \d+$/.test(message));
}

/** Of a task, as a shell has it. */
function statusOf(update: StatusUpdate | undefined): number {
  if (update?.state === 'TASK_FINISHED') return 0;
  const message = update?.message ?? '';
  const [, status] = /exited with status (\d+)$/.exec(message) ?? [];
  if (status !== undefined && status !== '0') return Number(status);
  const [, signal = ''] = /terminated with signal (SIG\w+)$/.exec(message) ?? [];
  const number = (constants.signals as Readonly<Record<string, number | undefined>>)[signal];
  return number === undefined ? ExitStatus.negative : 128 + number;
}

function commandOf(args: ParsedArgs): object {
  const [program, ...rest] = args.positionals;
  if (program === undefined) throw new UserError('name what to run: agora run -- echo hello.');
  const variables = args.values('env').map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new UserError(`--env is "${text}"; write it as NAME=VALUE.`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const isShell = rest.length === 0;
  return {
    shell: isShell,
    value: program,
    ...(!isShell && { arguments: args.positionals }),
    environment: { variables },
    uris: args.values('uri').map((value) => ({ value, extract: true })),
  };
}

function nameOf(args: ParsedArgs): string {
  const name = args.value('name');
  if (name === undefined) {
    const [word = ''] = /[\w.-]+/.exec(basename(args.positionals[0].split(' ', 1)[0])) ?? ['task'];
    return `${word.slice(0, 40)}-${randomBytes(3).toString('hex')}`;
  }
  const problem = idProblem(name);
  if (problem !== undefined) throw new UserError(`--name is "${name}": ${problem}.`);
  return name;
}

function milli(args: ParsedArgs, name: string, otherwise: number): number {
  const text = args.value(name) ?? String(otherwise);
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Math.round(Number(text) * 1000);
  throw new UserError(`--${name} is "${text}"; it is a number from 0, with at most 3 decimals.`);
}
