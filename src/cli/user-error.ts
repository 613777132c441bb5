/** Exit statuses of all commands. */
export const ExitStatus = {
  /** Simulated failures, kills and unschedulable tasks included: the summary counts them. */
  done: 0,
  /** A verdict is negative: run stalled, check broken, scenario failed, journal diverged. Also a fault of ours. */
  negative: 1,
  /** Wrong usage or unreadable input. */
  usage: 2,
  /** Output cannot be written. */
  output: 3,
  /** Ctrl-C: a partial result is written and marked. */
  interrupted: 130,
} as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** What went wrong, where, and how to mend it: one or two lines for the user, who sees them after `sim: `. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly status: ExitStatus;

  /** @param status how the program ends. @defaultValue 2, wrong usage or input */
  constructor(message: string, status: ExitStatus = ExitStatus.usage) {
    super(message);
    this.status = status;
  }
}
