import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { CommandIo } from '../io.js';
import type { ConfigDraft } from './config-text.js';
import type { SshAnswer, SshOutcome } from './ssh-answer.js';

const USER = /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/;
const DEFAULTS = { user: 'ops', identityFile: '~/.ssh/id_ed25519', knownHosts: '~/.ssh/known_hosts' };

/** One host as the operator named it, and what ssh makes of that. */
export interface AskedHost {
  typed: string;
  outcome: SshOutcome;
}

/**
 * The configuration's one `ssh:` section. The leader's answer gives it; where another host's differs, a
 * remark says so, because the worker logs in everywhere as the same user with the same key.
 */
export function sshDraft(
  hosts: readonly AskedHost[],
  env: CommandIo['env'],
): { ssh: ConfigDraft['ssh']; remarks: string[] } {
  const home = env['HOME'] ?? homedir();
  const answers = hosts.flatMap(({ typed, outcome }) =>
    outcome.kind === 'read' ? [{ typed, answer: outcome.answer, ...settingsOf(outcome.answer, home) }] : [],
  );
  const [first] = answers;
  const user = first?.user ?? env['USER'] ?? userInfo().username;
  const ssh = {
    user: USER.test(user) ? user : DEFAULTS.user,
    identityFile: first?.identityFile ?? DEFAULTS.identityFile,
    knownHosts: first?.knownHosts ?? DEFAULTS.knownHosts,
  };
  return {
    ssh,
    remarks: [
      ...(USER.test(user) ? [] : [`"${user}" cannot be a user name here`]),
      ...answers.flatMap((one) => differences(one, ssh)),
      ...answers
        .filter(({ answer }) => answer.proxied)
        .map(
          ({ typed }) =>
            `ssh reaches ${typed} through a jump host; the worker does not, it connects by itself`,
        ),
      ...hosts.flatMap(({ typed, outcome }) =>
        outcome.kind === 'failed' ? [`ssh -G ${typed} failed (${outcome.reason}); these are defaults`] : [],
      ),
      ...(hosts.some(({ outcome }) => outcome.kind === 'absent')
        ? ['there is no ssh on this machine; these are defaults']
        : []),
    ],
  };
}

type Settings = Partial<ConfigDraft['ssh']>;

/** Of many keys the first that is there. A security key (`_sk`) needs somebody's finger: never one of those. */
function settingsOf({ user, identityFiles, knownHostsFiles }: SshAnswer, home: string): Settings {
  const there = (paths: string[]): string | undefined =>
    paths.find((path) => isRooted(path) && existsSync(path.replace(/^~(?=\/)/, home)));
  const identityFile = there(identityFiles.filter((path) => !/_sk$/.test(path)));
  const knownHosts = there(knownHostsFiles.filter((path) => path !== '/dev/null'));
  return {
    user,
    ...(identityFile === undefined ? {} : { identityFile: underHome(identityFile, home) }),
    ...(knownHosts === undefined ? {} : { knownHosts: underHome(knownHosts, home) }),
  };
}

const isRooted = (path: string): boolean => path.startsWith('/') || path.startsWith('~/');

const underHome = (path: string, home: string): string =>
  path.startsWith(join(home, '/')) ? `~/${path.slice(join(home, '/').length)}` : path;

function differences({ typed, ...of }: Settings & { typed: string }, ssh: ConfigDraft['ssh']): string[] {
  const different = (what: string, own: string | undefined, common: string): string[] =>
    own === undefined || own === common
      ? []
      : [`ssh takes ${what} ${own} for ${typed}; the runbook has one for all hosts`];
  return [
    ...(USER.test(of.user ?? '') ? different('the user', of.user, ssh.user) : []),
    ...different('the key', of.identityFile, ssh.identityFile),
    ...different('the known_hosts file', of.knownHosts, ssh.knownHosts),
  ];
}
