/**
 * A simulation that cannot be set up as asked, or that broke its own rules. The message is for the user: what, where and
 * how to mend it, in one line.
 */
export class SimError extends Error {
  override readonly name: string = 'SimError';
}

/** The weights or quota that were asked for do not go together, or not with the allocator. */
export class PolicyError extends SimError {
  override readonly name = 'PolicyError';
}
