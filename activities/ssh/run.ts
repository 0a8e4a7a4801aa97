import { randomBytes } from 'node:crypto';
import type { ClientChannel } from 'ssh2';
import { stepFailure } from '../failures.js';
import type { CommandOutcome, RunOptions } from '../hosts/host.js';
import { onChannelEnd } from './channel-end.js';
import type { ChannelEnd } from './channel-end.js';
import type { SshConnection } from './connection.js';
import { connectionLost, openChannel } from './open-channel.js';
import { OutputBuffer } from './output-buffer.js';
import { scriptNotStarted } from './script-not-started.js';

const STDOUT_LIMIT_BYTES = 4 * 1024 * 1024;
const STDERR_KEPT_BYTES = 1024 * 1024;

// `exec` and `env` are the same in every login shell; `LC_ALL=C sudo …` is not (fish, csh).
const ROOT_SHELL = 'exec env LC_ALL=C sudo -n /bin/sh -s';

/**
 * Runs a POSIX sh script as root, with /dev/null as its stdin. It begins only after it has arrived
 * whole. The result comes when the script has ended and everything it started has closed its outputs:
 * what is to stay in the background must redirect all three.
 *
 * Throws CONNECTION_LOST when the outcome is unknown, SUDO_REFUSED, HOST_TOOLS_MISSING or COMMAND_FAILED
 * when the script never began, INTERNAL when it is malformed or writes more than 4 MiB to stdout. Of stderr the last 1 MiB is kept.
 */
export async function runScript(
  connection: SshConnection,
  script: string,
  options: RunOptions = {},
): Promise<CommandOutcome> {
  if (script.includes('\0')) {
    throw stepFailure('INTERNAL', connection.name, 'a script contains a NUL character');
  }
  const { signal } = options;
  const release = await connection.commands.acquire(signal);
  // An abort ends the wait alone. The command keeps its place and its open outputs: closing them
  // would end it by SIGPIPE in the middle of whatever it does.
  const running = execute(connection, script).finally(release);
  return signal === undefined ? running : untilAborted(running, signal);
}

async function execute(connection: SshConnection, script: string): Promise<CommandOutcome> {
  const marker = randomBytes(16).toString('hex');
  const channel = await openChannel(connection, ROOT_SHELL);
  const { end, stdout, stderr } = await converse(channel, wrapScript(script, marker));
  if (end.kind === 'lost') throw connectionLost(connection);

  const scriptStdout = afterMarker(stdout.text(), marker);
  if (scriptStdout === undefined) throw scriptNotStarted(connection.name, end, stdout.text(), stderr.text());
  if (stdout.overflowed) {
    throw stepFailure('INTERNAL', connection.name, 'a command wrote more than 4 MiB to its standard output');
  }
  const text = stderr.text();
  return { ...end, stdout: scriptStdout, stderr: afterMarker(text, marker) ?? text };
}

/**
 * `sh -s` runs each command as soon as it has read it, so a connection cut while the script travels
 * would run half of it. As one group it is parsed whole first, and a cut group is a syntax error.
 * The marker lines part the script's output from what a login shell's start-up files print.
 */
function wrapScript(script: string, marker: string): string {
  return `{ echo ${marker}; echo ${marker} >&2\n${script}\n} </dev/null\n`;
}

function afterMarker(text: string, marker: string): string | undefined {
  const at = text.indexOf(`${marker}\n`);
  return at < 0 ? undefined : text.slice(at + marker.length + 1);
}

interface Conversation {
  end: ChannelEnd;
  stdout: OutputBuffer;
  stderr: OutputBuffer;
}

function converse(channel: ClientChannel, stdin: string): Promise<Conversation> {
  return new Promise((resolve) => {
    const stdout = new OutputBuffer(STDOUT_LIMIT_BYTES, 'first');
    const stderr = new OutputBuffer(STDERR_KEPT_BYTES, 'last');
    // Both are read to their end whatever their size: they share one window, and one unread output
    // would stall the other.
    channel.on('data', (chunk: Buffer) => {
      stdout.add(chunk);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      stderr.add(chunk);
    });
    channel.on('error', () => undefined); // a write to a command that has ended; its end is told below
    onChannelEnd(channel, (end) => {
      resolve({ end, stdout, stderr });
    });
    channel.end(stdin);
  });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', aborted);
    });
  });
}
