import process from 'node:process';
import type { Terminal } from './terminal.js';
import { ExitStatus } from './user-error.js';

/**
 * The terminal of this process, which is called `name`. A reader that has gone (`sim run | head`) is no error; a full disk
 * is.
 */
export function processTerminal(name: string): Terminal {
  let isClosed = false;
  let interrupt: (() => void) | undefined;
  process.on('SIGINT', () => (interrupt === undefined ? process.exit(ExitStatus.interrupted) : interrupt()));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    isClosed = true;
    if (error.code === 'EPIPE') return;
    process.stderr.write(`${name}: cannot write the output: ${error.message}\n`);
    process.exit(ExitStatus.output);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
  return {
    out: (text) => {
      if (!isClosed) process.stdout.write(text);
    },
    stream: () => process.stdout,
    err: (text) => {
      process.stderr.write(text);
    },
    isInteractive: process.stderr.isTTY,
    onInterrupt: (handler) => (interrupt = handler),
    exit: (status) => process.exit(status),
  };
}
