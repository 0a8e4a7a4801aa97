import { describe, expect, it } from 'vitest';
import type { ClusterFacts, OpenRecord, PlaceFacts, ServerFacts } from '../../../../planning/facts.js';
import { copyRooms } from '../../../../planning/findings/copy-rooms.js';
import { blockOn } from '../../../../planning/findings/finding.js';
import { leaderDataFindings } from '../../../../planning/findings/leader-data-findings.js';
import { linkedFindings, mountedFindings } from '../../../../planning/findings/linked-findings.js';
import { roomFindings } from '../../../../planning/findings/room-findings.js';
import {
  linkedDirectories,
  shownLinked,
  tablespacesWithout,
} from '../../../../planning/linked-directories.js';
import { backupArguments, swapCommands } from '../../../../planning/step-commands.js';
import { followerTarget, leaderTarget } from '../../../../planning/targets.js';
import type { Finding } from '../../../../workflows/contract/plan.js';
import type { CopyMode, FollowerTarget } from '../../../../workflows/contract/target.js';
import {
  freshServer,
  GB,
  operation,
  sampleConfig,
  sampleFacts,
  sampleLink,
  samplePlace,
  sampleServer,
  sampleTablespace,
  type FactsChange,
} from '../sample-facts.js';

interface Case {
  /** The leader's, at `/srv/<name>`. */
  tablespaces?: string[];
  /** What is on the follower there, if it is not merely absent. */
  places?: Record<string, Partial<PlaceFacts>>;
  files?: FactsChange['files'];
  record?: OpenRecord;
  mode?: CopyMode;
}

const FAST = ['fast'];
const own = (kind: Partial<PlaceFacts> = {}): Partial<PlaceFacts> => ({
  kind: 'directory',
  owner: 'postgres',
  entries: ['PG_15_202209061'],
  ...kind,
});
const oldFast = sampleLink('pg_tblspc/20000', '/srv/fast');
const wal = sampleLink('pg_wal', '/wal/15', { fileSystem: 'wal-fs', mountPoint: '/wal' });

function look({ tablespaces = [], places = {}, files = {}, record, mode = 'side-by-side' }: Case): {
  leader: ServerFacts;
  facts: ClusterFacts;
  target: FollowerTarget;
} {
  const leader = sampleServer({
    tablespaces: tablespaces.map((name, index) => sampleTablespace(name, String(16384 + index))),
  });
  const facts = sampleFacts('follower1', { server: freshServer(), files });
  facts.places = Object.fromEntries(
    leader.tablespaces.map(({ location }) => [location, samplePlace(location, places[location])]),
  );
  const target = followerTarget(sampleConfig(), 'follower1', facts, operation(), 'fresh', undefined, mode);
  Object.assign(target, shownLinked(linkedDirectories(leader, facts, target.op.id, record), mode));
  return { leader, facts, target };
}

function findingsOf(change: Case, begun = false): Finding[] {
  const { leader, facts, target } = look(change);
  const block = blockOn('follower1');
  return [
    ...linkedFindings(leader, facts, target, block, begun),
    ...(target.mode === 'side-by-side' ? mountedFindings(leader, facts, target, block) : []),
  ];
}

