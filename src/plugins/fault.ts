import type { Micros } from '../cluster/ids.js';

/** Where a run stands. */
export interface RunPosition {
  /** Inputs handled so far. */
  readonly event: number;
  readonly nowUs: Micros;
}

/** A user's own allocator did what no allocator may do; the run ends there. */
export class PolicyFault extends Error {
  override readonly name = 'PolicyFault';
  /** What it did, as the end of a sentence that begins with its name. */
  readonly what: string;
  readonly position: RunPosition;

  /** @param label the allocator as given by the user */
  constructor(label: string, what: string, position: RunPosition) {
    super(faultText(label, what, position));
    this.what = what;
    this.position = position;
  }

  /** Adds a line with the command that repeats it. */
  repeatWith(command: string): void {
    this.message += `\n${repeatLine(command, this.position)}`;
  }
}

/** A module that cannot be loaded, or is no allocator. One or two lines for its author. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

/** Times from here on are of a real master, since 1970; simulated ones are since the run began. */
const LIVE_US = 30 * 365 * 86_400e6;

/** One line: who did what, when. */
export function faultText(label: string, what: string, { event, nowUs }: RunPosition): string {
  const when =
    nowUs < LIVE_US
      ? `event ${event.toLocaleString('en')} at ${timeText(nowUs)}`
      : `at ${new Date(nowUs / 1000).toISOString()}`;
  return `the allocator ${label} ${what} (${when}).`;
}

/** @param command without its end, which is the time of the fault */
export function repeatLine(command: string, { nowUs }: RunPosition): string {
  return `Repeat: ${command} --until ${nowUs / 1e6}s`;
}

/** `12.5 s`, `3m 05s`, `2h 14m 03s`. */
function timeText(us: Micros): string {
  if (us < 60e6) return `${us / 1e6} s`;
  const seconds = Math.floor(us / 1e6);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}h ${pad(minutes)}m ${pad(seconds % 60)}s` : `${minutes}m ${pad(seconds % 60)}s`;
}

/** What an error of a user's code says, and where in that code it was thrown if that is known. */
export function thrownText(error: unknown, modulePath: string | undefined): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : shown(error);
  const where = modulePath === undefined ? undefined : placeIn(error, modulePath);
  return `${text.split('\n', 1)[0]}${where === undefined ? '' : ` at ${where}`}`;
}

/** The first line of the stack that lies in the module: `mine.ts:12:5`. */
function placeIn(error: unknown, modulePath: string): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  const from = error.stack.indexOf(`${modulePath}:`);
  if (from < 0) return undefined;
  const [, place] = /^:(\d+:\d+)/.exec(error.stack.slice(from + modulePath.length)) ?? [];
  return place === undefined ? undefined : `${fileName(modulePath)}:${place}`;
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A value as a person reads it, in a few characters. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text =
      typeof value === 'string'
        ? JSON.stringify(value)
        : typeof value === 'function'
          ? 'a function'
          : String(value);
  } catch {
    text = 'something that cannot be shown';
  }
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
