import { isAbsolute, resolve } from 'node:path';
import type {
  FollowerConfig,
  HostConfig,
  NotifyConfig,
  PasswordSource,
  RunConfig,
} from '../../workflows/contract/config.js';
import type { RunbookYaml } from './schema.js';

/**
 * The contract's form of a checked configuration. Paths are the worker's: `~` stays for it to expand,
 * and only a relative path is tied to the configuration's folder, so that the same file means the same
 * wherever the command is typed.
 */
export function normalise(yaml: RunbookYaml, folder: string): RunConfig {
  const path = (text: string): string =>
    isAbsolute(text) || text.startsWith('~') ? text : resolve(folder, text);
  const { replication, copy, approval } = yaml;
  return {
    cluster: yaml.cluster,
    leader: { ...hostOf(yaml.leader), address: yaml.leader.address },
    followers: yaml.followers.map(followerOf),
    ssh: {
      user: yaml.ssh.user,
      identityFile: path(yaml.ssh.identityFile),
      knownHosts: path(yaml.ssh.knownHosts),
    },
    replication: {
      role: replication.role,
      password: passwordOf(replication.password, path),
      ...(replication.slotWalLimit === undefined ? {} : { slotWalLimitBytes: replication.slotWalLimit }),
      acceptUnboundedSlot: replication.acceptUnboundedSlot,
      prepareSwitchover: replication.prepareSwitchover,
      tls: replication.tls,
    },
    copy: {
      concurrency: copy.concurrency,
      ...(copy.maxRate === undefined ? {} : { maxRateBytesPerSecond: copy.maxRate }),
      checkpoint: copy.checkpoint,
      mode: copy.mode,
      ...(copy.compress === 'none' ? {} : { compress: copy.compress }),
      ...(copy.beginWindow === undefined ? {} : { beginWindow: copy.beginWindow }),
    },
    approval: {
      approvers: approval.approvers,
      fourEyes: approval.fourEyes,
      expireAfterMs: approval.expireAfter,
      validForMs: approval.validFor,
      swap: approval.swap,
      ...(approval.swapWindow === undefined ? {} : { swapWindow: approval.swapWindow }),
      driftWalBytes: approval.driftWal,
    },
    ...(yaml.notify === undefined ? {} : { notify: notifyOf(yaml.notify) }),
  };
}

const notifyOf = ({ command, webhook }: NonNullable<RunbookYaml['notify']>): NotifyConfig => ({
  ...(command === undefined ? {} : { command }),
  ...(webhook === undefined ? {} : { webhook }),
});

type YamlHost = RunbookYaml['followers'][number];

const followerOf = (follower: YamlHost): FollowerConfig => ({
  ...hostOf(follower),
  ...(follower.address === undefined ? {} : { address: follower.address }),
});

function hostOf(host: Omit<YamlHost, 'address'>): HostConfig {
  const { version, cluster } = host.postgres ?? {};
  const pinned = {
    ...(version === undefined ? {} : { version }),
    ...(cluster === undefined ? {} : { cluster }),
  };
  return {
    name: host.name,
    host: host.host,
    sshPort: host.sshPort,
    ...(Object.keys(pinned).length === 0 ? {} : { postgres: pinned }),
  };
}

function passwordOf(
  password: RunbookYaml['replication']['password'],
  path: (text: string) => string,
): PasswordSource {
  if (password === 'generate') return { kind: 'generate' };
  return 'file' in password
    ? { kind: 'file', path: path(password.file) }
    : { kind: 'env', name: password.env };
}
