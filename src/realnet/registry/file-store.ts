import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { lock, unlock } from './folder-lock.js';
import { RegistryError, type RegistryChange, type RegistryStore } from './registry-store.js';

const FORMAT = 'agora-registry/1';
const FILE = 'registry.log';
const LOCK = 'registry.lock';
/** The file is written anew when so many bytes were added to it, and more than it began with. */
const LEAST_GROWTH = 1024 * 1024;
/** What is left to do with a file that cannot be read. */
const MEND = 'put a copy of it back, or move it away to begin without what it knew: weights, quota, agents';

/**
 * A registry in one file of a folder: a line with the format's name, then a line a write, its changes as JSON behind their
 * CRC-32. A write is durable before it is answered; a last line that was cut off was never answered, and does not count.
 */
export class FileStore implements RegistryStore {
  readonly #folder: string;
  readonly #path: string;
  readonly #lockPath: string;
  readonly #entries = new Map<string, string>();
  #file: FileHandle | undefined;
  #size = 0;
  /** Of the file when it was written anew. */
  #startSize = 0;

  /** @param folder is there */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, FILE);
    this.#lockPath = join(folder, LOCK);
  }

  get sizeBytes(): number {
    return this.#size;
  }

  async load(): Promise<ReadonlyMap<string, string>> {
    lock(this.#lockPath, 'master');
    try {
      const text = await this.#read();
      if (text !== undefined) this.#replay(text);
      await this.#orFail('written', () => this.#writeAnew());
    } catch (error) {
      unlock(this.#lockPath);
      throw error;
    }
    return new Map(this.#entries);
  }

  async write(changes: readonly RegistryChange[]): Promise<void> {
    for (const change of changes) apply(this.#entries, change);
    await this.#orFail('written', async () => {
      const grown = this.#size - this.#startSize;
      if (this.#file === undefined || (grown > LEAST_GROWTH && grown > this.#startSize)) {
        await this.#writeAnew();
        return;
      }
      const line = lineOf(changes);
      await this.#file.appendFile(line);
      await this.#file.datasync();
      this.#size += Buffer.byteLength(line);
    });
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    unlock(this.#lockPath);
  }

  async #read(): Promise<string | undefined> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new RegistryError(`the registry ${this.#path} cannot be read: ${(error as Error).message}`);
    }
  }

  #replay(text: string): void {
    const lines = text.split('\n');
    if (lines[0] !== FORMAT)
      throw new RegistryError(`${this.#path} is no registry of the format ${FORMAT}; ${MEND}`);
    // Every line ends; what stands behind the last end was cut off.
    const last = lines.length - 1;
    for (let at = 1; at < last; at++) {
      const changes = changesOf(lines[at]);
      if (changes !== undefined) {
        for (const change of changes) apply(this.#entries, change);
      } else if (at < last - 1 || lines[last] !== '') {
        throw new RegistryError(`the registry ${this.#path} is damaged in line ${at + 1}; ${MEND}`);
      }
    }
  }

  /** Only what counts, in a file that takes the place of the old one when it is whole and durable. */
  async #writeAnew(): Promise<void> {
    const parts = [`${FORMAT}\n`];
    for (const [key, value] of this.#entries) parts.push(lineOf([{ key, value }]));
    const text = parts.join('');
    const temporary = `${this.#path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } catch (error) {
      await file.close();
      throw error;
    }
    await rename(temporary, this.#path);
    const folder = await open(this.#folder, 'r');
    await folder.sync().finally(() => folder.close());
    await this.#file?.close();
    this.#file = file;
    this.#startSize = this.#size = Buffer.byteLength(text);
  }

  async #orFail(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      throw new RegistryError(`the registry ${this.#path} cannot be ${what}: ${(error as Error).message}`);
    }
  }
}

function apply(entries: Map<string, string>, { key, value }: RegistryChange): void {
  if (value === undefined) entries.delete(key);
  else entries.set(key, value);
}

function lineOf(changes: readonly RegistryChange[]): string {
  const content = JSON.stringify(changes.map(({ key, value }) => [key, value ?? null]));
  return `${checksum(content)} ${content}\n`;
}

/** undefined: the line is not as it was written. */
function changesOf(line: string): RegistryChange[] | undefined {
  const content = line.slice(9);
  if (line.slice(0, 8) !== checksum(content)) return undefined;
  const changes = JSON.parse(content) as [string, string | null][];
  return changes.map(([key, value]) => ({ key, value: value ?? undefined }));
}

function checksum(content: string): string {
  return crc32(content).toString(16).padStart(8, '0');
}
