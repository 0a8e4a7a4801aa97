import type { Finding } from '../../workflows/contract/plan.js';
import type { FollowerTarget } from '../../workflows/contract/target.js';
import type { ClusterFacts, LinkFacts, PlaceFacts, ServerFacts } from '../facts.js';
import { oldName, tablespacesWithout, type Linked } from '../linked-directories.js';
import { listed } from '../shorten.js';
import { finding, type Block } from './finding.js';

/** A plan must stay small, and each of them is in its commands several times. */
const MOST = 20;

/** A directory outside of the data directory, as a finding speaks of it. */
interface Part {
  what: string;
  link: string;
  path: string;
  place: PlaceFacts | undefined;
  /** Where the old cluster has it, too. */
  old: LinkFacts | undefined;
}

/** What stands against copying tablespaces and a linked pg_wal along with the data directory, in either mode. */
export function linkedFindings(
  leader: ServerFacts,
  facts: ClusterFacts,
  target: FollowerTarget,
  block: Block,
  begun: boolean,
): Finding[] {
  // What is emptied in place is not what was surveyed any more.
  if (begun && target.mode === 'in-place') return [];
  const parts = partsOf(leader, facts, target);
  const without = begun ? tablespacesWithout(leader.tablespaces, target.linked) : [];
  return [
    ...(parts.length > MOST
      ? [
          block(
            'LINKED_PATH_UNUSABLE',
            `it has, or would get, ${String(parts.length)} directories outside of its data directory; at most ${String(MOST)} are moved along`,
          ),
        ]
      : parts.flatMap((part) => placeFindings(part, facts, block))),
    ...nestedFindings(parts, target, block),
    ...(without.length === 0
      ? []
      : [
          block(
            'TABLESPACE_ADDED',
            `the leader has made tablespaces since the copy began: ${listed(without)}`,
          ),
        ]),
    ...walFinding(target),
  ];
}

/** What cannot be renamed, so that nothing can be put in its place beside the old data. */
export const mountedFindings = (
  leader: ServerFacts,
  facts: ClusterFacts,
  linked: Partial<Linked>,
  block: Block,
): Finding[] =>
  partsOf(leader, facts, linked).flatMap(({ what, path, place }) =>
    place?.isMount === true
      ? [
          block(
            'LINKED_PATH_MOUNTED',
            `${what} lies at ${path}, which is a mount point and cannot be renamed`,
          ),
        ]
      : [],
  );

const partsOf = (leader: ServerFacts, facts: ClusterFacts, linked: Partial<Linked>): Part[] => [
  ...newParts(leader, facts, linked),
  ...onlyOldParts(facts, linked),
];

function newParts(leader: ServerFacts, facts: ClusterFacts, { linked = [] }: Partial<Linked>): Part[] {
  return linked.map(({ link, path, leaderPath }) => {
    const name = leader.tablespaces.find(({ location }) => location === leaderPath)?.name;
    const old = facts.files.links.find((one) => one.path === path);
    const place = leaderPath === undefined ? old : facts.places?.[leaderPath];
    return { what: link === 'pg_wal' ? 'pg_wal' : `tablespace ${name ?? link}`, link, path, place, old };
  });
}

function onlyOldParts(facts: ClusterFacts, { linked = [], oldLinked = [] }: Partial<Linked>): Part[] {
  return oldLinked
    .filter(({ path }) => !linked.some((one) => one.path === path))
    .map(({ link, path }) => {
      const old = facts.files.links.find((one) => one.path === path);
      return { what: `its own ${oldName(facts, link)}`, link, path, place: old, old };
    });
}

function placeFindings(part: Part, facts: ClusterFacts, block: Block): Finding[] {
  const { what, path, place } = part;
  if (place === undefined) return [];
  if (place.kind === 'nowhere')
    return [
      block('LINKED_PARENT_MISSING', `${what} would lie at ${path}, but the directory above is not there`),
    ];
  if (!place.enterable)
    return [
      block(
        'LINKED_PARENT_MISSING',
        `${what} would lie at ${path}, where ${facts.listing.osUser} cannot come: it may not enter a directory above`,
      ),
    ];
  const sharers = sharersOf(path, facts);
  return [
    ...(place.mountsBelow.length === 0
      ? []
      : [block('MOUNT_BELOW', `below ${path}, of ${what}, is mounted: ${listed(place.mountsBelow)}`)]),
    ...(sharers.length === 0
      ? []
      : [
          block(
            'LINKED_PATH_SHARED',
            `${path}, of ${what}, is used by another cluster of this host: ${listed(sharers)}`,
          ),
        ]),
    ...(sharers.length > 0 ? [] : takenFindings(part, facts, block)),
  ];
}

const isWithin = (path: string, directory: string): boolean => path.startsWith(`${directory}/`);

const sharersOf = (path: string, { files }: ClusterFacts): string[] => [
  ...new Set(
    files.usedByOthers
      .filter((used) => used.path === path || isWithin(used.path, path) || isWithin(path, used.path))
      .map(({ cluster }) => cluster),
  ),
];

/** The directory must be the old cluster's alone, or empty, or not there. */
function takenFindings(part: Part, facts: ClusterFacts, block: Block): Finding[] {
  const { what, path, place } = part;
  if (place === undefined || place.kind === 'absent') return [];
  const others = place.kind === 'directory' ? foreignEntries(part, place, facts) : undefined;
  if (others?.length === 0) return [];
  return [
    block('LINKED_PATH_TAKEN', `${path}, of ${what}, is taken by something else`, {
      detail: others === undefined ? 'It is not a directory.' : `It holds ${listed(others)}.`,
    }),
  ];
}

function foreignEntries({ link, old }: Part, { entries }: PlaceFacts, { listing }: ClusterFacts): string[] {
  if (old?.link === 'pg_wal' && link === 'pg_wal') return [];
  const own = new RegExp(`^PG_${listing.version}_\\d+$`);
  return old === undefined || old.link === 'pg_wal' ? entries : entries.filter((name) => !own.test(name));
}

/** No rename moves one of them without the other, and none may be moved twice. */
function nestedFindings(parts: Part[], { location }: FollowerTarget, block: Block): Finding[] {
  const paths = [location.dataDirectory, ...parts.map(({ path }) => path)];
  return parts.flatMap(({ what, path }, index) => {
    const other = paths.find(
      (one, at) => at !== index + 1 && (isWithin(path, one) || (one === path && at < index + 1)),
    );
    return other === undefined
      ? []
      : [
          block(
            'LINKED_PATH_UNUSABLE',
            other === location.dataDirectory
              ? `${what} would lie at ${path}, inside of the data directory`
              : `${what} would lie at ${path}, inside of or at ${other}, which is another part of the cluster`,
          ),
        ];
  });
}

function walFinding({ name, linked = [] }: FollowerTarget): Finding[] {
  const wal = linked.find(({ link }) => link === 'pg_wal');
  return wal === undefined
    ? []
    : [
        finding(
          'info',
          'PG_WAL_LINKED',
          name,
          `its pg_wal is a link to ${wal.path}; that of the copy lies there, too`,
        ),
      ];
}
