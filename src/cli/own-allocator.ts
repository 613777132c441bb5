import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import { PolicyFault, type RunPosition } from '../plugins/fault.js';
import { Heartbeat } from '../plugins/heartbeat.js';
import { isModulePath, resolveAllocator, type AllocatorChoice } from '../plugins/resolve-allocator.js';
import { startWatchdog, type Watchdog } from '../plugins/watchdog.js';
import type { ParsedArgs } from './parse-args.js';
import { checkAllocator } from './run-options.js';
import { shellWord } from './shell-word.js';

/**
 * The allocator that the arguments name; drf when they name none.
 *
 * @throws UserError, PluginError
 */
export async function chooseAllocator(args: ParsedArgs): Promise<AllocatorChoice> {
  const text = args.value('allocator') ?? 'drf';
  if (!isModulePath(text)) checkAllocator(text);
  return await resolveAllocator(text);
}

/** Options that a command that repeats a fault has no use for. */
const leftOut = new Set(['until', 'json', 'quiet', 'out', 'report', 'explain']);

/** A run under an allocator of a user's own: watched, and its faults told with the command that repeats them. */
export class OwnAllocatorRun {
  readonly #choice: AllocatorChoice;
  readonly #repeat: string;
  readonly #thorough: boolean;
  readonly #heartbeat = new Heartbeat();
  readonly #watchdog: Watchdog | undefined;
  #position: () => RunPosition = nowhere;

  /** @param command as typed: `sim run`, behind commands that make its files if need be */
  constructor(choice: AllocatorChoice, command: string, args: ParsedArgs) {
    this.#choice = choice;
    this.#repeat = repeatText(command, args);
    this.#thorough = args.has('check');
    if (choice.modulePath === undefined) return;
    this.#watchdog = startWatchdog({
      label: choice.text,
      modulePath: choice.modulePath,
      repeat: this.#repeat,
      heartbeat: this.#heartbeat,
    });
  }

  readonly create = (options: AllocatorOptions): Allocator => {
    const position = (): RunPosition => this.#position();
    return this.#choice.create(options, {
      thorough: this.#thorough,
      position,
      heartbeat: this.#heartbeat,
    });
  };

  readonly track = (position: () => RunPosition): void => {
    this.#position = position;
  };

  /** The error to tell: of a fault, with the command that repeats it. */
  explained(error: unknown): unknown {
    if (error instanceof PolicyFault) error.repeatWith(this.#repeat);
    return error;
  }

  /** The run is over: what the simulator held may go. */
  stop(): void {
    this.#position = nowhere;
    this.#watchdog?.stop();
  }
}

function nowhere(): RunPosition {
  return { event: 0, nowUs: 0 };
}

function repeatText(command: string, args: ParsedArgs): string {
  const given = args.toArgs((name) => !leftOut.has(name));
  const seed = args.has('seed') ? [] : ['--seed', '1'];
  return [command, ...[...given, ...seed].map(shellWord)].join(' ');
}
