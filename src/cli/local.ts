import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { allocatorNames } from '../allocators/registry.js';
import { SECOND } from '../cluster/ids.js';
import { resourcesToJson, type ResourceJson } from '../cluster/resources/json.js';
import { startLocal, type LocalCluster, type LocalSettings } from '../realnet/local.js';
import { MasterClient } from '../realnet/client/master-client.js';
import { PLAIN_ALLOCATION } from '../realnet/master/start-master.js';
import { FileStore } from '../realnet/registry/file-store.js';
import { runDemo } from '../replay/demo.js';
import { durationOption, parsedResources, wholeOption } from './choices.js';
import type { Command } from './command.js';
import { localLog } from './daemon-log.js';
import { promiseOf } from './daemon.js';
import { untilStopped } from './daemon-server.js';
import { chooseAllocator } from './own-allocator.js';
import { noMoreWords, type ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';
import { makeTemporaryFolder, makeWorkFolder } from './work-folder.js';

const LOOPBACK = '127.0.0.1';
const RESOURCES = 'cpus:4;mem:4096;ports:[31000-32000]';

/** `agora local`: a master and agents in one process, until Ctrl-C or SIGTERM. */
export const local: Command = {
  name: 'local',
  usage: '[options]',
  about: 'a master and agents on this machine, until Ctrl-C; tasks are processes',
  options: [
    { group: 'cluster', name: 'agents', value: 'N', about: 'how many', default: '3' },
    {
      group: 'cluster',
      name: 'resources',
      value: 'TEXT',
      about: 'of each agent; mem and disk in MB',
      default: RESOURCES,
    },
    {
      group: 'cluster',
      name: 'port',
      value: 'PORT',
      about: 'of the master, on 127.0.0.1; 0: any',
      default: '5050',
    },
    {
      group: 'cluster',
      name: 'work-dir',
      value: 'DIR',
      about: 'where sandboxes are kept, and weights and quota over a restart',
      default: 'a temporary folder',
    },
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
      group: 'demo',
      name: 'demo',
      about: 'with a load to look at: three frameworks of the roles web, ci and analytics',
    },
    {
      group: 'output',
      name: 'verbose',
      about: 'log what happens, on standard error: text on a terminal, else JSON',
    },
  ],
  examples: [
    'agora local',
    'agora local --agents 5 --resources "cpus:8;mem:16384"',
    'agora local --port 0 --allocator fifo',
    'agora local --demo',
  ],
  notes: [
    '--demo gives ci twice the weight of the others, and keeps the cluster busy:',
    'services of role web, short builds of role ci, and every two minutes a batch of',
    'queries that wants all that is left. Frameworks and tasks are real; every ten',
    'minutes new ones begin.',
  ],
  run: async (args, terminal) => {
    noMoreWords(args, 'agora local');
    const settings = await chosenSettings(args);
    // From here on Ctrl-C leaves nothing behind.
    const stopped = untilStopped(terminal);
    const workDir = args.value('work-dir');
    const folder = workDir === undefined ? makeTemporaryFolder() : await makeWorkFolder(workDir);
    try {
      const failure = promiseOf<Error>();
      const cluster = await start({ ...settings, onFailure: failure.resolve }, folder, workDir === undefined);
      greet(cluster, args, terminal, workDir);
      const endDemo = args.has('demo') ? startDemo(cluster, args, terminal) : undefined;
      const end = await Promise.race([stopped, failure.promise]);
      try {
        await endDemo?.();
      } finally {
        await cluster.stop();
      }
      if (end instanceof Error) throw end;
      return ExitStatus.done;
    } finally {
      // The cluster has done so, unless it did not begin or somebody killed its guard.
      if (workDir === undefined) await rm(folder, { recursive: true, force: true });
    }
  },
};

type ChosenSettings = Omit<LocalSettings, 'workDir' | 'isTemporary' | 'registry'>;

