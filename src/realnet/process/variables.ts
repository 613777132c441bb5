import type { CommandMessage } from '../wire/messages.js';

/** The environment that a command describes, with secrets that came with their value. */
export function variablesOf(command: CommandMessage | undefined): Record<string, string> {
  const variables = (command?.environment?.variables ?? []).map(({ name, value = '', secret }) => [
    name,
    secret?.value === undefined ? value : Buffer.from(secret.value.data, 'base64').toString(),
  ]);
  return Object.fromEntries(variables) as Record<string, string>;
}
