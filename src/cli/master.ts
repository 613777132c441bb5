import { allocatorNames } from '../allocators/registry.js';
import { SECOND } from '../cluster/ids.js';
import type { PingOptions } from '../realnet/master/agent-pings.js';
import {
  PLAIN_ALLOCATION,
  startMaster,
  type MasterSettings,
  type RunningMaster,
} from '../realnet/master/start-master.js';
import { FileStore } from '../realnet/registry/file-store.js';
import { parseDuration } from '../sim/duration.js';
import { durationOption, waitOption, wholeOption } from './choices.js';
import type { Command } from './command.js';
import { daemonRun, promiseOf, tellListening, type Daemon } from './daemon.js';
import { configOption, flagsOf } from './daemon-args.js';
import { logOptions } from './daemon-log.js';
import {
  domainOption,
  listenError,
  serverOptions,
  untilStopped,
  type ServerChoice,
} from './daemon-server.js';
import { daemonJournal } from './journal-file.js';
import type { OptionSpec } from './option-spec.js';
import { chooseAllocator } from './own-allocator.js';
import type { ParsedArgs } from './parse-args.js';
import { parseMinAllocatable, parseWeights } from './role-options.js';
import { readSorters, sorterOptions } from './sorter-options.js';
import { ExitStatus, UserError } from './user-error.js';

const PORT = 5050;

const options: readonly OptionSpec[] = [
  ...serverOptions(String(PORT)),
  {
    group: 'allocation',
    name: 'allocator',
    value: 'NAME|PATH',
    about: `${allocatorNames().join(', ')}; a path loads a module of your own`,
    default: 'drf',
  },
  {
    group: 'allocation',
    name: 'allocation-interval',
    value: 'TIME',
    about: 'from one batch allocation to the next',
    default: '1s',
  },
  {
    group: 'allocation',
    name: 'weights',
    value: 'ROLE=W,…',
    about: 'of roles, such as prod=3,test=1, until some are set: then those of --work-dir hold',
    default: '1',
    isList: true,
  },
  {
    group: 'allocation',
    isRare: true,
    name: 'min-allocatable',
    value: 'LIST',
    about: 'an offer holds one of these in full; "": any',
    default: 'cpus:0.01|mem:32',
    aliases: ['min-allocatable-resources'],
  },
  ...sorterOptions,
  {
    group: 'allocation',
    isRare: true,
    name: 'offer-timeout',
    value: 'TIME',
    about: 'an unanswered offer is rescinded after this long',
    default: 'never',
  },
  {
    group: 'agents',
    isRare: true,
    name: 'domain',
    value: 'REGION/ZONE',
    about: 'where the master is; agents of other regions go to REGION_AWARE frameworks',
    default: 'none',
  },
  {
    group: 'agents',
    isRare: true,
    name: 'agent-ping-timeout',
    value: 'TIME',
    about: 'how long an agent has to answer a ping',
    default: '15s',
  },
  {
    group: 'agents',
    isRare: true,
    name: 'max-agent-ping-timeouts',
    value: 'N',
    about: 'an agent that misses so many in a row is unreachable',
    default: '5',
  },
  {
    group: 'agents',
    isRare: true,
    name: 'agent-removal-rate-limit',
    value: 'N/TIME',
    about: 'at most N agents become unreachable in so long a time, such as 1/10mins',
    default: 'none',
  },
  {
    group: 'agents',
    isRare: true,
    name: 'agent-reregister-timeout',
    value: 'TIME',
    about: 'how long known agents have to come back after a restart of the master',
    default: '10m',
  },
  {
    group: 'daemon',
    name: 'work-dir',
    value: 'DIR',
    about: 'where the master keeps what it must not forget: weights, quota, agents',
  },
  {
    group: 'daemon',
    name: 'journal',
    value: 'FILE',
    about: 'write down every input of the master; sim journal check FILE runs it again',
  },
  configOption,
  ...logOptions,
];

/** `agora master`: until Ctrl-C or SIGTERM. */
export const master: Command = {
  name: 'master',
  usage: '--work-dir DIR [options]',
  about: 'the master of a cluster, until Ctrl-C or SIGTERM',
  options,
  examples: [
    'agora master --work-dir /tmp/agora-master',
    'agora master --work-dir /tmp/agora-master --port 0 --allocator fifo',
    'agora master --work-dir /var/lib/agora --ip 0.0.0.0 --credentials who.json',
  ],
  notes: [
    'Each option is also a variable, --work-dir AGORA_WORK_DIR, and a key of the file',
    'of --config. Tasks run on while the master is away: agents and frameworks come',
    'back to it. docs/deploy.md says more.',
  ],
  run: daemonRun('master', PORT, options, runMaster),
};

