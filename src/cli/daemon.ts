import type { Logger } from 'pino';
import type { Command } from './command.js';
import { withEnvironment } from './daemon-args.js';
import { daemonLog } from './daemon-log.js';
import { chooseServer, type ServerChoice } from './daemon-server.js';
import type { OptionSpec } from './option-spec.js';
import { noMoreWords, type ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { UserError } from './user-error.js';
import { version } from './version.js';
import { makeWorkFolder } from './work-folder.js';

/** What `agora master` and `agora agent` have before they start. */
export interface Daemon {
  readonly args: ParsedArgs;
  readonly terminal: Terminal;
  /** That of --work-dir. */
  readonly folder: string;
  readonly log: Logger;
  readonly server: ServerChoice;
  /** Of the program. */
  readonly version: string;
}

/** How the command of a daemon runs. @param port unless --port says another */
export function daemonRun(
  name: 'master' | 'agent',
  port: number,
  options: readonly OptionSpec[],
  run: (daemon: Daemon) => Promise<number>,
): Command['run'] {
  return async (typed, terminal) => {
    noMoreWords(typed, `agora ${name}`);
    const { args, warnings, told } = withEnvironment(typed, options);
    return await told(async () => {
      const workDir = args.value('work-dir');
      if (workDir === undefined)
        throw new UserError(`agora ${name} needs --work-dir DIR, a folder of its own that it may write to.`);
      const folder = await makeWorkFolder(workDir);
      const log = daemonLog(args, `agora-${name}`);
      for (const warning of warnings) log.warn(warning);
      const server = chooseServer(args, port, log);
      return await run({ args, terminal, folder, log, server, version: await version() });
    });
  };
}

/** Says in the log that it listens. @returns its address */
export function tellListening({ log, server, version }: Daemon, port: number): string {
  log.info({ ip: server.listenIp, port, version }, 'listening');
  return `${server.scheme}://${server.ip}:${port}`;
}

/** A promise, and what keeps it. */
export function promiseOf<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