describe('directories outside of the data directory', () => {
  it('lie at the paths of the leader; the old ones move aside, all of them', () => {
    const other = sampleLink('pg_tblspc/16384', '/srv/other');
    const { target } = look({ tablespaces: ['fast', 'slow'], files: { links: [wal, other, oldFast] } });
    const aside = (path: string) => ({ path, replaced: `${path}.replaced-a1b2c3d4` });
    expect(target.linked).toEqual([
      { link: 'pg_wal', incoming: '/wal/15.incoming-a1b2c3d4', ...aside('/wal/15') },
      ...['fast', 'slow'].map((name, index) => ({
        link: `pg_tblspc/${String(16384 + index)}`,
        incoming: `/srv/${name}.incoming-a1b2c3d4`,
        leaderPath: `/srv/${name}`,
        ...aside(`/srv/${name}`),
      })),
    ]);
    expect(target.oldLinked).toEqual([
      { link: 'pg_wal', ...aside('/wal/15') },
      { link: 'pg_tblspc/16384', ...aside('/srv/other') },
      { link: 'pg_tblspc/20000', ...aside('/srv/fast') },
    ]);
  });

  it('are none of the plan where there are none', () => {
    const { target } = look({});
    expect(target).not.toHaveProperty('linked');
    expect(target).not.toHaveProperty('oldLinked');
  });

  it('lie where a link on the follower leads, which stays', () => {
    const { target } = look({ tablespaces: FAST, places: { '/srv/fast': { path: '/data/fast' } } });
    expect(target.linked?.[0]).toMatchObject({ path: '/data/fast', leaderPath: '/srv/fast' });
  });

  it('are those on record once the copy, or the swap, was begun', () => {
    const directories: OpenRecord['directories'] = [
      { kind: 'new', link: 'pg_tblspc/16384', from: '/srv/fast.incoming-x', to: '/srv/fast' },
      { kind: 'new', link: 'pg_wal', from: '/wal/15.incoming-x', to: '/wal/15' },
    ];
    const record = { op: 'a1b2c3d4', values: { incomingInode: '7' }, hasJob: true, directories };
    const begun = look({ tablespaces: ['fast', 'late'], files: { links: [wal] }, record }).target;
    expect(begun.linked?.map(({ link, path, leaderPath }) => [link, path, leaderPath])).toEqual([
      ['pg_tblspc/16384', '/srv/fast', '/srv/fast'],
      ['pg_wal', '/wal/15', undefined],
    ]);
    expect(begun.oldLinked?.map(({ path }) => path)).toEqual(['/wal/15']);
    // In the middle of the swap there is no data directory to look into.
    const old: OpenRecord['directories'] = [
      { kind: 'old', from: '/data', to: '/data.replaced-x' },
      { kind: 'old', link: 'pg_tblspc/20000', from: '/srv/fast', to: '/srv/fast.replaced-x' },
    ];
    const swapping = look({
      tablespaces: FAST,
      files: { exists: false },
      record: { ...record, directories: [...directories, ...old] },
    }).target;
    expect(swapping.oldLinked).toEqual([
      { link: 'pg_tblspc/20000', path: '/srv/fast', replaced: '/srv/fast.replaced-x' },
    ]);
    expect(swapping.linked).toHaveLength(2);
  });

  it('are copied to where they shall be in place, pg_wal by the record once its link is gone', () => {
    const record: OpenRecord = {
      op: 'a1b2c3d4',
      values: { wipeIntent: 'x', wiped: 'yes' },
      hasJob: true,
      directories: [
        { kind: 'wipes', from: '/data', to: '/data' },
        { kind: 'wipes', link: 'pg_wal', from: '/wal/15', to: '/wal/15' },
      ],
    };
    const { target } = look({ tablespaces: FAST, record, mode: 'in-place' });
    expect(target.linked?.map(({ link, incoming, path }) => [link, incoming, path])).toEqual([
      ['pg_wal', '/wal/15', '/wal/15'],
      ['pg_tblspc/16384', '/srv/fast', '/srv/fast'],
    ]);
  });

  it('stand in the commands of copy and swap, the data directory first and last', () => {
    const { facts, leader, target } = look({ tablespaces: ['a=b c'], files: { links: [wal] } });
    const leaders = leaderTarget(sampleConfig(), facts, leader, operation('0badcafe'), 1);
    expect(backupArguments(sampleConfig(), leaders, target)).toEqual(
      expect.arrayContaining([
        '--waldir=/wal/15.incoming-a1b2c3d4',
        '--tablespace-mapping=/srv/a\\=b c=/srv/a\\=b c.incoming-a1b2c3d4',
      ]),
    );
    const data = '/var/lib/postgresql/15/main';
    expect(swapCommands(target)).toEqual([
      'systemctl stop postgresql@15-main.service',
      `mv -T ${data} ${data}.replaced-a1b2c3d4`,
      'mv -T /wal/15 /wal/15.replaced-a1b2c3d4',
      `ln -sfT /wal/15.replaced-a1b2c3d4 ${data}.replaced-a1b2c3d4/pg_wal`,
      'mv -T /wal/15.incoming-a1b2c3d4 /wal/15',
      `ln -sfT /wal/15 ${data}.incoming-a1b2c3d4/pg_wal`,
      "mv -T '/srv/a=b c.incoming-a1b2c3d4' '/srv/a=b c'",
      `ln -sfT '/srv/a=b c' ${data}.incoming-a1b2c3d4/pg_tblspc/16384`,
      `mv -T ${data}.incoming-a1b2c3d4 ${data}`,
    ]);
  });
});

