import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { main } from '../../src/cli/main.js';
import type { Terminal } from '../../src/cli/terminal.js';

/** What a command wrote, and how it ended. */
export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `sim` inside the test. With `interrupt`, Ctrl-C is pressed as soon as somebody listens. */
export async function sim(args: readonly string[], options: { interrupt?: boolean } = {}): Promise<Outcome> {
  return await runWith(main, args, options);
}

/** The same for any program. */
export async function runWith(
  program: (args: readonly string[], terminal: Terminal) => Promise<number>,
  args: readonly string[],
  options: { interrupt?: boolean } = {},
): Promise<Outcome> {
  let [out, err] = ['', ''];
  const terminal: Terminal = {
    out: (text) => (out += text),
    stream: () =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          out += chunk.toString();
          done();
        },
      }),
    err: (text) => (err += text),
    isInteractive: false,
    onInterrupt: (handler) => {
      if (options.interrupt === true) handler?.();
    },
    exit: (status) => {
      throw new Error(`the program ended at once, with ${status}`);
    },
  };
  const status = await program(args, terminal);
  return { status, out, err };
}

/** A file that lives as long as the test. */
export function temporaryFile(content: string, name = 'x.csv'): string {
  const folder = mkdtempSync(join(tmpdir(), 'agora-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const header = 'submit_s,framework,cpus,mem,duration_s';

/** The worked examples of semantics-notes, section 7. */
export const demandExample = `${header}
0,b,3,2048,10
0,a,3,3072,10
0,b,1,1024,10
0,a,3,3072,10
0,b,2,1024,0
`;
export const fifoExample = `${header}
0,b,3,1,10
0,a,2,1,0
0,b,1,1,5
10,a,4,1,0
10,b,1,1,1
`;

/** Tasks that arrive one a millisecond: enough events for a run to pause between them. */
export function manyTasks(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => `${i / 1000},f${i % 7},1,100,${1 + (i % 13)}`);
  return `${header}\n${rows.join('\n')}\n`;
}
