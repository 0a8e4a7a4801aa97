import type { FollowerTarget, MountRoom } from '../../workflows/contract/plan.js';
import type { ClusterFacts, PlaceFacts, ServerFacts } from '../facts.js';
import { copyRoom } from './room.js';

type FileSystem = Pick<PlaceFacts, 'fileSystem' | 'mountPoint' | 'freeBytes' | 'fileSystemBytes'>;

/**
 * The room a copy side by side needs, by file system, that of the data directory first: a tablespace takes its
 * room where it lies, and pg_wal, if it is apart, what is written during the copy.
 */
export function copyRooms(leader: ServerFacts, facts: ClusterFacts, target: FollowerTarget): MountRoom[] {
  const apart = target.linked ?? [];
  const parts = apart.flatMap(({ link, path, leaderPath }) => {
    const { bytes = 0 } = leader.tablespaces.find(({ location }) => location === leaderPath) ?? {};
    const place =
      leaderPath === undefined
        ? facts.files.links.find((one) => one.path === path)
        : facts.places?.[leaderPath];
    // Where its parent is not there, nobody knows which file system it would lie on.
    return place === undefined || place.kind === 'nowhere'
      ? []
      : [{ place, bytes, wal: link === 'pg_wal' ? leader.databaseBytes : 0 }];
  });
  const elsewhere = parts.filter(({ place }) => place.fileSystem !== facts.files.fileSystem);
  const own = leader.databaseBytes - sum(elsewhere.map(({ bytes }) => bytes));
  const others = [...new Set(elsewhere.map(({ place }) => place.fileSystem))].flatMap((fileSystem) => {
    const there = elsewhere.filter(({ place }) => place.fileSystem === fileSystem);
    const [first] = there;
    if (first === undefined) return [];
    const bytes = sum(there.map((part) => part.bytes));
    return [roomOn(first.place, bytes, bytes + sum(there.map(({ wal }) => wal)))];
  });
  return [roomOn(facts.files, own, own), ...others];
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

const roomOn = (
  { mountPoint, freeBytes, fileSystemBytes }: FileSystem,
  dataBytes: number,
  growingBytes: number,
): MountRoom => ({
  mount: mountPoint,
  room: copyRoom(dataBytes, fileSystemBytes, freeBytes, growingBytes),
});
