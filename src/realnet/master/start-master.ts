import { randomUUID } from 'node:crypto';
import type { Allocator, AllocatorOptions } from '../../cluster/allocator.js';
import { SECOND, type Micros } from '../../cluster/ids.js';
import type { JournalHeader } from '../../cluster/journal/format.js';
import { JournalWriter, type JournalSink } from '../../cluster/journal/journal-writer.js';
import type { RegistryRecord } from '../../cluster/master/registry.js';
import { Roles } from '../../cluster/roles.js';
import { randomStream } from '../../workloads/random-streams.js';
import { Authenticator } from '../auth/authenticator.js';
import type { Credential } from '../auth/credentials.js';
import { wallClock } from '../clock.js';
import { LINK_PATH, REPORT_LIMIT, REPORTS_PATH } from '../http/agent-link-api.js';
import { HttpServer, type TlsFiles } from '../http/http-server.js';
import type { OperatorFace } from '../http/operator-api.js';
import { frame } from '../http/recordio.js';
import { masterRoutes } from '../http/master-routes.js';
import type { Log } from '../log.js';
import { LoggingLevel } from '../logging-level.js';
import { recordsOf } from '../registry/registry-entries.js';
import type { RegistryStore } from '../registry/registry-store.js';
import { Registrar } from '../registry/registrar.js';
import { Timers } from '../timers.js';
import { masterInfo } from '../wire/master-info.js';
import { AgentLinks } from './agent-links.js';
import { AgentPings, type PingOptions } from './agent-pings.js';
import { logChange } from './change-log.js';
import { MasterHost, type MasterHostOptions } from './master-host.js';
import { OperatorEvents } from './operator-events.js';
import { Operator } from './operator.js';
import { Schedulers } from './schedulers.js';
import type { Message } from '../wire/message-reader.js';
import { V1State } from '../state/v1-state.js';

export interface MasterSettings {
  /** IPv4 address by which others reach it. */
  readonly ip: string;
  /** Address to listen on. @defaultValue that of `ip` */
  readonly listenIp?: string;
  /** 0: any. */
  readonly port: number;
  readonly hostname: string;
  readonly allocator: (options: AllocatorOptions) => Allocator;
  /** What the allocator is made with; roles and random streams are the master's own. */
  readonly allocation: Omit<AllocatorOptions, 'roles' | 'random' | 'instant'>;
  /** Weights by role path for the first start; those that the registry has hold. */
  readonly weights?: ReadonlyMap<string, number>;
  /** Of the allocator's random draws. */
  readonly seed: string;
  /** Unanswered offers are rescinded after this long; absent: never. */
  readonly offerTimeoutUs?: Micros;
  /** How agents are watched; absent: they are in this process. */
  readonly pings?: Omit<PingOptions, 'clock'>;
  /** Where weights, quota and agents are kept; absent: nothing outlives this master. */
  readonly registry?: RegistryStore;
  /**
   * The registry cannot be written, or an allocator of the user's own is faulty: nothing more may be promised, so this master
   * has to end.
   */
  readonly onFailure?: (error: Error) => void;
  /** Where the journal goes, and what it says of the program; absent: none is written. */
  readonly journal?: { readonly sink: JournalSink } & Pick<JournalHeader, 'allocator' | 'version'>;
  /** How long agents of the master before have to register again. @defaultValue 10 minutes (W-5.9) */
  readonly agentReregisterUs?: Micros;
  readonly security?: ServerSecurity;
  /** How it was started, by option, for those who ask. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly log: Log;
  /** @defaultValue one of its own, which is right where no other uses the log */
  readonly logging?: LoggingLevel;
}

/** Who may speak to a server, and how. */
export interface ServerSecurity {
  /** Who may call; absent: everybody. */
  readonly credentials?: readonly Credential[];
  readonly tls?: TlsFiles;
}

/** How a master allocates that is told nothing, but for how often. */
export const PLAIN_ALLOCATION: Omit<MasterSettings['allocation'], 'intervalUs'> = {
  offers: 'coarse',
  agentOrder: 'random',
  // Mesos's `cpus:0.01|mem:32` (mesos-allocation.md section 0).
  minAllocatable: [{ cpus: 10 }, { mem: 32_000 }],
  fairnessExclude: [],
  roleSorter: 'drf',
  frameworkSorter: 'drf',
};

