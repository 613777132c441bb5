import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import process from 'node:process';
import { AttributeTextError, parseAttributes } from '../cluster/attributes.js';
import type { Attribute } from '../cluster/protocol.js';
import { resourcesToJson, type ResourceJson } from '../cluster/resources/json.js';
import { RECONFIGURATION_POLICIES } from '../realnet/agent/reconfiguration.js';
import { startAgent, type AgentSettings, type RunningAgent } from '../realnet/agent/start-agent.js';
import { parseCredential } from '../realnet/auth/credentials.js';
import { choiceOption, parsedResources, waitOption } from './choices.js';
import type { Command } from './command.js';
import { daemonRun, promiseOf, tellListening, type Daemon } from './daemon.js';
import { configOption, flagsOf } from './daemon-args.js';
import { logOptions } from './daemon-log.js';
import {
  asUsage,
  authorities,
  domainOption,
  listenError,
  reachProblem,
  serverOptions,
  untilStopped,
} from './daemon-server.js';
import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import { readFile } from './read-file.js';
import { ExitStatus, UserError } from './user-error.js';

const PORT = 5051;
const STOP_GRACE_MS = 3000;

const options: readonly OptionSpec[] = [
  {
    group: 'master',
    name: 'master',
    value: 'HOST:PORT',
    about: 'where the master is; https://HOST:PORT when it serves TLS',
  },
  {
    group: 'master',
    name: 'credential',
    value: 'FILE',
    about: 'who this agent is to the master: {"principal": …, "secret": …}',
  },
  {
    group: 'master',
    isRare: true,
    name: 'tls-ca',
    value: 'FILE',
    about: "certificates to trust the master's by (PEM), besides the well-known ones",
  },
  {
    group: 'master',
    isRare: true,
    name: 'registration-backoff-factor',
    value: 'TIME',
    about: 'longest first wait before trying to register again; it doubles, up to a minute',
    default: '2s',
  },
  {
    group: 'master',
    isRare: true,
    name: 'master-silence-timeout',
    value: 'TIME',
    about: 'a master that is not heard for so long is sought anew',
    default: '75s',
  },
  {
    group: 'what it offers',
    name: 'resources',
    value: 'TEXT',
    about: 'such as cpus:4;mem:4096;ports:[31000-32000]; mem and disk in MB',
    default: 'those of this host',
  },
  {
    group: 'what it offers',
    name: 'attributes',
    value: 'TEXT',
    about: 'such as rack:r1;os:debian',
  },
  {
    group: 'what it offers',
    isRare: true,
    name: 'domain',
    value: 'REGION/ZONE',
    about: 'where it is, such as eu/eu-1; only for a master that has a domain, too',
    default: 'none',
  },
  { group: 'tasks', name: 'allow-root', about: 'runs tasks as root, too' },
  {
    group: 'tasks',
    isRare: true,
    name: 'switch-user',
    value: 'true|false',
    about: 'runs a task as the user that it names, which takes root',
    default: 'true for root',
  },
  {
    group: 'tasks',
    isRare: true,
    name: 'max-stdout-size',
    value: 'SIZE',
    about: 'a longer stdout becomes stdout.1 and so on, of which 9 are kept; such as 10MB',
    default: '10MB',
  },
  {
    group: 'tasks',
    isRare: true,
    name: 'max-stderr-size',
    value: 'SIZE',
    about: 'the same for stderr',
    default: '10MB',
  },
  {
    group: 'tasks',
    isRare: true,
    name: 'executor-registration-timeout',
    value: 'TIME',
    about: 'how long URIs have to be fetched, and an executor to subscribe',
    default: '1mins',
  },
  {
    group: 'tasks',
    isRare: true,
    name: 'executor-reregistration-timeout',
    value: 'TIME',
    about: 'and to subscribe again when the agent was restarted',
    default: '2s',
  },
  ...serverOptions(String(PORT)),
  {
    group: 'daemon',
    name: 'work-dir',
    value: 'DIR',
    about: 'where sandboxes and the state of tasks are kept',
  },
  {
    group: 'daemon',
    isRare: true,
    name: 'reconfiguration-policy',
    value: RECONFIGURATION_POLICIES.join('|'),
    about: 'when its settings are not those it had in this folder: equal does not start, new kills what runs',
    default: 'equal',
  },
  configOption,
  ...logOptions,
];

/** `agora agent`: until Ctrl-C or SIGTERM. */
export const agent: Command = {
  name: 'agent',
  usage: '--master HOST:PORT --work-dir DIR [options]',
  about: 'an agent of a cluster, until Ctrl-C or SIGTERM',
  options,
  examples: [
    'agora agent --master 127.0.0.1:5050 --work-dir /tmp/agora-agent',
    'agora agent --master 127.0.0.1:5050 --work-dir /tmp/a2 --resources cpus:2',
    'agora agent --master m1:5050 --work-dir /a --ip 10.0.0.2 --credentials c.json',
  ],
  notes: [
    'Each option is also a variable, --work-dir AGORA_WORK_DIR, and a key of the file',
    'of --config. docs/deploy.md says more.',
  ],
  run: daemonRun('agent', PORT, options, runAgent),
};

