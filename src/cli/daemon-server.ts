import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import process from 'node:process';
import type { Logger } from 'pino';
import { parseDomain } from '../cluster/domain.js';
import type { Domain } from '../cluster/protocol.js';
import { CredentialsError, parseCredentials, plainPrincipals } from '../realnet/auth/credentials.js';
import type { ServerSecurity } from '../realnet/master/start-master.js';
import { wholeOption } from './choices.js';
import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import { readFile } from './read-file.js';
import type { Terminal } from './terminal.js';
import { UserError } from './user-error.js';

const LOOPBACK = '127.0.0.1';

/** Where a daemon listens, and who may speak to it. */
export function serverOptions(port: string): OptionSpec[] {
  return [
    { group: 'server', name: 'port', value: 'PORT', about: 'to listen on; 0: any', default: port },
    {
      group: 'server',
      name: 'ip',
      value: 'IP',
      about: 'IPv4 address to listen on; any but 127.x needs --credentials or --insecure',
      default: LOOPBACK,
    },
    {
      group: 'server',
      isRare: true,
      name: 'advertise-ip',
      value: 'IP',
      about: 'address that others are told',
      default: 'that of --ip',
    },
    {
      group: 'server',
      isRare: true,
      name: 'hostname',
      value: 'NAME',
      about: 'name that others are told',
      default: 'that of this host, localhost on 127.x',
    },
    {
      group: 'security',
      name: 'credentials',
      value: 'FILE',
      about: 'who may call, by HTTP Basic; agora credentials add NAME --file FILE makes it',
    },
    { group: 'security', name: 'insecure', about: 'lets everybody who reaches the port in' },
    { group: 'security', name: 'tls-cert', value: 'FILE', about: 'serve HTTPS with this certificate (PEM)' },
    { group: 'security', name: 'tls-key', value: 'FILE', about: 'and its key (PEM)' },
  ];
}

/** Where a daemon listens. */
export interface ServerChoice {
  readonly listenIp: string;
  /** What others are told. */
  readonly ip: string;
  readonly hostname: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly security: ServerSecurity;
}

/** @throws UserError */
export function chooseServer(args: ParsedArgs, port: number, log: Logger): ServerChoice {
  const listenIp = args.value('ip') ?? LOOPBACK;
  for (const name of ['ip', 'advertise-ip']) {
    const ip = args.value(name);
    if (ip !== undefined && !isIPv4(ip))
      throw new UserError(`--${name} is "${ip}"; it is an IPv4 address, such as ${LOOPBACK}.`);
  }
  const name = args.value('hostname');
  if (name !== undefined && !/^[\w.-]+$/.test(name))
    throw new UserError(`--hostname is "${name}"; it is a name such as host1.example.com, or an address.`);
  const credentials = args.value('credentials');
  const isPrivate = listenIp.startsWith('127.');
  if (!isPrivate && credentials === undefined && !args.has('insecure')) {
    throw new UserError(
      `--ip ${listenIp} lets others reach this daemon: say who may call with --credentials FILE\n` +
        '(agora credentials add NAME --file FILE makes one), or --insecure to let everybody in.',
    );
  }
  const isLocal = isPrivate && args.value('advertise-ip') === undefined;
  const tls = tlsFiles(args);
  return {
    listenIp,
    ip: args.value('advertise-ip') ?? (listenIp === '0.0.0.0' ? outerAddress() : listenIp),
    // A name that leads to where it listens: who is redirected there has to find it.
    hostname: name ?? (isLocal ? 'localhost' : hostname()),
    port: wholeOption(args, 'port', 0, 65_535) ?? port,
    scheme: tls === undefined ? 'http' : 'https',
    security: {
      ...(credentials !== undefined && { credentials: readCredentials(credentials, log) }),
      ...(tls && { tls }),
    },
  };
}

/** What an agent that nobody else can reach should say of itself; undefined: its master is on this host, or others reach it. */
export function reachProblem(
  masterHost: string,
  { listenIp, ip }: Pick<ServerChoice, 'listenIp' | 'ip'>,
): string | undefined {
  const isLoopback = (address: string): boolean => address.startsWith('127.') || address === 'localhost';
  if (isLoopback(masterHost) || !isLoopback(listenIp) || !isLoopback(ip)) return undefined;
  return (
    `the master is ${masterHost}, yet this agent listens on ${listenIp} alone and tells others that address: tasks run, ` +
    'but from another host nobody reads their output or asks this agent. ' +
    '--ip ADDRESS --credentials FILE lets others in; --hostname NAME is what they call it'
  );
}

function readCredentials(path: string, log: Logger): NonNullable<ServerSecurity['credentials']> {
  const credentials = asUsage(path, () => parseCredentials(readFile(path).toString('utf8')));
  const plain = plainPrincipals(credentials);
  if (plain.length > 0) {
    const hint = 'agora credentials hash --file FILE replaces secrets by hashes';
    log.warn({ file: path, principals: plain }, `secrets stand in the file as they are; ${hint}`);
  }
  if ((statSync(path).mode & 0o007) !== 0)
    log.warn({ file: path }, 'others on this host can read the credentials');
  return credentials;
}

function tlsFiles(args: ParsedArgs): ServerSecurity['tls'] {
  const [cert, key] = [args.value('tls-cert'), args.value('tls-key')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UserError('--tls-cert and --tls-key go together: a certificate and its key.');
  return { cert: readFile(cert), key: readFile(key) };
}

/** The certificates of `--tls-ca`. @throws UserError */
export function authorities(path: string): Buffer {
  const content = readFile(path);
  try {
    new X509Certificate(content);
  } catch {
    throw new UserError(`--tls-ca ${path} holds no certificate (PEM).`);
  }
  return content;
}

/** Runs what reads a file of credentials. @throws UserError */
export function asUsage<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof CredentialsError ? new UserError(`${path}: ${error.message}.`) : error;
  }
}

/** What went wrong when a daemon began to listen, in words for the user. */
export function listenError(error: unknown, ip: string, port: number): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new UserError(
      `port ${port} of ${ip} is taken: does it run already? --port ${port + 1} takes another, --port 0 any.`,
    );
  if (code === 'EACCES')
    return new UserError(`port ${port} may not be listened on; ports from 1024 on need no rights.`);
  if (code === 'EADDRNOTAVAIL') return new UserError(`${ip} is no address of this host.`);
  if (/PEM|key values mismatch|no start line/i.test(message))
    return new UserError(`--tls-cert and --tls-key are no certificate with its key: ${message}.`);
  return error;
}

/** The first address by which others reach this host. */
function outerAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat();
  return addresses.find((found) => found?.family === 'IPv4' && !found.internal)?.address ?? LOOPBACK;
}

/** Waits for Ctrl-C or SIGTERM; a second Ctrl-C ends the program at once. */
export async function untilStopped(terminal: Terminal): Promise<'SIGINT' | 'SIGTERM'> {
  const signal = await new Promise<'SIGINT' | 'SIGTERM'>((done) => {
    terminal.onInterrupt(() => done('SIGINT'));
    process.once('SIGTERM', () => done('SIGTERM'));
  });
  terminal.onInterrupt(undefined);
  return signal;
}

/** `--domain REGION/ZONE`; absent: none. @throws UserError */
export function domainOption(args: ParsedArgs): { domain?: Domain } {
  const text = args.value('domain');
  if (text === undefined) return {};
  const domain = parseDomain(text);
  if (domain !== undefined) return { domain };
  throw new UserError(`--domain is "${text}"; it is a region and a zone, such as eu/eu-1.`);
}
