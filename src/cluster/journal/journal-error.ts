/** A journal that cannot be read. One line: what is wrong and where. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
}