async function runAgent(daemon: Daemon): Promise<number> {
  const { args, terminal, folder, log } = daemon;
  const refusal = promiseOf<Error>();
  const running = await start(daemon, (why) => refusal.resolve(refused(why)));
  const signalled = untilStopped(terminal);
  const where = tellListening(daemon, running.port);
  terminal.out(
    [
      `agora  agent on ${where}   master ${args.value('master') ?? ''}   data in ${folder}`,
      '       Ctrl-C stops it and its tasks; at SIGTERM tasks of frameworks with checkpointing run on',
      '',
    ].join('\n'),
  );
  const end = await Promise.race([signalled, refusal.promise]);
  log.info({ why: end instanceof Error ? 'refused' : end }, 'stopping');
  if (end === 'SIGTERM') {
    await running.leave(STOP_GRACE_MS);
    // Tasks run on, and would keep this process.
    terminal.exit(ExitStatus.done);
  }
  await running.stop(STOP_GRACE_MS);
  if (end instanceof Error) throw end;
  return ExitStatus.done;
}

function refused(why: string): UserError {
  return new UserError(
    `the master refuses this agent: ${why}.\n--credential FILE says who it is, when the master asks.`,
    ExitStatus.negative,
  );
}

async function start(
  { args, folder, server, log }: Daemon,
  fatal: (why: string) => void,
): Promise<RunningAgent> {
  const { ip, hostname, listenIp, port, security } = server;
  const { target, isTls } = masterOption(args);
  const credential = args.value('credential');
  const switchUser = (choiceOption(args, 'switch-user', ['true', 'false']) ?? String(isRoot())) === 'true';
  if (switchUser && !isRoot())
    throw new UserError('--switch-user true takes root: only root may run tasks as others.');
  const ca = args.value('tls-ca');
  if (ca !== undefined && !isTls)
    throw new UserError('--tls-ca is for a master on https, such as --master https://HOST:PORT.');
  const settings: AgentSettings = {
    description: {
      hostname,
      ip,
      resources: await resourcesOption(args, folder),
      attributes: attributesOption(args),
      ...domainOption(args),
    },
    listenIp,
    port,
    security,
    workDir: folder,
    output: {
      stdoutBytes: sizeOption(args, 'max-stdout-size'),
      stderrBytes: sizeOption(args, 'max-stderr-size'),
    },
    executorRegistrationMs: waitOption(args, 'executor-registration-timeout', 60),
    executorReregistrationMs: waitOption(args, 'executor-reregistration-timeout', 2),
    reconfiguration: choiceOption(args, 'reconfiguration-policy', RECONFIGURATION_POLICIES) ?? 'equal',
    users: { switchUser, allowRoot: args.has('allow-root') },
    master: target,
    ...(isTls && { tls: ca === undefined ? {} : { ca: authorities(ca) } }),
    ...(credential !== undefined && {
      credential: asUsage(credential, () => parseCredential(readFile(credential).toString('utf8'))),
    }),
    backoffMs: waitOption(args, 'registration-backoff-factor', 2),
    silenceMs: waitOption(args, 'master-silence-timeout', 75),
    flags: flagsOf(args, options),
    log,
    fatal,
  };
  const problem = reachProblem(target.host, server);
  if (problem !== undefined) log.warn(problem);
  try {
    return await startAgent(settings);
  } catch (error) {
    throw listenError(error, listenIp, port);
  }
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

function sizeOption(args: ParsedArgs, name: string): number {
  const text = args.value(name) ?? '10MB';
  const [, number, unit = 'B'] = /^(\d+)\s*(B|KB|MB|GB)?$/i.exec(text) ?? [];
  if (number !== undefined && Number(number) > 0) return Number(number) * UNITS[unit.toUpperCase()];
  throw new UserError(`--${name} is "${text}"; it is a size above 0, such as 500KB or 10MB.`);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function masterOption(args: ParsedArgs): { target: AgentSettings['master']; isTls: boolean } {
  const text = args.value('master');
  if (text === undefined)
    throw new UserError('agora agent needs --master HOST:PORT, such as --master 127.0.0.1:5050.');
  const [, scheme, host, port = '5050'] = /^(https?:\/\/)?([^\s/:]+)(?::(\d+))?\/?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new UserError(`--master is "${text}"; it is HOST:PORT, such as 127.0.0.1:5050.`);
  return { target: { host, port: Number(port) }, isTls: scheme === 'https://' };
}

async function resourcesOption(args: ParsedArgs, folder: string): Promise<ResourceJson[]> {
  const resources = parsedResources(args.value('resources') ?? (await resourcesOfHost(folder)));
  if (resources.isEmpty)
    throw new UserError(
      '--resources names nothing: an agent has something to offer, such as cpus:4;mem:4096.',
    );
  return resourcesToJson(resources, { legacy: false });
}

/**
 * As Mesos counts: a GB of memory and 5 GB of disk stay for the host itself, half of either where that is little. The disk is
 * the whole of it: what is free changes, and an agent that is started anew has to be what it was.
 */
async function resourcesOfHost(folder: string): Promise<string> {
  const { blocks, bsize } = await statfs(folder);
  const left = (mb: number, kept: number): number => Math.floor(mb > 2 * kept ? mb - kept : mb / 2);
  const mem = left(totalmem() / 2 ** 20, 1024);
  const disk = left((blocks * bsize) / 2 ** 20, 5120);
  return `cpus:${availableParallelism()};mem:${mem};disk:${disk};ports:[31000-32000]`;
}

function attributesOption(args: ParsedArgs): Attribute[] {
  try {
    return parseAttributes(args.value('attributes') ?? '');
  } catch (error) {
    throw error instanceof AttributeTextError ? new UserError(`--attributes: ${error.message}`) : error;
  }
}
