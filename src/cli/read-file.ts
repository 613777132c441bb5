import { readFileSync } from 'node:fs';
import { UserError } from './user-error.js';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'that is a folder',
  EACCES: 'permission denied',
};

/** The content of a file that an option names. @throws UserError */
export function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UserError(`${path} cannot be read: ${reasons[code] ?? message}.`);
  }
}
