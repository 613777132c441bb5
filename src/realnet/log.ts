/** What the runtime needs of a logger; pino is one. */
export interface Log {
  /** The least that is logged: `info`. */
  level?: string;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
