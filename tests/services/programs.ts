import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import process from 'node:process';

/** A program that tests run for real. A test that needs another adds it to the list. */
export interface Program {
  readonly name: string;
  /** Where it may be: names on the PATH, or absolute paths; the first that is there is taken. */
  readonly files: readonly string[];
  /** The Debian package that brings it. */
  readonly debianPackage: string;
}

export const programs = [
  { name: 'chromium', files: ['chromium', 'chromium-browser', 'google-chrome'], debianPackage: 'chromium' },
  { name: 'zsh', files: ['zsh'], debianPackage: 'zsh' },
  { name: 'fish', files: ['fish'], debianPackage: 'fish' },
] as const satisfies readonly Program[];

export type ProgramName = (typeof programs)[number]['name'];

/** Where a program is; undefined when it is not on this machine. */
export function findProgram({ files }: Program): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = files.flatMap((file) =>
    isAbsolute(file) ? [file] : folders.map((folder) => join(folder, file)),
  );
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Where a program is that a test needs. @throws Error that says what to install */
export function programPath(name: ProgramName): string {
  const program = programs.find((candidate) => candidate.name === name)!;
  const path = findProgram(program);
  if (path !== undefined) return path;
  throw new Error(`this test needs ${name}: apt-get install ${program.debianPackage}`);
}
