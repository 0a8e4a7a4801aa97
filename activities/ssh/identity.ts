import { readFile } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { ParsedKey } from 'ssh2';
import { expandHome } from '../expand-home.js';
import { stepFailure } from '../failures.js';
import type { HostAddress } from '../hosts/host.js';

/** Reads the private key of the configuration. Throws SSH_KEY_UNREADABLE. */
export async function readIdentity(address: HostAddress): Promise<ParsedKey> {
  const path = expandHome(address.ssh.identityFile);
  const unreadable = (message: string, hint: string, detail?: string) =>
    stepFailure('SSH_KEY_UNREADABLE', address.name, `${message}: ${path}`, { detail, hint });

  const text = await readFile(path).catch((error: unknown) => {
    throw unreadable(
      'the private key cannot be read by the worker',
      "`ssh.identityFile` is a path on the worker's machine; the worker's user must be able to read it.",
      error instanceof Error ? error.message : undefined,
    );
  });
  // The typings promise one key; OpenSSH's format comes back as a list.
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    throw unreadable('the private key cannot be used', keyHint(parsed.message), parsed.message);
  }
  const key = Array.isArray(parsed) ? (parsed as ParsedKey[])[0] : parsed;
  if (key?.isPrivateKey() !== true) {
    throw unreadable('the file holds no private key', 'Name the private key, not the .pub file beside it.');
  }
  return key;
}

function keyHint(reason: string): string {
  if (/encrypted|passphrase/i.test(reason)) {
    return 'The worker has nobody to ask for a passphrase: use a key without one, readable only by the worker.';
  }
  return 'Use a private key in OpenSSH format, as `ssh-keygen -t ed25519` writes it.';
}
