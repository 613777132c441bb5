/** A message that cannot be read: one line on which field is wrong and why. */
export class WireError extends Error {
  override readonly name = 'WireError';

  /** The same error of a field further out. */
  within(field: string): WireError {
    const isPath = /^[\w[\].]+: /.test(this.message);
    return new WireError(isPath ? joined(field, this.message) : `${field}: ${this.message}`);
  }
}

function joined(outer: string, inner: string): string {
  return inner.startsWith('[') ? outer + inner : `${outer}.${inner}`;
}
