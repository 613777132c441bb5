import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskUser } from './task-user.js';

/** Whose run a sandbox is of; each name has passed {@link idProblem}. */
export interface SandboxOwner {
  readonly agent: string;
  readonly framework: string;
  readonly executor: string;
}

/** The folder of one run of an executor. */
export interface Sandbox {
  readonly container: string;
  readonly path: string;
}

/** Where the runs of an executor are, from the work directory of the agent on. */
export function executorFolder({ agent, framework, executor }: SandboxOwner): string {
  return join('slaves', agent, 'frameworks', framework, 'executors', executor);
}

/** Makes the folder of a new run, and lets `runs/latest` point to it (mesos-http-api section 7). */
export function makeSandbox(workDir: string, owner: SandboxOwner, user?: TaskUser): Sandbox {
  const runs = join(workDir, executorFolder(owner), 'runs');
  const container = randomUUID();
  const path = join(runs, container);
  mkdirSync(path, { recursive: true });
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  const latest = join(runs, `.latest-${container}`);
  symlinkSync(container, latest);
  renameSync(latest, join(runs, 'latest'));
  return { container, path };
}
