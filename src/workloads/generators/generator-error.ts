/**
 * A mistake in what a generator was asked for: unknown name, value out of range. The message is for the user.
 */
export class GeneratorError extends Error {
  override readonly name = 'GeneratorError';
}
