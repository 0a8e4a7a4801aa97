import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import type { Linked } from '../linked-directories.js';
import { formatBytes } from '../format.js';
import { copyRooms } from './copy-rooms.js';
import type { Block } from './finding.js';
import { bytesNeededBecause, inodesNeeded } from './room.js';

/** Whether the copy fits beside the old data: bytes, and files. */
export function roomFindings(
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  linked: Partial<Linked>,
  block: Block,
): Finding[] {
  const { files } = facts;
  const found: Finding[] = [];
  for (const { mount, room } of copyRooms(leader.server, facts, linked))
    if (room.freeBytes < room.neededBytes)
      found.push(
        block(
          'NO_ROOM_SIDE_BY_SIDE',
          `its file system ${mount} has ${formatBytes(room.freeBytes)} free, the copy needs ${formatBytes(room.neededBytes)}`,
          { detail: bytesNeededBecause(room) },
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
