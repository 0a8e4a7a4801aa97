import type { HostConfig, RunConfig } from '../workflows/contract/config.js';
import type { HostAddress } from './hosts/host.js';

export const addressOf = (config: RunConfig, host: HostConfig): HostAddress => ({
  name: host.name,
  host: host.host,
  sshPort: host.sshPort,
  ssh: config.ssh,
});

export function followerAddress(config: RunConfig, name: string): HostAddress {
  const follower = config.followers.find((candidate) => candidate.name === name);
  if (follower === undefined) throw new Error(`no follower ${name} in the configuration`);
  return addressOf(config, follower);
}

export const leaderAddress = (config: RunConfig): HostAddress => addressOf(config, config.leader);
