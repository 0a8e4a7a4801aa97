import { createHmac, timingSafeEqual } from 'node:crypto';

/** One line of a known_hosts file. */
export interface KnownHostsEntry {
  marker: '' | '@revoked' | '@cert-authority';
  /** Comma-separated patterns, or one hashed name `|1|salt|hash`. */
  hosts: string;
  type: string;
  key: Buffer;
}

/** What a known_hosts file says about one host. */
export interface KnownHost {
  /** The name looked up: `host`, or `[host]:port` for another port than 22; lower case. */
  name: string;
  /** Keys to trust; never one that a line of this host revokes. */
  trusted: KnownHostsEntry[];
  revoked: KnownHostsEntry[];
  /** There is a line for a host certificate authority. ssh2 knows no host certificates. */
  hasAuthority: boolean;
  /** Host key algorithms to offer, so that the server shows a key that can be compared at all. */
  algorithms: string[];
}

/** Looks a host up as OpenSSH does with `StrictHostKeyChecking=yes`. Pure; reads no file. */
export function lookUpKnownHost(text: string, host: string, port: number): KnownHost {
  const name = lookupName(host, port);
  const about = parseKnownHosts(text).filter((entry) => namesHost(entry.hosts, name));
  const revoked = about.filter((entry) => entry.marker === '@revoked');
  const trusted = about.filter(
    (entry) =>
      entry.marker === '' &&
      ALGORITHMS.has(entry.type) &&
      !revoked.some((withdrawn) => withdrawn.key.equals(entry.key)),
  );
  return {
    name,
    trusted,
    revoked,
    hasAuthority: about.some((entry) => entry.marker === '@cert-authority'),
    algorithms: [...new Set(trusted.flatMap((entry) => ALGORITHMS.get(entry.type) ?? []))],
  };
}

export function parseKnownHosts(text: string): KnownHostsEntry[] {
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

// Key type in the file → algorithms that prove possession of such a key. An RSA key signs with SHA-2
// here; `ssh-rsa` as an algorithm means SHA-1 and is not offered. Types that ssh2 lacks (sk-…, ssh-dss)
// are left out: it throws when asked for them.
const ALGORITHMS = new Map([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]);

function parseLine(line: string): KnownHostsEntry | undefined {
  const text = line.trim();
  if (text.startsWith('#')) return undefined;
  const fields = text.split(/[ \t]+/);
  const marker = text.startsWith('@') ? fields.shift() : '';
  // A marker nobody here understands must not turn its line into trust.
  if (!isMarker(marker)) return undefined;
  const [hosts, type, encoded] = fields;
  if (hosts === undefined || type === undefined || encoded === undefined) return undefined;
  const key = Buffer.from(encoded, 'base64');
  return blobType(key) === type ? { marker, hosts, type, key } : undefined;
}

const isMarker = (word: string | undefined): word is KnownHostsEntry['marker'] =>
  word === '' || word === '@revoked' || word === '@cert-authority';

/** A public key blob begins with its own type, as a string with a 4 byte length. */
function blobType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length <= key.length - 4 ? key.toString('latin1', 4, 4 + length) : undefined;
}

const lookupName = (host: string, port: number) => (port === 22 ? host : `[${host}]:${port}`).toLowerCase();

function namesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  let named = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false; // wins over every other pattern of the line, before and after it
    named = true;
  }
  return named;
}

function matchesHash(hosts: string, name: string): boolean {
  const [, magic, salt, hash] = hosts.split('|');
  if (magic !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` any run of characters, `?` one character; nothing else is special, brackets least of all. */
function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(name);
}
