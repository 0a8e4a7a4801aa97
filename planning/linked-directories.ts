import type { CopyMode, LinkedDirectory, OldLinkedDirectory } from '../workflows/contract/target.js';
import type { ClusterFacts, OpenRecord, RecordedDirectory, ServerFacts, TablespaceFacts } from './facts.js';

/** Of the copy and of the old cluster, what lies outside of their data directories. */
export interface Linked {
  linked: LinkedDirectory[];
  oldLinked: OldLinkedDirectory[];
}

/**
 * A tablespace lies on the follower at the path it has on the leader; pg_wal where the follower's own is, if that
 * is a link. All that the old cluster has is moved aside, whether or not something of the copy takes its place.
 *
 * Once a copy was begun its directories are those on record, and once a swap was begun the old ones too: in
 * the middle of it neither the old links nor the old directories can be seen where they were. So it is with pg_wal
 * once its link was deleted in place.
 */
export function linkedDirectories(
  leader: ServerFacts,
  facts: ClusterFacts,
  op: string,
  record: OpenRecord | undefined,
): Linked {
  const recorded = record?.directories ?? [];
  return {
    linked:
      record?.values.incomingInode === undefined
        ? plannedDirectories(leader, facts, op, recorded)
        : recorded.flatMap(({ kind, link, from, to }) =>
            kind === 'new' && link !== undefined
              ? [
                  {
                    link,
                    path: to,
                    incoming: from,
                    replaced: replacedPath(to, op),
                    ...leaderPathOf(leader, link),
                  },
                ]
              : [],
          ),
    oldLinked: recorded.some(({ kind, link }) => kind === 'old' && link === undefined)
      ? recorded.flatMap(({ kind, link, from, to }) =>
          kind === 'old' && link !== undefined ? [{ link, path: from, replaced: to }] : [],
        )
      : facts.files.links.flatMap(({ kind, link, path }) =>
          // A link to nothing takes nothing along.
          kind === 'directory' ? [{ link, path, replaced: replacedPath(path, op) }] : [],
        ),
  };
}

function plannedDirectories(
  leader: ServerFacts,
  facts: ClusterFacts,
  op: string,
  recorded: readonly RecordedDirectory[],
): LinkedDirectory[] {
  const wal =
    recorded.find(({ kind, link }) => kind === 'wipes' && link === 'pg_wal')?.from ??
    facts.files.links.find(({ link }) => link === 'pg_wal')?.path;
  return [
    ...(wal === undefined ? [] : [{ link: 'pg_wal', path: wal }]),
    ...leader.tablespaces.flatMap(({ oid, location }) => {
      const place = facts.places?.[location];
      return place === undefined ? [] : [{ link: linkOf(oid), path: place.path, leaderPath: location }];
    }),
  ].map((one) => ({
    ...one,
    incoming: `${one.path}.incoming-${op}`,
    replaced: replacedPath(one.path, op),
  }));
}

const replacedPath = (path: string, op: string): string => `${path}.replaced-${op}`;

const linkOf = (oid: string): string => `pg_tblspc/${oid}`;

/** None where the leader has dropped it since. */
function leaderPathOf(leader: ServerFacts, link: string): { leaderPath?: string } {
  const found = leader.tablespaces.find(({ oid }) => linkOf(oid) === link);
  return found === undefined ? {} : { leaderPath: found.location };
}

/** As a target has them: absent where there are none; in place where they shall be in the end. */
export const shownLinked = ({ linked, oldLinked }: Linked, mode: CopyMode): Partial<Linked> => ({
  ...(linked.length === 0
    ? {}
    : {
        linked: linked.map((one) => (mode === 'in-place' ? { ...one, incoming: one.path } : one)),
      }),
  ...(oldLinked.length === 0 ? {} : { oldLinked }),
});

/** Made within pg_tblspc, for tests of PostgreSQL itself: a directory there instead of a link. */
export const isInPlace = ({ location }: Pick<TablespaceFacts, 'location'>): boolean =>
  !location.startsWith('/');

/** Only its running server knows the name of a tablespace. */
export function oldName({ server }: ClusterFacts, link: string): string {
  if (link === 'pg_wal') return link;
  const name = server?.tablespaces.find(({ oid }) => link === `pg_tblspc/${oid}`)?.name;
  return `tablespace ${name ?? link.slice('pg_tblspc/'.length)}`;
}

/** Tablespaces of the leader that a copy has no directory for, because they were made after it had begun. */
export const tablespacesWithout = (
  tablespaces: readonly { oid: string; name: string }[],
  linked: readonly LinkedDirectory[] = [],
): string[] =>
  tablespaces.filter(({ oid }) => !linked.some(({ link }) => link === linkOf(oid))).map(({ name }) => name);
