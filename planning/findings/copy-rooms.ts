import type { MountRoom } from '../../workflows/contract/card.js';
import type { ClusterFacts, PlaceFacts, ServerFacts } from '../facts.js';
import type { Linked } from '../linked-directories.js';
import { copyRoom, roomInPlace } from './room.js';

type FileSystem = Pick<PlaceFacts, 'mountPoint' | 'freeBytes' | 'fileSystemBytes'>;

/** What lies outside of the data directory. */
interface Part {
  place: PlaceFacts;
  bytes: number;
  /** What the 5 % written meanwhile are of: in pg_wal of all data. */
  growingBytes: number;
}

/**
 * The room a copy side by side needs, by file system, that of the data directory first: a tablespace takes its
 * room where it lies, and pg_wal, if it is apart, what is written during the copy.
 */
export function copyRooms(leader: ServerFacts, facts: ClusterFacts, linked: Partial<Linked>): MountRoom[] {
  const { own, others } = byFileSystem(leader, facts, linked, facts.files.fileSystem);
  return [roomOn(facts.files, own, own), ...others.map((parts) => roomOf(parts, 0))];
}

/** The same for a copy in place, with the old data gone; of old tablespaces a running server tells the size. */
export function roomsInPlace(leader: ServerFacts, facts: ClusterFacts, linked: Partial<Linked>): MountRoom[] {
  const { files, server } = facts;
  const { own, others } = byFileSystem(
    leader,
    facts,
    linked,
    files.ownRoom === undefined ? files.fileSystem : undefined,
  );
  const first = roomInPlace(files);
  const freedOn = (fileSystem: string): number =>
    sum(
      files.links
        .filter((link) => link.fileSystem === fileSystem)
        .map(({ link }) => server?.tablespaces.find(({ oid }) => link === `pg_tblspc/${oid}`)?.bytes ?? 0),
    );
  const { mount, room } = roomOn(first, own, own);
  return [
    { mount, room: { ...room, freedBytes: first.freedBytes } },
    ...others.map((parts) => roomOf(parts, freedOn(parts[0]?.place.fileSystem ?? ''))),
  ];
}

/** Bytes that go to the data directory's file system, and what lies on each other one. */
function byFileSystem(
  leader: ServerFacts,
  facts: ClusterFacts,
  { linked = [] }: Partial<Linked>,
  ownFileSystem: string | undefined,
): { own: number; others: Part[][] } {
  const parts = linked.flatMap(({ link, path, leaderPath }): Part[] => {
    const { bytes = 0 } = leader.tablespaces.find(({ location }) => location === leaderPath) ?? {};
    const place =
      leaderPath === undefined
        ? facts.files.links.find((one) => one.path === path)
        : facts.places?.[leaderPath];
    // Where its parent is not there, nobody knows which file system it would lie on.
    return place === undefined || place.kind === 'nowhere'
      ? []
      : [{ place, bytes, growingBytes: link === 'pg_wal' ? leader.databaseBytes : bytes }];
  });
  const elsewhere = parts.filter(({ place }) => place.fileSystem !== ownFileSystem);
  return {
    own: leader.databaseBytes - sum(elsewhere.map(({ bytes }) => bytes)),
    others: [...new Set(elsewhere.map(({ place }) => place.fileSystem))].map((fileSystem) =>
      elsewhere.filter(({ place }) => place.fileSystem === fileSystem),
    ),
  };
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

const NOWHERE: FileSystem = { mountPoint: '', freeBytes: 0, fileSystemBytes: 0 };

const roomOf = (parts: Part[], freedBytes: number): MountRoom => {
  const { mountPoint, freeBytes, fileSystemBytes } = parts[0]?.place ?? NOWHERE;
  const { mount, room } = roomOn(
    { mountPoint, fileSystemBytes, freeBytes: freeBytes + freedBytes },
    sum(parts.map(({ bytes }) => bytes)),
    sum(parts.map(({ growingBytes }) => growingBytes)),
  );
  return { mount, room: freedBytes === 0 ? room : { ...room, freedBytes } };
};

const roomOn = (
  { mountPoint, freeBytes, fileSystemBytes }: FileSystem,
  dataBytes: number,
  growingBytes: number,
): MountRoom => ({
  mount: mountPoint,
  room: copyRoom(dataBytes, fileSystemBytes, freeBytes, growingBytes),
});
