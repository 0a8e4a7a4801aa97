import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientChannel } from 'ssh2';
import { stepFailure } from '../failures.js';
import type { StepFailure } from '../failures.js';
import type { SshConnection } from './connection.js';

const REFUSAL_PATIENCE_MS = 5_000;
const REFUSAL_PAUSE_MS = 25;

/**
 * Starts a command on the host. Throws CONNECTION_LOST (it may have run) or HOST_UNREACHABLE (it did not).
 *
 * A refusal is the one error that proves that nothing ran, and it is often a matter of moments: sshd
 * handles all packets it has before it frees the places of channels they closed, so an opening right
 * after a closing can meet a full house.
 */
export async function openChannel(connection: SshConnection, command: string): Promise<ClientChannel> {
  const end = Date.now() + REFUSAL_PATIENCE_MS;
  for (;;) {
    try {
      return await exec(connection, command);
    } catch (error) {
      const refused = connection.isOpen && isRefusal(error);
      if (!refused) throw connectionLost(connection, messageOf(error));
      if (Date.now() > end) throw refusal(connection, error);
    }
    await sleep(REFUSAL_PAUSE_MS);
  }
}

export const connectionLost = (connection: SshConnection, detail?: string): StepFailure =>
  stepFailure('CONNECTION_LOST', connection.name, 'the ssh connection broke', {
    detail: detail ?? 'Whether the command finished is unknown.',
  });

function exec(connection: SshConnection, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    // Within the executor, because ssh2 throws `Not connected` instead of calling back.
    connection.client.exec(command, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
  });
}

const isRefusal = (error: unknown) => /channel open failure/i.test(messageOf(error));

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const refusal = (connection: SshConnection, error: unknown): StepFailure =>
  stepFailure('HOST_UNREACHABLE', connection.name, 'sshd opens no further session', {
    detail: messageOf(error),
    hint: "Leave `MaxSessions` in the host's sshd_config at 10 or more.",
  });
