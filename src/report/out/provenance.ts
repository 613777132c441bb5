/** What a manifest says of how a result came about. */
export interface Provenance {
  /** Of the program. */
  readonly version: string;
  readonly node: string;
  /** As given, options first; those that only say where and how results are shown are left out. */
  readonly arguments: readonly string[];
  /** A command line that makes the same result. */
  readonly repeat: string;
}
