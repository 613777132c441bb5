/** A journal that cannot be read. One line: what is wrong and where. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}

/** The journal stops before its end, and all of it up to there is sound: its writer was killed, or still writes. */
export class JournalCutError extends JournalError {}
