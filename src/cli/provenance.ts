import process from 'node:process';
import type { Provenance } from '../report/out/provenance.js';
import type { ParsedArgs } from './parse-args.js';
import { shellWord } from './shell-word.js';
import { version } from './version.js';

/** Options that change where and how results are shown, not what they are. */
const presentation = new Set(['out', 'json', 'quiet', 'journal', 'explain', 'workers']);

/** How a result came about: what was given, and the command line that makes it again. */
export async function provenanceOf(
  command: string,
  args: ParsedArgs,
  program: 'sim' | 'agora' = 'sim',
): Promise<Provenance> {
  const given = args.toArgs((name) => !presentation.has(name));
  return {
    version: await version(),
    node: process.version,
    arguments: given,
    repeat: [program, command, ...given].map(shellWord).join(' '),
  };
}
