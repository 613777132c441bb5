import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { humanCount, humanDuration } from '../report/human.js';
import type { RunControl, RunProgress } from '../sim/run-config.js';
import type { Terminal } from './terminal.js';
import { ExitStatus } from './user-error.js';

/** Milliseconds between two looks at signals, and until a run is long enough for a progress bar. */
const BREATH_MS = 50;
const PATIENCE_MS = 2000;

interface Bar {
  update(progress: RunProgress): void;
  stop(): void;
}

/**
 * Watches a run for the person who started it: hears Ctrl-C, shows how far it is. The first Ctrl-C ends the run with a
 * partial result, the second ends the program.
 */
export class RunMonitor implements RunControl {
  readonly #terminal: Terminal;
  readonly #program: string;
  readonly #showsProgress: boolean;
  #started = performance.now();
  #lastBreath = this.#started;
  #hasBegun = false;
  #isInterrupted = false;
  #bar: Bar | undefined;

  /** @param showsProgress a person wants to see it, if there is one */
  constructor(terminal: Terminal, showsProgress: boolean, program = 'sim') {
    this.#terminal = terminal;
    this.#program = program;
    this.#showsProgress = showsProgress && terminal.isInteractive;
    terminal.onInterrupt(this.#interrupt);
  }

  pause(progress: RunProgress): boolean | Promise<boolean> {
    const now = performance.now();
    // The run begins at its first pause; what was read before is not counted.
    if (!this.#hasBegun) this.#started = now;
    this.#hasBegun = true;
    if (now - this.#lastBreath < BREATH_MS) return this.#isInterrupted;
    this.#lastBreath = now;
    return this.#breathe(progress, now);
  }

  /** Says something beside the bar. */
  note(text: string): void {
    this.#terminal.err(`${this.#program}: ${text}\n`);
  }

  /** Takes the bar away and hears no more signals. */
  stop(): void {
    this.#bar?.stop();
    this.#terminal.onInterrupt(undefined);
  }

  async #breathe(progress: RunProgress, now: number): Promise<boolean> {
    if (this.#showsProgress && now - this.#started > PATIENCE_MS) {
      this.#bar ??= await progressBar(this.#started);
      this.#bar.update(progress);
    }
    // Signals are heard while the event loop turns.
    await setImmediate();
    return this.#isInterrupted;
  }

  readonly #interrupt = (): void => {
    if (this.#isInterrupted) this.#terminal.exit(ExitStatus.interrupted);
    this.#isInterrupted = true;
    this.note('interrupted; summing up what there is (Ctrl-C again: end at once)');
  };
}

async function progressBar(started: number): Promise<Bar> {
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar(
    { format: '  {bar} {percentage}%  {text}', hideCursor: true, clearOnComplete: true },
    progress.Presets.shades_classic,
  );
  let isStarted = false;
  return {
    update({ nowUs, events, arrived, ended, tasks }) {
      const seconds = (performance.now() - started) / 1000;
      const text =
        `${humanDuration(nowUs / 1e6)} in ${humanDuration(seconds)}   ` +
        `${humanCount(Math.round(events / seconds))} events/s`;
      // Arrivals and ends: both have to be through.
      const done = arrived + ended;
      if (isStarted) bar.update(done, { text });
      else bar.start(2 * tasks, done, { text });
      isStarted = true;
    },
    stop: () => bar.stop(),
  };
}
