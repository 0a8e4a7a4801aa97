import { ask, retry, type CodeDefinition } from './code-definition.js';

/** Codes of the way to a host and to its PostgreSQL. */
export const HOST_CODES = {
  HOST_UNREACHABLE: retry(
    'The host did not answer the ssh connection.',
    'Check that the machine is up, its name resolves where the worker runs, and port 22 (or `sshPort`) is open.',
  ),
  CONNECTION_LOST: retry(
    'The ssh connection, or the database connection within it, broke while something ran. Whether that finished is unknown, so the step looks at the host again before it acts.',
    'Nothing; the step tries again by itself. If it keeps happening, look at the network.',
  ),
  KNOWN_HOSTS_MISSING: ask(
    'The known_hosts file of the configuration cannot be read by the worker. Host keys are always checked, so there is no going on without it.',
    'Create the file where the worker runs, for example by logging in once by hand.',
  ),
  HOST_KEY_UNKNOWN: ask(
    'known_hosts has no key for this host, so nobody can say that it is the right machine.',
    "Verify the host's key by another way and add it to the known_hosts file the configuration names.",
  ),
  HOST_KEY_CHANGED: ask(
    'The host showed another key than known_hosts has. It was reinstalled, or something else answers at its address.',
    'Find out which. Only after that replace its line in known_hosts.',
  ),
  HOST_KEY_REVOKED: ask(
    "known_hosts marks the host's key as revoked: somebody else may have it.",
    'Give the host a new key, verify it by another way and add it to known_hosts.',
  ),
  SSH_KEY_UNREADABLE: ask(
    'The private key of the configuration cannot be read or parsed by the worker.',
    'Check `ssh.identityFile`: an OpenSSH private key without a passphrase, readable by the worker.',
  ),
  SSH_KEY_REFUSED: ask(
    'The host refused the key for this user.',
    'Add the public key to authorized_keys of `ssh.user` on the host, or correct the configuration.',
  ),
  SUDO_REFUSED: ask(
    'The ssh user may not use sudo without a password on this host.',
    'Add a sudoers line for it; docs/security.md has one.',
  ),
  HOST_TOOLS_MISSING: ask(
    'A program the runbook needs is not installed on the host.',
    'Install what the message names.',
  ),
  COMMAND_FAILED: ask(
    'A command on the host ended with an error the runbook does not know.',
    'Read the detail: it holds what the command said. Then `runbook resume`.',
  ),
  POSTGRES_UNAVAILABLE: retry(
    'PostgreSQL on the host does not take connections on its local socket.',
    'Start it, or look into its log.',
  ),
  POSTGRES_ERROR: ask('PostgreSQL refused a statement.', 'Read the detail: it is what the server said.'),
  HOST_BUSY: retry(
    'Another script of ours holds the lock on this data directory.',
    'Nothing; it ends by itself within seconds. If not, look for a hanging script on the host.',
  ),
} as const satisfies Record<string, CodeDefinition>;
