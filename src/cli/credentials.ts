import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { formatCredentials, parseCredentials, type Credential } from '../realnet/auth/credentials.js';
import { hashSecret, isHashed } from '../realnet/auth/secret.js';
import type { Command } from './command.js';
import { asUsage } from './daemon-server.js';
import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import { readFile } from './read-file.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';

const FILE = 'credentials.json';

const fileOption: OptionSpec = {
  group: 'file',
  name: 'file',
  value: 'FILE',
  about: 'the file that --credentials of master and agent names',
  default: FILE,
};

/** `agora credentials add NAME`. */
export const addCredential: Command = {
  name: 'credentials add',
  usage: 'NAME [--file FILE]',
  about: 'let somebody in: reads the secret from standard input, keeps a hash of it',
  options: [fileOption],
  examples: [
    'agora credentials add alice',
    'head -c 24 /dev/urandom | base64 | agora credentials add agents',
  ],
  run: async (args, terminal) => {
    const [principal, ...more] = args.positionals;
    if (principal === undefined || more.length > 0)
      throw new UserError('agora credentials add takes one name: agora credentials add alice');
    const path = fileOf(args);
    const known = existsSync(path) ? read(path) : [];
    const secret = process.stdin.isTTY ? await typed(principal, terminal) : await firstLine();
    if (secret === '') throw new UserError('the secret is empty; type it, or pipe it in.');
    const entry = { principal, secret: await hashSecret(secret) };
    const kept = known.filter((other) => other.principal !== principal);
    await write(path, [...kept, entry]);
    const what = kept.length < known.length ? 'replaced' : 'added';
    terminal.out(`${what} ${principal} in ${path}   try  agora master --credentials ${path} …\n`);
    return ExitStatus.done;
  },
};

/** `agora credentials hash`. */
export const hashCredentials: Command = {
  name: 'credentials hash',
  usage: '[--file FILE]',
  about: 'replace secrets that stand in the file as they are by hashes',
  options: [fileOption],
  examples: ['agora credentials hash --file credentials.json'],
  run: async (args, terminal) => {
    const path = fileOf(args);
    const known = read(path);
    const hashed = await Promise.all(
      known.map(async ({ principal, secret }) => ({
        principal,
        secret: isHashed(secret) ? secret : await hashSecret(secret),
      })),
    );
    const changed = known.filter(({ secret }) => !isHashed(secret)).length;
    if (changed > 0) await write(path, hashed);
    const text =
      changed === 0
        ? `no secret stands in ${path} as it is`
        : `secrets in ${path} replaced by hashes: ${changed}`;
    terminal.out(`${text}\n`);
    return ExitStatus.done;
  },
};

function fileOf(args: ParsedArgs): string {
  return args.value('file') ?? FILE;
}

function read(path: string): Credential[] {
  return asUsage(path, () => parseCredentials(readFile(path).toString('utf8')));
}

/** Whole or not at all, and for nobody else's eyes. */
async function write(path: string, credentials: readonly Credential[]): Promise<void> {
  const text = formatCredentials(credentials);
  asUsage(path, () => parseCredentials(text));
  const half = `${path}.${process.pid}`;
  try {
    await writeFile(half, text, { mode: 0o600 });
    await rename(half, path);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${(error as Error).message}.`, ExitStatus.output);
  }
}

/** Asks at the terminal, and does not show what is typed. */
async function typed(principal: string, terminal: Terminal): Promise<string> {
  terminal.err(`secret of ${principal}: `);
  const hidden = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden, terminal: true });
  try {
    return await new Promise<string>((resolve) => {
      lines.once('line', (line) => resolve(line.trim()));
      lines.once('SIGINT', () => terminal.exit(ExitStatus.interrupted));
      lines.once('close', () => resolve(''));
    });
  } finally {
    lines.close();
    terminal.err('\n');
  }
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line.trim();
  return '';
}
