import type { Domain } from '../../cluster/protocol.js';
import type { Message } from './message-reader.js';
import { domainMessage } from './messages.js';

/** Where a master is. */
export interface MasterAddress {
  readonly id: string;
  /** IPv4. */
  readonly ip: string;
  readonly hostname: string;
  readonly port: number;
  readonly domain?: Domain;
}

/**
 * The version of Mesos whose API this is. Clients read it as three whole numbers (mesos-http-api 6.4), and decide by it what
 * they may use.
 */
export const API_VERSION = '1.11.0';

/** MasterInfo (mesos-http-api section 8). */
export function masterInfo({ id, ip, hostname, port, domain }: MasterAddress): Message {
  return {
    id,
    ip: addressNumber(ip),
    port,
    pid: `master@${ip}:${port}`,
    hostname,
    version: API_VERSION,
    address: { hostname, ip, port },
    ...(domain && { domain: domainMessage(domain) }),
    capabilities: [{ type: 'AGENT_UPDATE' }, { type: 'AGENT_DRAINING' }, { type: 'QUOTA_V2' }],
  };
}

/** An IPv4 address in network byte order, read as a number of low byte first. */
function addressNumber(ip: string): number {
  return ip.split('.').reduce((sum, part, at) => sum + Number(part) * 256 ** at, 0);
}