async function runMaster(daemon: Daemon): Promise<number> {
  const { args, terminal, folder, log, server, version } = daemon;
  const failure = promiseOf<Error>();
  const journal = daemonJournal(args.value('journal'), failure.resolve);
  const running = await start(daemon, {
    registry: new FileStore(folder),
    onFailure: failure.resolve,
    ...(journal && {
      journal: { sink: journal.sink, allocator: args.value('allocator') ?? 'drf', version },
    }),
  });
  const signalled = untilStopped(terminal);
  const where = tellListening(daemon, running.port);
  terminal.out(
    [
      `agora  master on ${where}   allocator ${args.value('allocator') ?? 'drf'}   ${accessText(server)}`,
      `       try   agora agent --master ${agentTarget(server, running.port)} --work-dir /tmp/agora-agent`,
      '       Ctrl-C or SIGTERM stops it; tasks run on',
      '',
    ].join('\n'),
  );
  const end = await Promise.race([signalled, failure.promise]);
  log.info('stopping');
  await running.stop();
  journal?.close();
  if (!(end instanceof Error)) return ExitStatus.done;
  // What it promised would be forgotten: better it is not there.
  throw new UserError(
    `${end.message.replace(/\.$/, '')}.\nThe master has stopped; tasks run on.`,
    end.name === 'PolicyFault' ? ExitStatus.negative : ExitStatus.output,
  );
}

/** What an agent has to be told to find the master, and to be let in. */
function agentTarget({ scheme, ip, security }: ServerChoice, port: number): string {
  const isTls = scheme === 'https';
  return [
    `${isTls ? 'https://' : ''}${ip}:${port}`,
    ...(isTls ? ['--tls-ca FILE'] : []),
    ...(security.credentials === undefined ? [] : ['--credential FILE']),
  ].join(' ');
}

function accessText({ security }: ServerChoice): string {
  const { credentials } = security;
  if (credentials === undefined) return 'no credentials asked';
  return credentials.length === 1 ? '1 principal may call' : `${credentials.length} principals may call`;
}

async function start(
  { args, server, log }: Daemon,
  files: Pick<MasterSettings, 'registry' | 'onFailure' | 'journal'>,
): Promise<RunningMaster> {
  const choice = await chooseAllocator(args);
  const intervalUs = durationOption(args, 'allocation-interval') ?? SECOND;
  if (intervalUs === 0) throw new UserError('--allocation-interval is a time above 0, such as 1s.');
  const offerTimeoutUs = durationOption(args, 'offer-timeout');
  const least = args.value('min-allocatable');
  const offers = choice.needs === 'asks' ? 'demand' : 'coarse';
  try {
    return await startMaster({
      listenIp: server.listenIp,
      ip: server.ip,
      hostname: server.hostname,
      port: server.port,
      security: server.security,
      pings: pingsOf(args),
      allocator: (settings) => choice.create(settings),
      allocation: {
        ...PLAIN_ALLOCATION,
        offers,
        intervalUs,
        ...(least !== undefined && { minAllocatable: parseMinAllocatable(least) }),
        ...readSorters(args),
        ...domainOption(args),
      },
      weights: parseWeights(args.value('weights') ?? ''),
      seed: String(Date.now()),
      ...(offerTimeoutUs !== undefined && { offerTimeoutUs }),
      agentReregisterUs: durationOption(args, 'agent-reregister-timeout') ?? 600 * SECOND,
      flags: { ...flagsOf(args, options), offers },
      ...files,
      log,
    });
  } catch (error) {
    throw listenError(error, server.listenIp, server.port);
  }
}

function pingsOf(args: ParsedArgs): Omit<PingOptions, 'clock'> {
  const intervalMs = waitOption(args, 'agent-ping-timeout', 15);
  const most = wholeOption(args, 'max-agent-ping-timeouts', 1, 1_000_000) ?? 5;
  const limit = args.value('agent-removal-rate-limit');
  return {
    intervalMs,
    most,
    ...(limit !== undefined && { removalLimit: parseRate(limit) }),
  };
}

function parseRate(text: string): { count: number; perUs: number } {
  const [, count, time] = /^(\d+)\/(.+)$/.exec(text) ?? [];
  const perUs = time === undefined ? undefined : parseDuration(time);
  if (perUs !== undefined && perUs > 0 && Number(count) > 0) return { count: Number(count), perUs };
  throw new UserError(
    `--agent-removal-rate-limit is "${text}"; it is a number of agents and a time, such as 1/10mins.`,
  );
}
