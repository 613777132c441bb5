import { readFileSync } from 'node:fs';
import process from 'node:process';

/** Who a task runs as. */
export interface TaskUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface UserPolicy {
  /** Run a task as the user that it names, which only root can. */
  readonly switchUser: boolean;
  /** Tasks may run as root. */
  readonly allowRoot: boolean;
}

/** The agent's own user, whoever the task names. */
export const OWN_USER: UserPolicy = { switchUser: false, allowRoot: true };

/** Nobody on this host may run the task. One line. */
export class TaskUserError extends Error {
  override readonly name = 'TaskUserError';
}

/** Who a task of a user runs as; undefined: as the agent itself. @throws TaskUserError */
export function taskUser(name: string, { switchUser, allowRoot }: UserPolicy): TaskUser | undefined {
  const user = switchUser ? accountOf(name) : undefined;
  if (!allowRoot && (user?.uid ?? process.getuid?.()) === 0)
    throw new TaskUserError(
      'this agent runs no task as root: name another user, or start it with --allow-root',
    );
  return user;
}

function accountOf(name: string): TaskUser {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [account, , uid, gid, , home] = line.split(':');
    if (account === name && home !== undefined) return { name, uid: Number(uid), gid: Number(gid), home };
  }
  throw new TaskUserError(`there is no user "${name}" on this host`);
}
