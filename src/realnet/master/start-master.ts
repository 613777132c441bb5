import { randomUUID } from 'node:crypto';
import type { Allocator, AllocatorOptions } from '../../cluster/allocator.js';
import { SECOND, type Micros } from '../../cluster/ids.js';
import type { Quantities } from '../../cluster/protocol.js';
import { Roles } from '../../cluster/roles.js';
import { randomStream } from '../../workloads/random-streams.js';
import { wallClock } from '../clock.js';
import { HttpServer } from '../http/http-server.js';
import { masterRoutes } from '../http/master-routes.js';
import type { Log } from '../log.js';
import { Timers } from '../timers.js';
import { masterInfo } from '../wire/master-info.js';
import { AgentLinks } from './agent-links.js';
import { MasterHost } from './master-host.js';
import { Schedulers } from './schedulers.js';

export interface MasterSettings {
  /** IPv4 address to listen on. */
  readonly ip: string;
  /** 0: any. */
  readonly port: number;
  readonly hostname: string;
  readonly allocator: (options: AllocatorOptions) => Allocator;
  /** What the allocator is made with; roles and random streams are the master's own. */
  readonly allocation: Omit<AllocatorOptions, 'roles' | 'random' | 'instant'>;
  /** Of the allocator's random draws. */
  readonly seed: string;
  /** Unanswered offers are rescinded after this long; absent: never. */
  readonly offerTimeoutUs?: Micros;
  readonly log: Log;
}

/** Mesos's `cpus:0.01|mem:32` (mesos-allocation.md section 0). */
export const MIN_ALLOCATABLE: readonly Quantities[] = [{ cpus: 10 }, { mem: 32_000 }];

/** From one heartbeat on a stream to the next (mesos-http-api 2.2). */
const HEARTBEAT_SECONDS = 15;

/** A master that serves. */
export interface RunningMaster {
  readonly host: MasterHost;
  readonly agents: AgentLinks;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a master and its HTTP server. @throws NodeJS.ErrnoException when the address cannot be listened on */
export async function startMaster(settings: MasterSettings): Promise<RunningMaster> {
  const { ip, hostname, allocation, seed, offerTimeoutUs, log } = settings;
  const masterId = randomUUID();
  const clock = wallClock();
  const startedUs = clock();
  const roles = new Roles();
  const allocator = settings.allocator({
    ...allocation,
    roles,
    instant: false,
    random: (stream) => randomStream(seed, `allocator/${stream}`),
  });
  const host = new MasterHost({
    masterId,
    roles,
    allocator,
    intervalUs: allocation.intervalUs,
    ...(offerTimeoutUs !== undefined && { offerTimeoutUs }),
    clock,
    timers: new Timers(clock),
  });
  // The port is known once the server listens; nobody is greeted before.
  const greeting = { heartbeatSeconds: HEARTBEAT_SECONDS, masterInfo: {} as Record<string, unknown> };
  const schedulers = new Schedulers(host, greeting);
  const agents = new AgentLinks(host);
  const address = { id: masterId, ip, hostname, port: 0 };
  const server = new HttpServer({
    routes: masterRoutes({ schedulers, address, startedUs }),
    prefix: '/master',
    log,
  });
  address.port = await server.listen(settings.port, ip);
  Object.assign(greeting.masterInfo, masterInfo(address));
  const heartbeat = setInterval(() => schedulers.heartbeat(), (HEARTBEAT_SECONDS * SECOND) / 1000);
  return {
    host,
    agents,
    port: address.port,
    stop: async () => {
      clearInterval(heartbeat);
      host.stop();
      schedulers.stop();
      await server.close();
    },
  };
}
