import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expandHome } from '../expand-home.js';
import { stepFailure } from '../failures.js';
import type { StepFailure } from '../failures.js';
import type { HostAddress } from '../hosts/host.js';
import { lookUpKnownHost } from './known-hosts.js';
import type { KnownHost } from './known-hosts.js';

/** Decides about the key a host shows, and remembers why it refused one. */
export interface HostKeyGuard {
  algorithms: string[];
  /**
   * For ssh2, which asks again at every re-keying. It takes every answer but a strict `false` for
   * consent, a promise too, so this must stay synchronous and boolean.
   */
  verify: (key: Buffer) => boolean;
  /** Set once a key was refused. */
  refusal: () => StepFailure | undefined;
  /** The server has host keys, but none of a type that can be compared. */
  noCommonType: () => StepFailure;
}

/** Reads known_hosts before any packet is sent. Throws KNOWN_HOSTS_MISSING, HOST_KEY_UNKNOWN or HOST_KEY_REVOKED. */
export async function createHostKeyGuard(address: HostAddress): Promise<HostKeyGuard> {
  const path = expandHome(address.ssh.knownHosts);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw stepFailure(
      'KNOWN_HOSTS_MISSING',
      address.name,
      `known_hosts cannot be read by the worker: ${path}`,
      {
        detail: error instanceof Error ? error.message : undefined,
        hint: "`ssh.knownHosts` is a path on the worker's machine; log in there once by hand to create it.",
      },
    );
  });
  const known = lookUpKnownHost(text, address.host, address.sshPort);
  if (known.trusted.length === 0) throw nothingTrusted(address, known, path);

  let refusal: StepFailure | undefined;
  return {
    algorithms: known.algorithms,
    verify: (key) => {
      if (known.trusted.some((entry) => entry.key.equals(key))) return true;
      refusal = refused(address, known, path, key);
      return false;
    },
    refusal: () => refusal,
    noCommonType: () =>
      stepFailure('HOST_KEY_CHANGED', address.name, 'the host no longer has a host key of a known type', {
        detail: `${path} has for ${known.name}: ${listKeys(known)}.`,
        hint: CHANGED_HINT,
      }),
  };
}

const CHANGED_HINT =
  'Find out whether the host was reinstalled or something else answers at its address. Only then replace its line in known_hosts.';

function nothingTrusted(address: HostAddress, known: KnownHost, path: string): StepFailure {
  if (known.revoked.length > 0) return revoked(address, known, path);
  const detail = known.hasAuthority
    ? `${path} has only a @cert-authority line for ${known.name}; host certificates are not supported.`
    : `${path} has no key for ${known.name} that could be compared.`;
  return stepFailure('HOST_KEY_UNKNOWN', address.name, 'the host key is not known', {
    detail,
    hint: `Verify the host's key by another way, then add it under the name ${known.name}.`,
  });
}

function refused(address: HostAddress, known: KnownHost, path: string, key: Buffer): StepFailure {
  if (known.revoked.some((entry) => entry.key.equals(key))) return revoked(address, known, path);
  return stepFailure('HOST_KEY_CHANGED', address.name, 'the host shows another key than known_hosts has', {
    detail: `Shown: ${fingerprint(key)}. ${path} has for ${known.name}: ${listKeys(known)}.`,
    hint: CHANGED_HINT,
  });
}

function revoked(address: HostAddress, known: KnownHost, path: string): StepFailure {
  return stepFailure('HOST_KEY_REVOKED', address.name, 'the host key is revoked', {
    detail: `${path} revokes for ${known.name}: ${known.revoked.map((entry) => fingerprint(entry.key)).join(', ')}.`,
    hint: 'Give the host a new host key, verify it by another way, and add it to known_hosts.',
  });
}

const listKeys = (known: KnownHost) =>
  known.trusted.map((entry) => `${fingerprint(entry.key)} (${entry.type})`).join(', ');

/** As `ssh-keygen -l` prints it. */
const fingerprint = (key: Buffer) =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