/** Those who watch over daemons have no credentials. */
const OPEN_PATHS = new Set(['/health']);

/** From one heartbeat on a stream to the next (mesos-http-api 2.2). */
const HEARTBEAT_SECONDS = 15;

/** A master that serves. */
export interface RunningMaster {
  readonly host: MasterHost;
  readonly agents: AgentLinks;
  readonly port: number;
  stop(): Promise<void>;
}

/** So much of a journal may be lost when a master is killed. */
const JOURNAL_FLUSH_MS = 1000;

/** W-5.9. */
const AGENT_REREGISTER_US = 600 * SECOND;

/**
 * Starts a master and its HTTP server.
 *
 * @throws NodeJS.ErrnoException when the address cannot be listened on; RegistryError
 */
export async function startMaster(settings: MasterSettings): Promise<RunningMaster> {
  const registrar = new Registrar(settings.registry, (error) => settings.onFailure?.(error));
  const remembered = await registrar.load();
  try {
    return await serve(settings, registrar, remembered);
  } catch (error) {
    // The lock of its folder would keep the process there.
    await settings.registry?.close();
    throw error;
  }
}

async function serve(
  settings: MasterSettings,
  registrar: Registrar,
  remembered: ReadonlyMap<string, string>,
): Promise<RunningMaster> {
  const { ip, hostname, log, registry } = settings;
  const masterId = randomUUID();
  const clock = wallClock();
  const startedUs = clock();
  const roles = new Roles();
  const journal = makeJournal(settings, masterId, roles);
  const host = makeHost(settings, { masterId, roles, clock, registrar, ...(journal && { journal }) });
  begin(host, remembered, settings);
  // The port is known once the server listens; nobody is greeted before.
  const greeting = { heartbeatSeconds: HEARTBEAT_SECONDS, masterInfo: {} as Record<string, unknown> };
  const schedulers = new Schedulers(host, greeting);
  const agents = new AgentLinks(host);
  if (settings.pings !== undefined) agents.pings = new AgentPings(agents, { ...settings.pings, clock });
  const { domain } = settings.allocation;
  const address = { id: masterId, ip, hostname, port: 0, ...(domain && { domain }) };
  const operator = operatorFace(host, schedulers, agents, {
    address,
    startedUs,
    flags: settings.flags ?? {},
    logging: settings.logging ?? new LoggingLevel(log),
    log,
  });
  const { events } = operator;
  const { credentials, tls } = settings.security ?? {};
  let server: HttpServer;
  try {
    server = new HttpServer({
      routes: masterRoutes({ schedulers, agents, address, startedUs, operator }),
      prefix: '/master',
      hostname,
      log,
      bodyLimits: new Map([LINK_PATH, REPORTS_PATH].map((path) => [path, REPORT_LIMIT])),
      ...(tls && { tls }),
      ...(credentials && {
        guard: { authenticator: new Authenticator(credentials), realm: 'mesos-master', open: OPEN_PATHS },
      }),
    });
    address.port = await server.listen(settings.port, settings.listenIp ?? ip);
  } catch (error) {
    // Its timers would keep the process there.
    agents.pings?.stop();
    host.stop();
    throw error;
  }
  Object.assign(greeting.masterInfo, masterInfo(address));
  const heartbeat = setInterval(() => {
    schedulers.heartbeat();
    events.heartbeat();
  }, HEARTBEAT_SECONDS * 1000);
  const flush = setInterval(() => journal?.flush(), JOURNAL_FLUSH_MS);
  return {
    host,
    agents,
    port: address.port,
    stop: async () => {
      clearInterval(heartbeat);
      clearInterval(flush);
      agents.pings?.stop();
      host.stop();
      schedulers.stop();
      events.stop();
      await server.close();
      await host.settled();
      await registry?.close();
    },
  };
}

