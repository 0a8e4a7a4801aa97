import { stepFailure } from '../failures.js';
import type { StepFailure } from '../failures.js';
import type { HostAddress } from '../hosts/host.js';
import type { HostKeyGuard } from './host-key-guard.js';

/** How far an attempt to connect came, and the first thing that went wrong. */
export interface ConnectProgress {
  deadlineMs: number;
  reached: 'nothing' | 'host' | 'authentication';
  timedOut: boolean;
  error: Error | undefined;
}

/** Why there is no connection, in the operator's terms. The host key comes first: it explains all that follows. */
export function connectFailure(
  address: HostAddress,
  guard: HostKeyGuard,
  progress: ConnectProgress,
): StepFailure {
  const refusal = guard.refusal();
  if (refusal !== undefined) return refusal;
  const error = progress.error as (Error & { level?: string; code?: string }) | undefined;
  if (error?.message.includes('no matching host key') === true) return guard.noCommonType();
  if (error?.level === 'client-authentication') return keyRefused(address);
  const { message, hint } = unreachable(address, progress, error?.code);
  return stepFailure('HOST_UNREACHABLE', address.name, message, {
    detail: [`Tried ${address.host} port ${address.sshPort}.`, error?.message].filter(Boolean).join(' '),
    hint,
    cause: error,
  });
}

const keyRefused = (address: HostAddress): StepFailure =>
  stepFailure(
    'SSH_KEY_REFUSED',
    address.name,
    `the host refuses the key ${address.ssh.identityFile} for user ${address.ssh.user}`,
    {
      hint: `Add its public key to ~${address.ssh.user}/.ssh/authorized_keys on the host, or correct \`ssh.user\` or \`ssh.identityFile\`.`,
    },
  );

function unreachable(address: HostAddress, progress: ConnectProgress, code: string | undefined) {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      message: `the name ${address.host} does not resolve`,
      hint: 'Correct `host:`, or make the name known where the worker runs; ~/.ssh/config is not read.',
    };
  }
  if (code === 'ECONNREFUSED') {
    return { message: 'nothing listens on its ssh port', hint: 'Start sshd there, or correct `sshPort`.' };
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return {
      message: 'there is no way to the host',
      hint: 'Check that the machine is up, and the route to it.',
    };
  }
  if (progress.timedOut || code === 'ETIMEDOUT') {
    const seconds = progress.deadlineMs / 1_000;
    return progress.reached === 'nothing'
      ? {
          message: `the host did not answer within ${seconds} s`,
          hint: 'Check that the machine is up and no firewall drops port 22 (or `sshPort`).',
        }
      : {
          message: `the host answered, but the ssh login did not end within ${seconds} s`,
          hint: 'Check that it is sshd that listens on this port, and how busy the host is.',
        };
  }
  return {
    message: 'the ssh connection broke before the login was done',
    hint: "Look into sshd's log on the host.",
  };
}
