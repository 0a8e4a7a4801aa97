import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { formatBytes } from '../format.js';
import type { Linked } from '../linked-directories.js';
import { roomsInPlace } from './copy-rooms.js';
import type { Block } from './finding.js';
import { bytesNeededBecause, inodesNeeded, roomInPlace } from './room.js';
import { mountFindings } from './side-by-side-findings.js';

/** What forbids emptying the data directory and copying into it. */
export const inPlaceFindings = (
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  linked: Partial<Linked>,
  block: Block,
): Finding[] => [...emptyingFindings(facts, block), ...spaceFindings(leader, facts, linked, block)];

/** What cannot be emptied, or must not be. */
export function emptyingFindings({ files, listing }: ClusterFacts, block: Block): Finding[] {
  const found = mountFindings(files.mountsBelow, block);
  if (listing.configDirectory === listing.dataDirectory)
    found.push(
      block(
        'CONFIGURATION_INSIDE',
        'its configuration lies in its data directory, which is not emptied therefore',
      ),
    );
  if (files.lostFound === true)
    found.push(
      block('LOST_AND_FOUND', 'its data directory is the root of a file system and holds lost+found'),
    );
  if (files.exists && files.entries > 0 && files.pgVersion === undefined)
    found.push(
      block('FOLLOWER_UNREADABLE', 'its data directory has no PG_VERSION, so it is not emptied', {
        hint: 'Look what lies there. Where it may go, remove it by hand.',
      }),
    );
  return found;
}

/** Whether the copy fits where the old data was. */
function spaceFindings(
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  linked: Partial<Linked>,
  block: Block,
): Finding[] {
  const { files } = facts;
  const found: Finding[] = [];
  for (const { mount, room } of roomsInPlace(leader.server, facts, linked)) {
    const { freeBytes, freedBytes = 0, neededBytes } = room;
    if (freeBytes < neededBytes)
      found.push(
        block(
          'NO_ROOM_IN_PLACE',
          `with its old data gone its file system ${mount} would have ${formatBytes(freeBytes)} free, the copy needs ${formatBytes(neededBytes)}`,
          {
            detail: `${formatBytes(freeBytes - freedBytes)} free + ${formatBytes(freedBytes)} of old data. ${bytesNeededBecause(room)}`,
          },
        ),
      );
  }
  const room = roomInPlace(files);
  const inodes = inodesNeeded(leader.facts.files.fileCount);
  if (room.fileSystemInodes > 0 && room.freeInodes < inodes)
    found.push(
      block(
        'INODES_SHORT',
        `with its old data gone its file system ${room.mountPoint} would have ${String(room.freeInodes)} free inodes, the copy needs ${String(inodes)}`,
      ),
    );
  return found;
}