function makeJournal(
  { allocation, seed, offerTimeoutUs, journal }: MasterSettings,
  masterId: string,
  roles: Roles,
): JournalWriter | undefined {
  if (journal === undefined) return undefined;
  const { sink, ...about } = journal;
  const timeout = offerTimeoutUs === undefined ? {} : { offerTimeoutUs };
  const header = { ...allocation, instant: false, masterId, seed, ...timeout, ...about };
  return new JournalWriter(header, roles, sink);
}

function makeHost(
  settings: MasterSettings,
  parts: Pick<MasterHostOptions, 'masterId' | 'roles' | 'clock' | 'journal' | 'registrar'>,
): MasterHost {
  const { allocation, seed, offerTimeoutUs } = settings;
  const allocator = settings.allocator({
    ...allocation,
    roles: parts.roles,
    instant: false,
    random: (stream) => randomStream(seed, `allocator/${stream}`),
  });
  return new MasterHost({
    ...parts,
    ...(settings.onFailure && { onFault: settings.onFailure }),
    allocator,
    intervalUs: allocation.intervalUs,
    domain: allocation.domain ?? null,
    ...(offerTimeoutUs !== undefined && { offerTimeoutUs }),
    timers: new Timers(parts.clock),
  });
}

/** Tells a master that begins what the one before it remembered. */
function recover(
  host: MasterHost,
  entries: ReadonlyMap<string, string>,
  { agentReregisterUs = AGENT_REREGISTER_US, log }: MasterSettings,
): void {
  const records = recordsOf(entries, host.now, host.names);
  const count = (type: RegistryRecord['type']): number =>
    records.filter((record) => record.type === type).length;
  log.info({ agents: count('AGENT'), weights: count('WEIGHT'), quotas: count('QUOTA') }, 'recovered');
  host.step({ type: 'RECOVER', records, agentReregisterUs });
  const { quotas, roles } = host.master.cluster;
  const idle = records.flatMap((record) =>
    record.type === 'QUOTA' && !quotas.has(record.role) ? [roles.path(record.role)] : [],
  );
  if (idle.length > 0) {
    // Set when the master had another allocator.
    const mend = 'start with --allocator "drf?quota=strict" to have it enforced, or to remove it';
    log.warn(
      { roles: idle },
      `quota of nested roles in the registry is not enforced by this allocator: ${mend}`,
    );
  }
}

/** What comes before all that others ask of a master. */
function begin(host: MasterHost, remembered: ReadonlyMap<string, string>, settings: MasterSettings): void {
  if (remembered.size > 0) recover(host, remembered, settings);
  setWeights(host, settings);
}

/** Once there are weights in the registry those hold, whatever the command line says. */
function setWeights(host: MasterHost, { weights, log }: MasterSettings): void {
  if (weights === undefined || weights.size === 0) return;
  const { roles, weights: known } = host.master.cluster;
  if (known.size > 0) {
    const others = [...weights].filter(([role, weight]) => known.get(roles.intern(role)) !== weight);
    const unused = 'weights of the command line are not used: those of the registry hold';
    if (others.length > 0) log.warn({ roles: others.map(([role]) => role) }, unused);
    return;
  }
  const list = [...weights].map(([role, weight]) => ({ role: roles.intern(role), weight }));
  host.step({ type: 'UPDATE_WEIGHTS', weights: list });
}

function operatorFace(
  host: MasterHost,
  schedulers: Schedulers,
  agents: AgentLinks,
  {
    log,
    ...about
  }: Pick<OperatorFace, 'address' | 'startedUs' | 'flags' | 'logging'> & { readonly log: Log },
): OperatorFace {
  const state = new V1State(host, () => recoveredFrameworks(host, agents));
  const events = new OperatorEvents(host, state, HEARTBEAT_SECONDS, frame);
  host.history.onChange = (change) => {
    if (change.type === 'AGENT_REMOVED') agents.removed(change.agent.id);
    events.changed(change);
    logChange(log, host.names, change);
  };
  return { host, state, events, operator: new Operator(host, schedulers, agents), ...about };
}

/** Frameworks whose tasks agents reported, and that have not been heard of since this master began (W-5.2). */
function* recoveredFrameworks(host: MasterHost, agents: AgentLinks): Generator<Message> {
  for (const [id, info] of agents.reportedFrameworks) {
    if (host.master.frameworks.get(id) === undefined) yield info;
  }
}
