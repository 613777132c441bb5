import { runProgram, type LazyCommand } from './program.js';
import type { Terminal } from './terminal.js';

/** In the order in which help lists them. */
export const commands: readonly LazyCommand[] = [
  {
    name: 'local',
    usage: '[--agents N]',
    about: 'a master and agents on this machine',
    load: async () => (await import('./local.js')).local,
  },
  {
    name: 'master',
    usage: '--work-dir DIR',
    about: 'the master of a cluster of several hosts',
    load: async () => (await import('./master.js')).master,
  },
  {
    name: 'agent',
    usage: '--master HOST:PORT',
    about: 'an agent: runs tasks on this host',
    load: async () => (await import('./agent.js')).agent,
  },
  {
    name: 'run',
    usage: '-- COMMAND',
    about: 'run a task, show its output, end as it does',
    load: async () => (await import('./run-task.js')).runTask,
  },
  {
    name: 'logs',
    usage: 'TASK [-f]',
    about: 'output of a task',
    load: async () => (await import('./cluster-tasks.js')).logs,
  },
  {
    name: 'kill',
    usage: 'TASK',
    about: 'kill a task',
    load: async () => (await import('./cluster-tasks.js')).kill,
  },
  {
    name: 'replay',
    usage: '--trace FILE',
    about: 'a trace as real frameworks with real tasks',
    load: async () => (await import('./replay.js')).replay,
  },
  {
    name: 'ps',
    usage: '[--all]',
    about: 'tasks of the cluster',
    load: async () => (await import('./cluster-lists.js')).ps,
  },
  {
    name: 'agents',
    usage: '',
    about: 'agents, and what they have and use',
    load: async () => (await import('./cluster-lists.js')).agents,
  },
  {
    name: 'explain',
    usage: '[--framework F]',
    about: 'why frameworks get no offer now',
    load: async () => (await import('./cluster-explain.js')).explain,
  },
  {
    name: 'frameworks',
    usage: '',
    about: 'frameworks, and what they use',
    load: async () => (await import('./cluster-lists.js')).frameworks,
  },
  {
    name: 'offers',
    usage: '',
    about: 'offers that nobody has answered yet',
    load: async () => (await import('./cluster-lists.js')).offers,
  },
  {
    name: 'roles',
    usage: '',
    about: 'roles: weight, quota, what they use',
    load: async () => (await import('./cluster-lists.js')).roles,
  },
  {
    name: 'weights',
    usage: '[ROLE=WEIGHT …]',
    about: 'show or set weights of roles',
    load: async () => (await import('./cluster-orders.js')).weights,
  },
  {
    name: 'quota',
    usage: '[ROLE …]',
    about: 'show or set quota of roles',
    load: async () => (await import('./cluster-orders.js')).quota,
  },
  {
    name: 'drain',
    usage: 'AGENT',
    about: 'kill the tasks of an agent, offer it no more',
    load: async () => (await import('./cluster-orders.js')).drain,
  },
  {
    name: 'reactivate',
    usage: 'AGENT',
    about: 'offer a drained agent again',
    load: async () => (await import('./cluster-orders.js')).reactivate,
  },
  {
    name: 'reserve',
    usage: 'AGENT ROLE TEXT',
    about: 'keep resources of an agent for a role',
    load: async () => (await import('./cluster-resources.js')).reserve,
  },
  {
    name: 'unreserve',
    usage: 'AGENT ROLE TEXT',
    about: 'give them back to all',
    load: async () => (await import('./cluster-resources.js')).unreserve,
  },
  {
    name: 'volume create',
    usage: 'AGENT ROLE ID',
    about: 'make a volume of reserved disk',
    load: async () => (await import('./cluster-resources.js')).createVolume,
  },
  {
    name: 'volume destroy',
    usage: 'AGENT ID',
    about: 'turn it back into reserved disk',
    load: async () => (await import('./cluster-resources.js')).destroyVolume,
  },
  {
    name: 'maintenance schedule',
    usage: 'HOST',
    about: 'say that a machine will be away',
    load: async () => (await import('./cluster-maintenance.js')).scheduleMaintenance,
  },
  {
    name: 'maintenance cancel',
    usage: 'HOST',
    about: 'take it out of the schedule',
    load: async () => (await import('./cluster-maintenance.js')).cancelMaintenance,
  },
  {
    name: 'maintenance down',
    usage: 'HOST',
    about: 'begin its maintenance',
    load: async () => (await import('./cluster-maintenance.js')).startMaintenance,
  },
  {
    name: 'maintenance up',
    usage: 'HOST',
    about: 'end its maintenance',
    load: async () => (await import('./cluster-maintenance.js')).stopMaintenance,
  },

  {
    name: 'maintenance status',
    usage: '',
    about: 'machines that will be away or are down',
    load: async () => (await import('./cluster-maintenance.js')).maintenance,
  },
  {
    name: 'teardown',
    usage: 'FRAMEWORK',
    about: 'end a framework and its tasks',
    load: async () => (await import('./cluster-orders.js')).teardown,
  },
  {
    name: 'credentials add',
    usage: 'NAME [--file FILE]',
    about: 'let somebody in by a secret',
    load: async () => (await import('./credentials.js')).addCredential,
  },
  {
    name: 'credentials hash',
    usage: '[--file FILE]',
    about: 'turn plain secrets into hashes',
    load: async () => (await import('./credentials.js')).hashCredentials,
  },
];

/**
 * Runs `agora` with the arguments that follow its name.
 *
 * @returns the exit status; errors have been told on the terminal
 */
export async function agora(args: readonly string[], terminal: Terminal): Promise<number> {
  return await runProgram({ name: 'agora', commands, ...overview }, args, terminal);
}

const overview = {
  intro: [
    'agora is a cluster that speaks the Mesos v1 HTTP API: the master and the',
    'allocator are those that sim simulates, the tasks are real processes.',
  ],
  examples: [
    'agora local',
    'agora run --cpus 1 --mem 64 -- echo hello',
    'agora local --agents 5 --resources "cpus:8;mem:16384" --allocator fifo',
  ],
  notes: [
    'agora COMMAND --help says more. Exit status: 0 done, 1 the command or what it',
    'ran failed, 2 wrong usage or input, 3 cannot write, 130 Ctrl-C.',
  ],
};
