/** A folder of results that appears whole or not at all. */
import { rmSync } from 'node:fs';
import { lstat, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { makeFolder } from './make-folder.js';
import { codeOf, OutFolderError, OutputError, writeFault } from './out-error.js';

/** What `manifest.json` says it is; by this a folder of an earlier run is known. */
export const MANIFEST_FORMAT = 'agora-out';

/** Written under a temporary name beside the one asked for, and given that name when it is whole. */
export class OutFolder {
  /** As given. */
  readonly path: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #atExit = (): void => this.discard();

  private constructor(path: string, temporary: string) {
    this.path = path;
    this.#target = resolve(path);
    this.#temporary = temporary;
    // However the program ends, no half of a result stays.
    process.once('exit', this.#atExit);
  }

  /**
   * Begins a folder. Nothing is there under its own name until {@link commit}.
   *
   * @param path a new folder, an empty one, or one that an earlier command wrote, which is then replaced
   * @param files the names it may come to hold: an earlier folder that holds others is somebody's and stays
   * @throws OutFolderError when it may not be written there, OutputError when it cannot
   */
  static async open(path: string, files: readonly string[]): Promise<OutFolder> {
    const target = resolve(path);
    await checkTarget(path, target, files);
    const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.partial`);
    await writing(path, async () => {
      await rm(temporary, { recursive: true, force: true });
      await makeFolder(temporary);
    });
    return new OutFolder(path, temporary);
  }

  /** Where to write a file of the folder to. */
  file(name: string): string {
    return join(this.#temporary, name);
  }

  /** @throws OutputError */
  async write(name: string, content: string): Promise<void> {
    await this.writing(() => writeFile(this.file(name), content));
  }

  /** Does something that writes into the folder. @throws OutputError */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    return await writing(this.path, work);
  }

  /** Gives the folder its name. @throws OutputError */
  async commit(): Promise<void> {
    await this.writing(async () => {
      const old = `${this.#temporary}.old`;
      const isReplaced = await rename(this.#target, old).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'ENOENT') return false;
          throw error;
        },
      );
      try {
        await rename(this.#temporary, this.#target);
      } catch (error) {
        if (isReplaced) await rename(old, this.#target);
        throw error;
      }
      if (isReplaced) await rm(old, { recursive: true });
    });
    process.off('exit', this.#atExit);
  }

  /** Leaves nothing behind. Does nothing once the folder has its name. */
  discard(): void {
    process.off('exit', this.#atExit);
    rmSync(this.#temporary, { recursive: true, force: true });
  }
}

async function checkTarget(path: string, target: string, files: readonly string[]): Promise<void> {
  const mend = 'Give --out a new folder, an empty one, or one that sim wrote before.';
  if (path.trim() === '') throw new OutFolderError(`--out is empty. ${mend}`);
  let names: string[];
  try {
    if (!(await lstat(target)).isDirectory()) {
      throw new OutFolderError(`--out ${path}: there is something of that name, and it is no folder.\n${mend}`);
    }
    names = await readdir(target);
  } catch (error) {
    if (error instanceof OutFolderError) throw error;
    if (codeOf(error) === 'ENOENT') return;
    throw new OutputError(`cannot write ${path}: ${writeFault(error)}.`);
  }
  if (names.length === 0) return;
  if (!(await isOurs(target))) {
    throw new OutFolderError(`--out ${path}: the folder is not empty, and no sim command wrote it.\n${mend}`);
  }
  const other = names.find((name) => !files.includes(name));
  if (other !== undefined) {
    throw new OutFolderError(
      `--out ${path}: an earlier result is there, and ${other}, which is not part of it and would be lost.\n` +
        `Move ${other} away, or give another folder.`,
    );
  }
}

async function isOurs(folder: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    return (
      typeof manifest === 'object' &&
      manifest !== null &&
      'format' in manifest &&
      manifest.format === MANIFEST_FORMAT
    );
  } catch {
    return false;
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new OutputError(`cannot write ${path}: ${writeFault(error)}.`);
  }
}
