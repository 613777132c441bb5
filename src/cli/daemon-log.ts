import process from 'node:process';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { ParsedArgs } from './parse-args.js';
import type { OptionSpec } from './option-spec.js';
import { choiceOption } from './choices.js';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const logOptions: readonly OptionSpec[] = [
  {
    group: 'log, on standard error',
    name: 'logging-level',
    value: 'LEVEL',
    about: LEVELS.join(', '),
    default: 'info',
  },
  {
    group: 'log, on standard error',
    isRare: true,
    name: 'log-format',
    value: 'FORMAT',
    about: 'text or json (one object a line)',
    default: 'text on a terminal, else json',
  },
];

/** The log of a daemon: JSON for programs, a line of text for a person at a terminal. */
export function daemonLog(args: ParsedArgs, name: string): Logger {
  const format =
    choiceOption(args, 'log-format', ['text', 'json']) ?? (process.stderr.isTTY ? 'text' : 'json');
  const options = {
    name,
    level: choiceOption(args, 'logging-level', LEVELS) ?? 'info',
    ...serializers,
  };
  return pino(options, destination(format));
}

/** The log of `agora local`, which is quiet unless it is asked. */
export function localLog(isVerbose: boolean): Logger {
  const format = process.stderr.isTTY ? 'text' : 'json';
  return pino({ name: 'agora', level: isVerbose ? 'debug' : 'silent', ...serializers }, destination(format));
}

const serializers = { serializers: { error: pino.stdSerializers.err } };

/** Standard error, by the stream whose faults are known: a full disk or a reader that has gone must not stop a daemon. */
function destination(format: 'text' | 'json'): DestinationStream {
  return {
    write: (line) => {
      process.stderr.write(format === 'json' ? line : readableLine(line));
    },
  };
}

const LABELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'WARN ', 50: 'ERROR' };

/** `19:04:12.345 info  registered  agent=… master=…` */
function readableLine(line: string): string {
  const {
    level,
    time,
    msg,
    pid: _pid,
    hostname: _host,
    name: _name,
    ...fields
  } = JSON.parse(line) as {
    level: number;
    time: number;
    msg?: string;
    [field: string]: unknown;
  };
  const clock = new Date(time).toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([key, value]) => `${key}=${shown(value)}`);
  return [`${clock} ${LABELS[level] ?? level} ${msg ?? ''}`, ...rest].join('  ').trimEnd() + '\n';
}

function shown(value: unknown): string {
  if (typeof value === 'string') return /^[^\s="]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  return JSON.stringify(value);
}
