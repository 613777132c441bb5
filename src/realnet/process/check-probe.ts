import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { constants } from 'node:os';
import type { CheckResult } from '../agent/check-state.js';
import type { CheckPlan } from '../wire/check-messages.js';
import type { CommandMessage } from '../wire/messages.js';
import { CONTAINER_MARK, signalProcess } from './process-table.js';
import { commandLine } from './task-process.js';
import type { TaskUser } from './task-user.js';
import { variablesOf } from './variables.js';

/** Where a command of a check runs: as its task does. */
export interface ProbePlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: TaskUser | undefined;
}

/** Tries a check once. @param signal gives it up; what it started is killed, and what it answers is of no interest */
export async function probe(plan: CheckPlan, place: ProbePlace, signal: AbortSignal): Promise<CheckResult> {
  if (plan.type === 'COMMAND') return await runCommand(plan.command!, place, signal);
  if (plan.type === 'HTTP') return await askHttp(plan.http!, signal);
  return await connectTcp(plan.tcp!, signal);
}

async function runCommand(
  command: CommandMessage,
  { folder, env, user }: ProbePlace,
  signal: AbortSignal,
): Promise<CheckResult> {
  const [file, args, argv0] = commandLine(command);
  return await new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: folder,
      env: { ...env, ...variablesOf(command), [CONTAINER_MARK]: env[CONTAINER_MARK] },
      detached: true,
      stdio: 'ignore',
      ...(user && { uid: user.uid, gid: user.gid }),
      ...(argv0 !== undefined && { argv0 }),
    });
    const kill = (): void => {
      if (child.pid !== undefined) signalProcess(-child.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', kill, { once: true });
    const over = (result: CheckResult): void => {
      signal.removeEventListener('abort', kill);
      resolve(result);
    };
    child.on('error', (error) => over({ failure: `the command could not be started: ${error.message}` }));
    child.on('exit', (status, by) => {
      kill();
      over({ exitCode: status ?? 128 + (by === null ? 0 : constants.signals[by]) });
    });
  });
}

async function askHttp(
  { port, path = '/', scheme = 'http', protocol }: NonNullable<CheckPlan['http']>,
  signal: AbortSignal,
): Promise<CheckResult> {
  const send = scheme === 'https' ? httpsRequest : httpRequest;
  return await new Promise((resolve) => {
    // A task on its own host has no certificate that names 127.0.0.1.
    const options = { host: loopback(protocol), port, path, agent: false, signal, rejectUnauthorized: false };
    const call = send(options, (response) => {
      resolve({ statusCode: response.statusCode ?? 0 });
      response.destroy();
    });
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ failure: error.code === 'ECONNREFUSED' ? `nobody listens at port ${port}` : error.message }),
    );
    call.end();
  });
}

async function connectTcp(
  { port, protocol }: NonNullable<CheckPlan['tcp']>,
  signal: AbortSignal,
): Promise<CheckResult> {
  return await new Promise((resolve) => {
    const socket = connect({ host: loopback(protocol), port, signal });
    socket.on('connect', () => {
      resolve({ succeeded: true });
      socket.destroy();
    });
    socket.on('error', () => resolve({ succeeded: false }));
  });
}

function loopback(protocol: string | undefined): string {
  return protocol === 'IPv6' ? '::1' : '127.0.0.1';
}
