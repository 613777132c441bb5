import { createHmac, randomBytes } from 'node:crypto';
import type { Credential } from './credentials.js';
import { hashSecret, matchesSecret } from './secret.js';

/** Callers that were let in and are remembered. */
const MOST_REMEMBERED = 1024;

/** Says who calls, by HTTP Basic (W-1.8). */
export class Authenticator {
  readonly #secrets: ReadonlyMap<string, string>;
  /** Principals by what they said, under a key of this process: a hash that is slow to make is made once. */
  readonly #remembered = new Map<string, string>();
  readonly #key = randomBytes(32);
  /** Somebody who is not known takes as long as a wrong secret. */
  readonly #nobody = hashSecret(randomBytes(16).toString('hex'));

  constructor(credentials: readonly Credential[]) {
    this.#secrets = new Map(credentials.map(({ principal, secret }) => [principal, secret]));
  }

  /** The principal, when this very header was good before. */
  remembered(authorization: string | undefined): string | undefined {
    return authorization === undefined ? undefined : this.#remembered.get(this.#digest(authorization));
  }

  /** The principal; undefined: the header is not good. */
  async check(authorization: string | undefined): Promise<string | undefined> {
    const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? [];
    if (authorization === undefined || encoded === undefined) return undefined;
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 0) return undefined;
    const principal = text.slice(0, colon);
    const kept = this.#secrets.get(principal);
    const matches = await matchesSecret(text.slice(colon + 1), kept ?? (await this.#nobody));
    if (!matches || kept === undefined) return undefined;
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(this.#digest(authorization), principal);
    return principal;
  }

  #digest(authorization: string): string {
    return createHmac('sha256', this.#key).update(authorization).digest('base64');
  }
}
