import { ExitStatus } from './user-error.js';
import type { Terminal } from './terminal.js';

interface Bar {
  update(value: number): void;
  stop(): void;
}

/** Shows how far the tests are and hears Ctrl-C: the first ends them with a partial table, the second the program. */
export class VerifyMonitor {
  readonly #terminal: Terminal;
  readonly #isShown: boolean;
  readonly #controller = new AbortController();
  #bar: Bar | 'opening' | undefined;

  /** @param isShown a person wants to see it, if there is one */
  constructor(terminal: Terminal, isShown: boolean) {
    this.#terminal = terminal;
    this.#isShown = isShown && terminal.isInteractive;
    terminal.onInterrupt(() => {
      if (this.#controller.signal.aborted) terminal.exit(ExitStatus.interrupted);
      terminal.err('sim: interrupted; the table so far (Ctrl-C again: end at once)\n');
      this.#controller.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  update(done: number, total: number): void {
    if (!this.#isShown) return;
    if (this.#bar === undefined) void this.#open(total);
    else if (this.#bar !== 'opening') this.#bar.update(done);
  }

  stop(): void {
    if (this.#bar !== undefined && this.#bar !== 'opening') this.#bar.stop();
    this.#terminal.onInterrupt(undefined);
  }

  async #open(total: number): Promise<void> {
    this.#bar = 'opening';
    const { default: progress } = await import('cli-progress');
    const bar = new progress.SingleBar(
      { format: '  {bar} {percentage}%  {eta_formatted} left', hideCursor: true, clearOnComplete: true },
      progress.Presets.shades_classic,
    );
    bar.start(total, 0);
    this.#bar = bar;
  }
}
