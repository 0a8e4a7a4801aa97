import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { stepFailure } from '../failures.js';

export interface ScramOptions {
  /** Default: 16 random bytes, as PostgreSQL takes. */
  salt?: Buffer;
  /** Default: 4096, PostgreSQL's own default. */
  iterations?: number;
}

const DEFAULT_ITERATIONS = 4_096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/**
 * What `pg_authid.rolpassword` holds for a password: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`
 * (RFC 5803). Sent in place of the password, it keeps the password out of the server's log.
 */
export function scramVerifier(password: string, options: ScramOptions = {}): string {
  assertPlainPassword(password);
  const salt = options.salt ?? randomBytes(SALT_BYTES);
  const iterations = options.iterations ?? DEFAULT_ITERATIONS;
  const salted = pbkdf2Sync(password, salt, iterations, KEY_BYTES, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

/** False also for a verifier of another kind (md5) or one that is malformed. */
export function matchesVerifier(password: string, verifier: string): boolean {
  assertPlainPassword(password);
  const [, iterations, salt] = VERIFIER.exec(verifier) ?? [];
  if (iterations === undefined || salt === undefined) return false;
  const own = Buffer.from(
    scramVerifier(password, { salt: Buffer.from(salt, 'base64'), iterations: Number(iterations) }),
  );
  const theirs = Buffer.from(verifier);
  return own.length === theirs.length && timingSafeEqual(own, theirs);
}

/**
 * Printable ASCII is what SASLprep (RFC 4013) leaves as it is. Other characters would need its tables
 * here, in libpq and in pg alike. Throws PASSWORD_UNUSABLE; the password itself is not in the message.
 */
export function assertPlainPassword(password: string): void {
  if (/^[\x20-\x7e]+$/.test(password)) return;
  throw stepFailure('PASSWORD_UNUSABLE', undefined, 'the replication password cannot be used', {
    detail: password === '' ? 'It is empty.' : 'It has a character that is not printable ASCII.',
    hint: 'Use letters, digits, blanks and punctuation on one line, or `password: generate`.',
  });
}

const VERIFIER =
  /^SCRAM-SHA-256\$([1-9]\d{0,7}):([A-Za-z0-9+/]+={0,2})\$[A-Za-z0-9+/]+={0,2}:[A-Za-z0-9+/]+={0,2}$/;

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
