import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost of a hash: 16 MiB and some 30 ms. */
const COST = 16_384;
const BLOCK = 8;
const LENGTH = 32;
/** Cost, block size and parallelism multiplied: some two seconds. */
const MOST_WORK = 2 ** 23;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64. */
const HASHED = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

export function isHashed(secret: string): boolean {
  return HASHED.test(secret);
}

/** One that was cut short, or costs more than anybody would ask: nobody could ever show the secret of it. */
export function isBrokenHash(secret: string): boolean {
  if (!secret.startsWith('scrypt$')) return false;
  const [, n, r, p, , hash] = HASHED.exec(secret) ?? [];
  if (n === undefined) return true;
  const [cost, block, parallel] = [n, r, p].map(Number);
  const isPowerOfTwo = cost > 1 && Number.isInteger(Math.log2(cost));
  const isBounded = block > 0 && parallel > 0 && cost * block * parallel <= MOST_WORK;
  return !isPowerOfTwo || !isBounded || Buffer.from(hash, 'base64').length < 16;
}

/** What is kept of a secret. */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, { N: COST, r: BLOCK, p: 1 }, LENGTH);
  return ['scrypt', COST, BLOCK, 1, salt.toString('base64'), hash.toString('base64')].join('$');
}

/** Whether the secret is the one that was kept, as a hash or as it is. Takes the same time for any wrong one. */
export async function matchesSecret(secret: string, kept: string): Promise<boolean> {
  const match = HASHED.exec(kept);
  if (match === null) {
    const [given, wanted] = [Buffer.from(secret), Buffer.from(kept)];
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  const [, n, r, p, salt, hash] = match;
  const wanted = Buffer.from(hash, 'base64');
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  const given = await derive(secret, Buffer.from(salt, 'base64'), cost, wanted.length);
  return timingSafeEqual(given, wanted);
}

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

async function derive(secret: string, salt: Buffer, cost: Cost, length: number): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const maxmem = 256 * cost.N * cost.r;
    scrypt(secret, salt, length, { ...cost, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