describe('nothing stands against', () => {
  it.each<[string, Case]>([
    ['a place where nothing is', { tablespaces: FAST }],
    ['an empty directory', { tablespaces: FAST, places: { '/srv/fast': own({ entries: [] }) } }],
    [
      "the old cluster's own tablespace of the path",
      { tablespaces: FAST, places: { '/srv/fast': own() }, files: { links: [oldFast] } },
    ],
    [
      'a mount point that is copied to in place',
      {
        tablespaces: FAST,
        places: { '/srv/fast': own({ isMount: true }) },
        files: { links: [{ ...oldFast, isMount: true }] },
        mode: 'in-place',
      },
    ],
    ['one the leader does not have', { files: { links: [oldFast] } }],
    [
      "another cluster's files elsewhere",
      { tablespaces: FAST, files: { usedByOthers: [{ cluster: '14/old', path: '/srv/faster' }] } },
    ],
  ])('%s', (_, change) => {
    expect(findingsOf(change)).toEqual([]);
  });
});

describe('stands against moving them', () => {
  const at = (path: Partial<PlaceFacts>): Case => ({ tablespaces: FAST, places: { '/srv/fast': path } });
  it.each<[string, Case, RegExp]>([
    [
      'LINKED_PARENT_MISSING',
      at({ kind: 'nowhere' }),
      /tablespace fast would lie at \/srv\/fast, but the directory above/,
    ],
    ['LINKED_PARENT_MISSING', at({ enterable: false }), /where postgres cannot come/],
    ['LINKED_PATH_TAKEN', at({ kind: 'other' }), /\/srv\/fast, of tablespace fast, is taken/],
    ['LINKED_PATH_TAKEN', at(own()), /is taken by something else\nIt holds PG_15_202209061\.$/],
    [
      'LINKED_PATH_TAKEN',
      {
        ...at(own({ entries: ['PG_15_202209061', 'notes'] })),
        files: { links: [{ ...oldFast, entries: ['PG_15_202209061', 'notes'] }] },
      },
      /It holds notes\.$/,
    ],
    [
      'LINKED_PATH_TAKEN',
      {
        files: {
          links: [sampleLink('pg_tblspc/9', '/srv/old', { entries: ['PG_14_1', 'PG_15_202209061'] })],
        },
      },
      /\/srv\/old, of its own tablespace 9, is taken by something else\nIt holds PG_14_1\.$/,
    ],
    ['LINKED_PATH_MOUNTED', at(own({ isMount: true, entries: [] })), /is a mount point/],
    ['LINKED_PATH_MOUNTED', { files: { links: [{ ...wal, isMount: true }] } }, /pg_wal lies at \/wal\/15/],
    ['MOUNT_BELOW', at(own({ mountsBelow: ['/srv/fast/x'], entries: [] })), /is mounted: \/srv\/fast\/x/],
    [
      'LINKED_PATH_SHARED',
      { ...at(own()), files: { usedByOthers: [{ cluster: '15/second', path: '/srv/fast' }] } },
      /is used by another cluster of this host: 15\/second/,
    ],
    [
      'LINKED_PATH_SHARED',
      { ...at({}), files: { usedByOthers: [{ cluster: '15/second', path: '/srv' }] } },
      /15\/second/,
    ],
    [
      'LINKED_PATH_UNUSABLE',
      at({ path: '/var/lib/postgresql/15/main/fast' }),
      /inside of the data directory/,
    ],
    [
      'LINKED_PATH_UNUSABLE',
      { tablespaces: ['fast', 'slow'], places: { '/srv/slow': { path: '/srv/fast/slow' } } },
      /tablespace slow would lie at \/srv\/fast\/slow, inside of or at \/srv\/fast/,
    ],
    [
      'LINKED_PATH_UNUSABLE',
      { tablespaces: ['fast', 'slow'], places: { '/srv/slow': { path: '/srv/fast' } } },
      /inside of or at \/srv\/fast/,
    ],
    [
      'LINKED_PATH_UNUSABLE',
      { tablespaces: Array.from({ length: 21 }, (_, index) => `t${String(index)}`) },
      /21 directories outside of its data directory; at most 20/,
    ],
  ])('%s', (code, change, words) => {
    const found = findingsOf(change).filter(({ severity }) => severity === 'blocker');
    expect(found.map((one) => one.code)).toEqual([code]);
    expect(found.map(({ message, detail = '' }) => `${message}\n${detail}`.trim())[0]).toMatch(words);
    expect(found[0]?.message).toMatch(/^follower1: .*[^.]$/);
  });

  it('a tablespace of the leader that was made after the copy had begun', () => {
    const record = { op: 'a1b2c3d4', values: { incomingInode: '7' }, hasJob: true };
    const found = findingsOf({ tablespaces: FAST, record }, true);
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['TABLESPACE_ADDED', 'follower1: the leader has made tablespaces since the copy began: fast'],
    ]);
    expect(tablespacesWithout([{ oid: '1', name: 'x' }], undefined)).toEqual(['x']);
  });

  it.each([
    ['made in place', 'pg_tblspc/16384'],
    ['inside of the data directory', '/var/lib/postgresql/15/main/inside'],
    ['of a name in two lines', '/srv/a\nb'],
  ])('a tablespace of the leader %s', (_, location) => {
    const server = sampleServer({ tablespaces: [sampleTablespace('odd', '1', { location })] });
    const found = leaderDataFindings(sampleFacts('leader', { server }), server, 'leader');
    expect(found.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'info TABLESPACES',
      'blocker TABLESPACE_UNUSABLE',
    ]);
  });
});