/** All but the folder, which is made last: a module of the user's own may take its time, and somebody may lose patience. */
async function chosenSettings(args: ParsedArgs): Promise<ChosenSettings> {
  const choice = await chooseAllocator(args);
  const offers = choice.needs === 'asks' ? 'demand' : 'coarse';
  const port = wholeOption(args, 'port', 0, 65_535) ?? 5050;
  const intervalUs = durationOption(args, 'allocation-interval') ?? SECOND;
  if (intervalUs === 0) throw new UserError('--allocation-interval is a time above 0, such as 1s.');
  return {
    agents: wholeOption(args, 'agents', 1, 1000) ?? 3,
    resources: resourcesOption(args),
    ip: LOOPBACK,
    // It leads to where they listen.
    hostname: 'localhost',
    port,
    allocator: (settings) => choice.create(settings),
    allocation: { ...PLAIN_ALLOCATION, offers, intervalUs },
    seed: String(Date.now()),
    flags: {
      allocator: args.value('allocator') ?? 'drf',
      offers,
      allocation_interval: args.value('allocation-interval') ?? '1s',
      port: String(port),
      ip: LOOPBACK,
    },
    log: localLog(args.has('verbose')),
  };
}

async function start(chosen: ChosenSettings, workDir: string, isTemporary: boolean): Promise<LocalCluster> {
  const store = join(workDir, 'master');
  if (!isTemporary) await makeWorkFolder(store);
  try {
    return await startLocal({
      ...chosen,
      ...(!isTemporary && { registry: new FileStore(store) }),
      workDir,
      isTemporary,
      flags: { ...chosen.flags, work_dir: workDir },
    });
  } catch (error) {
    throw portError(error, chosen.port);
  }
}

/** Answers what ends it. */
function startDemo({ master }: LocalCluster, args: ParsedArgs, terminal: Terminal): () => Promise<void> {
  const stop = new AbortController();
  const demo = runDemo({
    client: new MasterClient({ scheme: 'http', host: LOOPBACK, port: master.port }),
    allocator: args.value('allocator') ?? 'drf',
    signal: stop.signal,
  }).catch((error: unknown) => {
    terminal.err(`agora: the demo has ended: ${error instanceof Error ? error.message : String(error)}\n`);
  });
  return async () => {
    stop.abort();
    await demo;
  };
}

function resourcesOption(args: ParsedArgs): ResourceJson[] {
  const resources = parsedResources(args.value('resources') ?? RESOURCES);
  if (resources.isEmpty)
    throw new UserError(
      '--resources names nothing: an agent has something to offer, such as cpus:4;mem:4096.',
    );
  return resourcesToJson(resources, { legacy: false });
}

function portError(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new UserError(
      `port ${port} is taken: is another master running? --port ${port + 1} takes another, --port 0 any.`,
    );
  }
  if (code === 'EACCES')
    return new UserError(`port ${port} may not be listened on; ports from 1024 on need no rights.`);
  return error;
}

function greet(
  { master }: LocalCluster,
  args: ParsedArgs,
  terminal: Terminal,
  workDir: string | undefined,
): void {
  const agents = args.value('agents') ?? '3';
  const data = workDir === undefined ? 'in a temporary folder (--work-dir keeps it)' : `in ${workDir}`;
  const at = master.port === 5050 ? '' : `--master ${LOOPBACK}:${master.port} `;
  const demo = [
    ...(at === '' ? [] : [`       first    export AGORA_MASTER=${LOOPBACK}:${master.port}`]),
    '       look at  agora roles          web, ci and analytics: weights, and what they have',
    '                agora frameworks     who runs how much; agora ps: its tasks',
    '                agora logs t0 -f     what a service writes',
    '       change   agora weights analytics=6, and look again',
  ];
  terminal.out(
    [
      `agora  master on http://${LOOPBACK}:${master.port}   allocator ${args.value('allocator') ?? 'drf'}`,
      `       ${agents} ${agents === '1' ? 'agent' : 'agents'} × ${args.value('resources') ?? RESOURCES}   data ${data}`,
      '       Mesos v1 HTTP API at /api/v1/scheduler     Ctrl-C stops everything',
      ...(args.has('demo') ? demo : [`       try  agora run ${at}--cpus 1 --mem 64 -- echo hello`]),
      '',
    ].join('\n'),
  );
}
