import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OutputError } from '../../src/report/out/out-error.js';
import { MANIFEST_FORMAT, OutFolder } from '../../src/report/out/out-folder.js';

let parent: string;
let target: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'agora-out-'));
  target = join(parent, 'out');
});
afterEach(() => rmSync(parent, { recursive: true }));

const files = ['manifest.json', 'a.csv'];
const manifest = JSON.stringify({ format: MANIFEST_FORMAT });

async function writeOut(content: string): Promise<void> {
  const folder = await OutFolder.open(target, files);
  await folder.write('manifest.json', manifest);
  await folder.write('a.csv', content);
  await folder.commit();
}

describe('a folder of results', () => {
  it('is not there before it is whole, and then all of it', async () => {
    const folder = await OutFolder.open(target, files);
    await folder.write('a.csv', '1');
    expect(existsSync(target)).toBe(false);
    await folder.commit();
    expect(readdirSync(target)).toEqual(['a.csv']);
    expect(readdirSync(parent)).toEqual(['out']);
  });

  it('leaves nothing behind when it is discarded, and everything when it has its name', async () => {
    const folder = await OutFolder.open(target, files);
    await folder.write('a.csv', '1');
    folder.discard();
    expect(readdirSync(parent)).toEqual([]);
    await writeOut('2');
    expect(readFileSync(join(target, 'a.csv'), 'utf8')).toBe('2');
  });

  it('makes the folders above it, and takes an empty one', async () => {
    mkdirSync(target);
    await writeOut('1');
    target = join(parent, 'deep', 'er', 'out');
    await writeOut('2');
    expect(readFileSync(join(target, 'a.csv'), 'utf8')).toBe('2');
  });

  it.runIf(existsSync('/proc'))('says where no folder can be made, and does not try for ever', async () => {
    await expect(OutFolder.open('/proc/agora/out', files)).rejects.toThrow(
      new OutputError('cannot write /proc/agora/out: no folder can be made there.'),
    );
  });

  it('replaces an earlier result whole', async () => {
    await writeOut('1');
    const folder = await OutFolder.open(target, files);
    await folder.write('manifest.json', manifest);
    expect(readFileSync(join(target, 'a.csv'), 'utf8')).toBe('1');
    await folder.commit();
    expect(readdirSync(target)).toEqual(['manifest.json']);
    expect(readdirSync(parent)).toEqual(['out']);
  });

  it('keeps its hands off what is not its own', async () => {
    mkdirSync(target);
    writeFileSync(join(target, 'notes.txt'), 'mine');
    await expect(OutFolder.open(target, files)).rejects.toThrow(
      /not empty, and no sim command wrote it\.\nGive --out a new/,
    );
    rmSync(join(target, 'notes.txt'));
    await writeOut('1');
    writeFileSync(join(target, 'notes.txt'), 'mine');
    await expect(OutFolder.open(target, files)).rejects.toThrow(/and notes\.txt, which is not part of it/);
    writeFileSync(join(target, 'manifest.json'), '{"format":"other"}');
    await expect(OutFolder.open(target, files)).rejects.toThrow(/no sim command wrote it/);
    await expect(OutFolder.open(join(target, 'notes.txt'), files)).rejects.toThrow(/it is no folder/);
    await expect(OutFolder.open(' ', files)).rejects.toThrow(/--out is empty/);
    expect(readFileSync(join(target, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(parent)).toEqual(['out']);
  });

  it('says in a line why it cannot be written', async () => {
    writeFileSync(target, '');
    const refused = OutFolder.open(join(target, 'below'), files);
    await expect(refused).rejects.toThrow(/^cannot write .*below: a part of the path is no folder\.$/);
    await expect(refused).rejects.toMatchObject({ name: 'OutputError' });
    await expect(OutFolder.open(join(parent, 'x'.repeat(300)), files)).rejects.toThrow(
      /the name is too long\.$/,
    );
  });
});