describe('the room of a copy', () => {
  it('is counted where each part lies', () => {
    const apart = look({ tablespaces: ['fast', 'slow'], files: { links: [wal] } });
    const rooms = copyRooms(apart.leader, apart.facts, apart.target);
    expect(
      rooms.map(({ mount, room }) => [mount, room.dataBytes / GB, (room.growthBytes / GB).toFixed(2)]),
    ).toEqual([
      ['/', 8, '0.40'],
      ['/wal', 0, '0.50'],
      ['/srv', 2, '0.10'],
    ]);
    // On the file system of the data directory it is one sum.
    const together = look({ tablespaces: FAST, places: { '/srv/fast': { fileSystem: 'root-fs' } } });
    expect(copyRooms(together.leader, together.facts, together.target)).toMatchObject([
      { mount: '/', room: { dataBytes: 10 * GB } },
    ]);
  });

  it('is short where one file system has too little', () => {
    const { leader, facts, target } = look({
      tablespaces: FAST,
      places: { '/srv/fast': { freeBytes: 2 * GB, fileSystemBytes: 10 * GB } },
    });
    const found = roomFindings({ facts, server: leader }, facts, target, blockOn('follower1'));
    expect(found.map(({ code, message, detail }) => [code, message, detail])).toEqual([
      [
        'NO_ROOM_SIDE_BY_SIDE',
        'follower1: its file system /srv has 2048 MB free, the copy needs 3123 MB',
        '1024 MB of data + 5 % for what is written meanwhile (51 MB) + a reserve of 2048 MB (5 % of the file system, at least 2 GB) = 3123 MB.',
      ],
    ]);
  });
});
