import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import ssh2 from 'ssh2';
import type { ConnectConfig, ParsedKey, PublicKeyAuthMethod, ServerHostKeyAlgorithm } from 'ssh2';
import type { StepFailure } from '../failures.js';
import type { HostAddress } from '../hosts/host.js';
import { connectFailure } from './connect-failure.js';
import type { ConnectProgress } from './connect-failure.js';
import { SshConnection } from './connection.js';
import { createHostKeyGuard } from './host-key-guard.js';
import type { HostKeyGuard } from './host-key-guard.js';
import { readIdentity } from './identity.js';

export interface ConnectOptions {
  /** For name resolution, TCP, handshake and authentication together. */
  deadlineMs?: number;
}

const DEADLINE_MS = 10_000;
// Off by default in ssh2, and without it a frozen link is never noticed. Loss shows after
// interval × (count + 1).
const KEEPALIVE_INTERVAL_MS = 3_000;
const KEEPALIVE_COUNT = 3;

/**
 * Opens an authenticated connection to a host whose key is known.
 * Throws KNOWN_HOSTS_MISSING, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_KEY_REVOKED,
 * SSH_KEY_UNREADABLE, SSH_KEY_REFUSED or HOST_UNREACHABLE.
 */
export async function connectSsh(address: HostAddress, options: ConnectOptions = {}): Promise<SshConnection> {
  const guard = await createHostKeyGuard(address);
  const identity = await readIdentity(address);
  // Nagle's algorithm makes every small exchange wait for a delayed acknowledgement (47 ms against 3 ms).
  const socket = connectTcp({ host: address.host, port: address.sshPort, noDelay: true });
  return handshake(address, guard, identity, socket, options.deadlineMs ?? DEADLINE_MS);
}

function handshake(
  address: HostAddress,
  guard: HostKeyGuard,
  identity: ParsedKey,
  socket: Socket,
  deadlineMs: number,
): Promise<SshConnection> {
  const client = new ssh2.Client();
  const connection = new SshConnection(client, socket, address.name);
  const progress: ConnectProgress = { deadlineMs, reached: 'nothing', timedOut: false, error: undefined };

  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      progress.timedOut = true;
      socket.destroy();
    }, deadlineMs);
    const fail = (failure: StepFailure) => {
      clearTimeout(deadline);
      socket.destroy();
      reject(failure);
    };
    // Stays for the connection's life: an 'error' without a listener would end the worker. While
    // connecting, not every error is final, so 'close' decides.
    client.on('error', (error) => (progress.error ??= error));
    client.once('connect', () => (progress.reached = 'host'));
    client.once('handshake', () => (progress.reached = 'authentication'));
    client.once('ready', () => {
      clearTimeout(deadline);
      resolve(connection);
    });
    void connection.closed.then(() => fail(connectFailure(address, guard, progress)));
    try {
      client.connect({ ...connectConfig(address, guard, identity), sock: socket });
    } catch (error) {
      progress.error = error as Error;
      fail(connectFailure(address, guard, progress));
    }
  });
}

function connectConfig(address: HostAddress, guard: HostKeyGuard, identity: ParsedKey): ConnectConfig {
  const username = address.ssh.user;
  // Exactly this one key. By default ssh2 tries `none` and every other way first, which uses up MaxAuthTries.
  const method: PublicKeyAuthMethod = { type: 'publickey', username, key: identity };
  return {
    username,
    authHandler: [method],
    hostVerifier: guard.verify,
    algorithms: {
      serverHostKey: guard.algorithms as ServerHostKeyAlgorithm[],
      hmac: {
        remove: ['hmac-sha1', 'hmac-sha1-etm@openssh.com', 'hmac-sha1-96'],
        append: [],
        prepend: [],
      },
    },
    readyTimeout: 0, // ours covers name resolution as well
    keepaliveInterval: KEEPALIVE_INTERVAL_MS,
    keepaliveCountMax: KEEPALIVE_COUNT,
  };
}
