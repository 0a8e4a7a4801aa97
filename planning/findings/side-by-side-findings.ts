import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import type { Linked } from '../linked-directories.js';
import type { Block } from './finding.js';
import { mountedFindings } from './linked-findings.js';
import { roomFindings } from './room-findings.js';

/** What forbids a copy beside the old data and the swap after it. */
export const sideBySideFindings = (
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  linked: Linked,
  block: Block,
): Finding[] => [
  ...placeFindings(facts, block),
  ...mountedFindings(leader.server, facts, linked, block),
  ...roomFindings(leader, facts, linked, block),
];

/** A directory that cannot be moved aside, or that something stays behind in. */
export function placeFindings({ files }: ClusterFacts, block: Block): Finding[] {
  const found: Finding[] = [];
  if (files.exists && files.isMount)
    found.push(block('DATA_DIRECTORY_MOUNTED', 'its data directory is a mount point'));
  return [...found, ...mountFindings(files.mountsBelow, block)];
}

/** It would move with the directory and come back at the next boot; in place pg_basebackup finds it in its way. */
export const mountFindings = (mounts: readonly string[], block: Block): Finding[] =>
  mounts.length === 0
    ? []
    : [block('MOUNT_BELOW', `below its data directory is mounted: ${mounts.join(', ')}`)];
