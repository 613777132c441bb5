/**
 * A trace that cannot be used as it is: missing, not readable, of an unknown format, with a bad row.
 * The message is for the user: one line with what, where and how to mend it, at times a second line with a way out.
 */
export class TraceError extends Error {
  override readonly name = 'TraceError';
}
