import { stepFailure } from '../failures.js';
import type { StepFailure } from '../failures.js';
import type { ChannelEnd } from './channel-end.js';

const DETAIL_CHARACTERS = 2_000;

/** Why a script never printed its first line. Only for an ending in which nothing of the script ran. */
export function scriptNotStarted(host: string, end: ChannelEnd, stdout: string, stderr: string): StepFailure {
  const said = `${stderr.trim()}\n${stdout.trim()}`.trim().slice(-DETAIL_CHARACTERS);
  const sudo = sudoFailure(host, stderr);
  if (sudo !== undefined) return sudo;
  if (/syntax error/i.test(stderr)) {
    return stepFailure('INTERNAL', host, 'the shell does not understand a script of the runbook', {
      detail: said,
    });
  }
  return stepFailure('COMMAND_FAILED', host, 'the host did not start the script', {
    detail: [how(end), said].filter((part) => part !== '').join(' '),
    hint: 'Log in as the ssh user by hand: its login shell must run commands (not /usr/sbin/nologin), and `sudo -n /bin/sh -c true` must succeed.',
  });
}

/** SUDO_REFUSED or HOST_TOOLS_MISSING when it was sudo, or its absence, that ended a command. */
export function sudoFailure(host: string, stderr: string): StepFailure | undefined {
  const said = stderr.trim().slice(-DETAIL_CHARACTERS);
  if (/\bsudo'?: (command )?(not found|no such file)/i.test(said)) {
    return stepFailure('HOST_TOOLS_MISSING', host, 'sudo is not installed', {
      detail: said,
      hint: 'Install the package sudo on the host.',
    });
  }
  if (REFUSALS.some((pattern) => pattern.test(said))) {
    return stepFailure('SUDO_REFUSED', host, 'sudo refuses the ssh user', {
      detail: said,
      hint: 'Give the ssh user a sudoers line with NOPASSWD and without requiretty; docs/security.md has one.',
    });
  }
  return undefined;
}

const REFUSALS = [
  /^sudo: a password is required/m,
  /^sudo: a terminal is required/m,
  /^sudo: sorry, you must have a tty/m,
  /^sudo: .*(account|policy|permission|effective uid|no new privileges)/im,
  /is not in the sudoers file/,
  /is not allowed to (execute|run)/,
];

function how(end: ChannelEnd): string {
  if (end.kind === 'exited') return `Exit status ${end.code}.`;
  return end.kind === 'signalled' ? `Ended by ${end.signal}.` : '';
}
