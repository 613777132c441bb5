import { ExitStatus, UserError } from './user-error.js';

/** Errors of the other rooms that are meant for the user, by name: to know them by class would load the rooms. */
const statusByName: Readonly<Record<string, ExitStatus>> = {
  TraceError: ExitStatus.usage,
  GeneratorError: ExitStatus.usage,
  AllocatorNameError: ExitStatus.usage,
  ResourceTextError: ExitStatus.usage,
  ClusterFileError: ExitStatus.usage,
  PolicyError: ExitStatus.usage,
  PluginError: ExitStatus.usage,
  PolicyFault: ExitStatus.negative,
  CaseError: ExitStatus.usage,
  RegistryError: ExitStatus.usage,
  FolderError: ExitStatus.usage,
  ReconfigurationError: ExitStatus.usage,
  OutFolderError: ExitStatus.usage,
  /** The master refused, or is not there. */
  MasterClientError: ExitStatus.negative,
  OutputError: ExitStatus.output,
  /** The run itself failed: what was wrong with its configuration has been found before it began. */
  SimError: ExitStatus.negative,
};

/** The exit status for an error that the user can mend; undefined: it is a fault of ours. */
export function statusOf(error: unknown): ExitStatus | undefined {
  if (error instanceof UserError) return error.status;
  return error instanceof Error ? statusByName[error.name] : undefined;
}
