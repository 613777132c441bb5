import { z } from 'zod';
import { isBrokenHash, isHashed } from './secret.js';

/** Who may call, and how that is known. The secret is a hash of {@link hashSecret}, or plain. */
export interface Credential {
  readonly principal: string;
  readonly secret: string;
}

/** A file of credentials that cannot be read. One line: what is wrong. Never a secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

/** A colon would end the principal in HTTP Basic. */
const principal = z
  .string()
  .regex(/^[^:\p{Cc}]+$/u, 'a principal is a text without colons and control characters');
const credential = z.object({ principal, secret: z.string().min(1, 'a secret is not empty') });
const file = z.object({ credentials: z.array(credential) });

/**
 * The text of a `--credentials` file, Mesos's form: `{"credentials": [{"principal": …, "secret": …}]}`.
 *
 * @throws CredentialsError
 */
export function parseCredentials(text: string): Credential[] {
  const { credentials } = parse(file, text, '{"credentials": [{"principal": "name", "secret": "…"}]}');
  const names = credentials.map((entry) => entry.principal);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new CredentialsError(`the principal "${twice}" is there twice`);
  const broken = credentials.find(({ secret }) => isBrokenHash(secret));
  if (broken !== undefined)
    throw new CredentialsError(`the secret of "${broken.principal}" begins like a hash and is none`);
  return credentials;
}

/** The text of a `--credential` file: one entry, with the secret as it is. @throws CredentialsError */
export function parseCredential(text: string): Credential {
  const entry = parse(credential, text, '{"principal": "name", "secret": "…"}');
  if (isHashed(entry.secret)) throw new CredentialsError('the secret is a hash; give the secret itself');
  return entry;
}

/** Principals whose secrets stand in the file as they are. */
export function plainPrincipals(credentials: readonly Credential[]): string[] {
  return credentials.filter(({ secret }) => !isHashed(secret)).map((entry) => entry.principal);
}

export function formatCredentials(credentials: readonly Credential[]): string {
  return `${JSON.stringify({ credentials }, null, 2)}\n`;
}

/** Value of the header Authorization. */
export function basicAuthorization({ principal: name, secret }: Credential): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

function parse<Output>(schema: z.ZodType<Output>, text: string, form: string): Output {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says quotes the text, which holds secrets.
    throw new CredentialsError(`it is no JSON; write ${form}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new CredentialsError(`${path.join('.') || 'the file'}: ${message}; write ${form}`);
}
