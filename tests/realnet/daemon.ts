import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { buildSim } from '../cli/build.js';

/** Who does not end within this is ended, so that nothing outlives its test. */
const PATIENCE_MS = 20_000;

let program: string | undefined;

function agoraProgram(): string {
  return (program ??= buildSim().replace(/sim\.js$/, 'agora.js'));
}

interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A process of `agora`, that lives no longer than the test. */
export class Daemon {
  readonly child: ChildProcess;
  /** What it logged so far. */
  readonly lines: string[] = [];
  readonly #log: Interface;
  readonly #read = new Set<number>();
  readonly port: Promise<number>;
  readonly ended: Promise<number | string | null>;

  /** @param more `log`: an open file in place of standard error */
  constructor(
    args: readonly string[],
    more: { readonly env?: object; readonly input?: string; readonly log?: number } = {},
  ) {
    this.child = spawn(process.execPath, [agoraProgram(), ...args], {
      stdio: ['pipe', 'pipe', more.log ?? 'pipe'],
      env: { ...process.env, ...more.env },
    });
    this.child.stdin!.end(more.input ?? '');
    this.#log = createInterface({ input: this.child.stderr ?? Readable.from([]) });
    this.#log.on('line', (line) => this.lines.push(line));
    this.port = this.#portOf();
    this.port.catch(() => undefined);
    this.ended = once(this.child, 'close').then(([status, signal]) => status ?? signal);
    onTestFinished(async () => {
      // As at Ctrl-C: an agent ends its tasks.
      this.child.kill('SIGCONT');
      this.child.kill('SIGINT');
      const timer = setTimeout(() => this.#killAll(), PATIENCE_MS);
      await this.ended;
      clearTimeout(timer);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The first line of its log, not looked at before, that says so. */
  async logged(message: string): Promise<LogLine> {
    for (;;) {
      for (const [at, line] of this.lines.entries()) {
        if (this.#read.has(at) || !line.startsWith('{')) continue;
        const entry = JSON.parse(line) as LogLine;
        if (!entry.msg.includes(message)) continue;
        this.#read.add(at);
        return entry;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`ended before "${message}": ${this.lines.join('\n')}`);
      await Promise.race([once(this.#log, 'line'), this.ended]);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | null> {
    this.child.kill(signal);
    return await this.ended;
  }

  /** The process and the tasks that it started, each of which leads a process group. */
  #killAll(): void {
    const { pid } = this;
    const started = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    this.child.kill('SIGKILL');
    for (const task of started) process.kill(-Number(task), 'SIGKILL');
  }

  async #portOf(): Promise<number> {
    for await (const line of createInterface({ input: this.child.stdout! })) {
      const [, port] = /https?:\/\/[\d.]+:(\d+)/.exec(line) ?? [];
      if (port !== undefined) return Number(port);
    }
    throw new Error(`it did not begin to listen: ${this.lines.join('\n')}`);
  }
}

/** `agora master` that allocates often. */
export function startMasterDaemon(workDir: string, ...more: string[]): Daemon {
  const args = ['master', '--work-dir', workDir, '--allocation-interval', '20ms'];
  return new Daemon([...args, ...(more.includes('--port') ? more : [...more, '--port', '0'])]);
}

/** `agora agent` that tries again soon. */
export function startAgentDaemon(master: number, workDir: string, ...more: string[]): Daemon {
  return new Daemon([
    ...['agent', '--master', `127.0.0.1:${master}`, '--work-dir', workDir, '--port', '0'],
    ...(more.includes('--resources') ? [] : ['--resources', 'cpus:4;mem:4096']),
    ...['--registration-backoff-factor', '100ms', '--allow-root', ...more],
  ]);
}
