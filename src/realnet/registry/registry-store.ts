/** Sets the entry of a key; without a value there is none any more. */
export interface RegistryChange {
  readonly key: string;
  readonly value: string | undefined;
}

/** Where a master's registry lies: entries by key, that outlive the master. */
export interface RegistryStore {
  /** What it takes, in bytes; undefined: nobody knows. */
  readonly sizeBytes?: number;
  /** All entries; before anything is written. @throws RegistryError */
  load(): Promise<ReadonlyMap<string, string>>;
  /** All or none of the changes; resolves when they are durable. Not called again before that. @throws RegistryError */
  write(changes: readonly RegistryChange[]): Promise<void>;
  close(): Promise<void>;
}

/** The registry cannot be read or written; the message is one line, without a full stop. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}
