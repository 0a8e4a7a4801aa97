import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import type { Block } from './finding.js';
import { bytesNeeded, bytesNeededBecause, inodesNeeded } from './room.js';

/** Whether the copy fits beside the old data: bytes, and files. */
export function roomFindings(
  leader: { facts: ClusterFacts; server: ServerFacts },
  { files }: ClusterFacts,
  block: Block,
): Finding[] {
  const found: Finding[] = [];
  const { databaseBytes } = leader.server;
  const bytes = bytesNeeded(databaseBytes, files.fileSystemBytes);
  if (files.freeBytes < bytes)
    found.push(
      block(
        'NO_ROOM_SIDE_BY_SIDE',
        `its file system ${files.mountPoint} has ${formatBytes(files.freeBytes)} free, the copy needs ${formatBytes(bytes)}`,
        { detail: bytesNeededBecause(databaseBytes, files.fileSystemBytes) },
      ),
    );
  const inodes = inodesNeeded(leader.facts.files.fileCount);
  if (files.fileSystemInodes > 0 && files.freeInodes < inodes)
    found.push(
      block(
        'INODES_SHORT',
        `its file system ${files.mountPoint} has ${String(files.freeInodes)} free inodes, the copy needs ${String(inodes)}`,
        {
          detail: `${String(leader.facts.files.fileCount)} files on the leader + 10 % for what it makes meanwhile + a reserve of 1000.`,
        },
      ),
    );
  return found;
}
