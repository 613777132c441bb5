import { spawn, type ChildProcess } from 'node:child_process';
import { CONTAINER_MARK } from './process-table.js';

/**
 * Reads `+ MARK PID` and `- MARK` until the other end of its input is gone, then kills what is left: each group, and whoever
 * has a mark, while somebody is found. Last it removes the folder of its argument: who was just killed may still write there.
 */
const SCRIPT = `
runs=$(awk '
  $1 == "+" { run[$2] = $3 }
  $1 == "-" { delete run[$2] }
  END { for (mark in run) print mark ":" run[mark] }
')
marks=
for run in $runs; do
  kill -KILL "-\${run#*:}"
  marks="\${marks}${CONTAINER_MARK}=\${run%:*}
"
done
round=0
while [ -n "$marks" ] && [ $round -lt 20 ]; do
  found=
  for file in $(printf %s "$marks" | grep -lsF -f - /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    found="$found \${pid%/environ}"
  done
  [ -n "$found" ] || break
  kill -KILL $found
  round=$((round + 1))
done
round=0
until [ -z "$1" ] || rm -rf -- "$1" || [ $round -eq 20 ]; do
  round=$((round + 1))
  sleep 0.1
done
`;

/**
 * Ends tasks that may not outlive this process when it cannot do so itself, because it was killed: a shell whose input is a
 * pipe from here, which ends with this process however that comes to be.
 */
export class TaskGuard {
  #shell: Shell | undefined;

  /** @param temporary absolute path of a folder that may not outlive this process either */
  constructor(temporary?: string) {
    if (temporary !== undefined) this.#shell = start(temporary);
  }

  /** @param pid leader of a process group @param mark that those have in their environment who left it */
  watch(mark: string, pid: number): void {
    this.#tell(`+ ${mark} ${pid}`);
  }

  /** Nothing is left of it. */
  forget(mark: string): void {
    this.#tell(`- ${mark}`);
  }

  /** What still runs is killed, and the folder removed; resolves when that is done, or nobody is there to do it. */
  async close(): Promise<void> {
    if (this.#shell === undefined) return;
    const { process, ended } = this.#shell;
    process.ref();
    process.stdin?.end();
    await ended;
  }

  #tell(line: string): void {
    this.#shell ??= start();
    this.#shell.process.stdin?.write(`${line}\n`);
  }
}

interface Shell {
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
}

/** In a session of its own: neither Ctrl-C nor the end of a terminal is for it. */
function start(temporary = ''): Shell {
  const process: ChildProcess = spawn('/bin/sh', ['-c', SCRIPT, 'agora-guard', temporary], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Where there is no such shell, no file left for its pipe, or somebody has killed it, nobody watches.
  const ended = new Promise<void>((resolve) => {
    process.on('error', () => resolve());
    process.on('exit', () => resolve());
  });
  process.stdin?.on('error', () => undefined);
  process.unref();
  return { process, ended };
}
