/** The folder after --out is not one that may be written to. One or two lines for the user. */
export class OutFolderError extends Error {
  override readonly name = 'OutFolderError';
}

/** The folder cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}
