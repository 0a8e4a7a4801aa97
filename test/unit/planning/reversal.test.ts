import { describe, expect, it } from 'vitest';
import { adopt, ownRecord, unfinishedReversal } from '../../../planning/adopt-operation.js';
import type { ClusterFacts, KeptFacts, OpenRecord } from '../../../planning/facts.js';
import { keptFindings } from '../../../planning/findings/kept-findings.js';
import { purgeFindings, undoFindings } from '../../../planning/findings/reversal-findings.js';
import { chooseReversal, type Choice } from '../../../planning/reversal.js';
import { putBackCommands } from '../../../planning/reversal-commands.js';
import { followerTarget } from '../../../planning/targets.js';
import type { SurveyInput } from '../../../workflows/contract/activities.js';
import type { FollowerTarget } from '../../../workflows/contract/target.js';
import { GB, healthyPair, MB, sampleConfig, sampleFacts, settings } from './sample-facts.js';

const CLAIMANT = { workflowId: 'replication/orders', runId: 'run-9', server: 'here', requester: 'alice' };
const DATA = '/var/lib/postgresql/15/main';

const record = (op: string, change: Record<string, string> = {}): OpenRecord => ({
  op,
  hasJob: true,
  values: {
    op,
    workflowId: 'replication/orders',
    server: 'here',
    runId: 'run-1',
    epoch: '1',
    openedAt: '2026-11-20T10:00:00Z',
    incomingInode: '42',
    swapped: 'yes',
    old: 'x',
    ...change,
  },
});

const kept = (op: string, change: Partial<KeptFacts> = {}): KeptFacts => ({
  op,
  kind: 'replaced',
  path: DATA,
  keptAs: `${DATA}.replaced-${op}`,
  sizeBytes: 40 * MB,
  intact: true,
  ...change,
});

const closed = (op: string, change: Record<string, string> = {}): OpenRecord =>
  record(op, { closedAt: '2026-11-20T11:00:00Z', ...change });

const facts = (files: Partial<ClusterFacts['files']>): ClusterFacts => {
  const { follower } = healthyPair();
  return sampleFacts('follower1', {
    server: follower,
    files: { inode: '42', standbySignal: true, ...files },
  });
};

const choose = (kind: 'undo' | 'purge', files: Partial<ClusterFacts['files']>): Choice =>
  chooseReversal(kind, facts(files).files, CLAIMANT);

describe('what an undo is about', () => {
  it('is the newest operation that has swapped, one epoch up', () => {
    const choice = choose('undo', {
      closedRecords: [closed('bbbbbbbb', { openedAt: '2026-11-21T10:00:00Z' }), closed('aaaaaaaa')],
      kept: [kept('aaaaaaaa'), kept('bbbbbbbb')],
    });
    expect(choice).toMatchObject({
      op: { id: 'bbbbbbbb', epoch: 2, adopted: true },
      directories: [{ keptAs: `${DATA}.replaced-bbbbbbbb` }],
    });
  });

  it('is the one that was begun, at the same epoch within the same run', () => {
    const open = record('aaaaaaaa', { undo: 'begun', runId: 'run-9', epoch: '4' });
    expect(choose('undo', { records: [open] })).toMatchObject({
      op: { id: 'aaaaaaaa', epoch: 4, adopted: false },
    });
  });

  it('is also a run that ended past its swap without closing its operation', () => {
    const choice = choose('undo', { records: [record('aaaaaaaa')], kept: [kept('aaaaaaaa')] });
    expect(choice).toMatchObject({ op: { id: 'aaaaaaaa' } });
  });

  it.each<[string, Partial<ClusterFacts['files']>, string, string]>([
    ['there was none', {}, 'NOTHING_TO_UNDO', 'no operation'],
    [
      'it was undone',
      { closedRecords: [closed('aaaaaaaa', { undoneAt: 'T' })] },
      'NOTHING_TO_UNDO',
      'undone at T',
    ],
    [
      'it was purged',
      { closedRecords: [closed('aaaaaaaa', { purgedAt: 'T' })] },
      'NOTHING_TO_UNDO',
      'purged at T',
    ],
    [
      'a purge has begun',
      { records: [record('aaaaaaaa', { purge: 'begun' })] },
      'REVERSAL_UNFINISHED',
      'purge',
    ],
    [
      'a run is before its swap',
      { records: [record('aaaaaaaa', { swapped: '' })] },
      'HOST_CLAIMED',
      'is open',
    ],
    [
      'another run is at work',
      { records: [record('aaaaaaaa', { server: 'there' })] },
      'HOST_CLAIMED',
      'is open',
    ],
  ])('is nothing when %s', (_, files, code, because) => {
    const choice = choose('undo', files);
    expect(choice).toMatchObject({ code, blocks: code !== 'NOTHING_TO_UNDO' });
    expect(choice).toHaveProperty('because', expect.stringContaining(because));
  });

  it('is nothing when the run was in place: its record has set nothing aside', () => {
    const inPlace = closed('aaaaaaaa');
    Reflect.deleteProperty(inPlace.values, 'old');
    expect(choose('undo', { closedRecords: [inPlace] })).toMatchObject({ code: 'NOTHING_TO_UNDO' });
  });
});

describe('what a purge is about', () => {
  it('is all that was set aside and is as recorded, under the newest operation', () => {
    const choice = choose('purge', {
      closedRecords: [
        closed('aaaaaaaa', { undoneAt: 'T' }),
        closed('bbbbbbbb', { openedAt: '2026-11-21T10:00:00Z' }),
      ],
      kept: [
        kept('aaaaaaaa', { kind: 'displaced', keptAs: `${DATA}.displaced-aaaaaaaa` }),
        kept('bbbbbbbb'),
        kept('bbbbbbbb', { link: 'pg_wal', intact: false }),
      ],
    });
    expect(choice).toMatchObject({ op: { id: 'bbbbbbbb' } });
    expect('directories' in choice && choice.directories.map(({ op }) => op)).toEqual([
      'aaaaaaaa',
      'bbbbbbbb',
    ]);
  });

  it('is nothing where nothing is left, and blocked while a run is open', () => {
    expect(choose('purge', { closedRecords: [closed('aaaaaaaa')] })).toMatchObject({
      code: 'NOTHING_TO_PURGE',
    });
    expect(choose('purge', { records: [record('aaaaaaaa')] })).toMatchObject({
      code: 'HOST_CLAIMED',
      blocks: true,
    });
  });

  it('is one that was cut off after it had deleted everything', () => {
    expect(choose('purge', { records: [record('aaaaaaaa', { purge: 'begun' })] })).toMatchObject({
      op: { id: 'aaaaaaaa' },
      directories: [],
    });
  });
});

describe('what stands against an undo', () => {
  const { leader } = healthyPair();
  const look = (seen: ClusterFacts, values = closed('aaaaaaaa').values, at = leader) => {
    const target = targetOf(seen);
    return undoFindings(at, seen, target, values).map(({ severity, code }) => `${severity} ${code}`);
  };
  const good = { kept: [kept('aaaaaaaa')] };

  it('is nothing where the follower is as the run left it', () => {
    expect(look(facts(good))).toEqual([]);
  });

  it.each<[string, ClusterFacts, string]>([
    ['another data directory', facts({ ...good, inode: '43' }), 'blocker UNDO_UNEXPECTED'],
    ['missing data', facts({}), 'blocker REPLACED_DATA_MISSING'],
    ['other data', facts({ kept: [kept('aaaaaaaa', { intact: false })] }), 'blocker REPLACED_DATA_MISSING'],
    ['a promotion', promoted(), 'blocker FOLLOWER_PROMOTED'],
    ['a promotion before it was stopped', stopped(), 'blocker FOLLOWER_PROMOTED'],
    ['clients', used({ clientSessions: 2 }), 'warning FOLLOWER_IN_USE'],
    ['standbys of its own', used({ walSenders: 1 }), 'warning FOLLOWER_IN_USE'],
  ])('is %s', (_, seen, found) => {
    expect(look(seen)).toEqual([found]);
  });

  it('is a directory that a link led to, too', () => {
    const values = closed('aaaaaaaa', { 'old.pg_tblspc/16384': 'x' }).values;
    expect(look(facts(good), values)).toEqual(['blocker REPLACED_DATA_MISSING']);
    expect(
      look(facts({ kept: [...good.kept, kept('aaaaaaaa', { link: 'pg_tblspc/16384' })] }), values),
    ).toEqual([]);
  });

  it('is that commits on the leader wait for it', () => {
    const named = { ...leader, settings: settings({ synchronous_standby_names: 'FIRST 1 (follower1)' }) };
    expect(look(facts(good), undefined, named)).toEqual(['blocker FOLLOWER_SYNCHRONOUS']);
  });

  it('is nothing any more once it has begun to move', () => {
    expect(look(facts({ inode: '7' }), record('aaaaaaaa', { undo: 'begun' }).values)).toEqual([]);
  });

  function promoted(): ClusterFacts {
    const seen = facts(good);
    if (seen.server !== undefined) seen.server.inRecovery = false;
    return seen;
  }
  function stopped(): ClusterFacts {
    const { server: _, ...seen } = facts({ ...good, standbySignal: false });
    return seen;
  }
  function used(change: Partial<NonNullable<ClusterFacts['server']>>): ClusterFacts {
    const seen = facts(good);
    if (seen.server !== undefined) Object.assign(seen.server, change);
    return seen;
  }
});

describe('what stands against a purge', () => {
  const seen = facts({ kept: [kept('aaaaaaaa', { intact: false })] });

  it('is a follower that does not stream, where its former data would go', () => {
    const target = targetOf(seen);
    target.reversal = { directories: [], needsStream: true };
    const codes = (name: 'healthy' | 'diverged') =>
      purgeFindings(seen, target, { class: name, reasons: [] }).map(
        ({ severity, code }) => `${severity} ${code}`,
      );
    expect(codes('diverged')).toEqual(['blocker NOT_STREAMING', 'warning REPLACED_DATA_MISSING']);
    expect(codes('healthy')).toEqual(['warning REPLACED_DATA_MISSING']);
    delete target.reversal.needsStream;
    expect(codes('diverged')).toEqual(['warning REPLACED_DATA_MISSING']);
  });
});

describe('an operation that an undo or a purge has begun on', () => {
  const input = { claimant: CLAIMANT, ops: {} } as unknown as SurveyInput;

  it.each(['undo', 'purge'])('is adopted by no set-up: %s', (kind) => {
    const records = [record('aaaaaaaa', { [kind]: 'begun' })];
    expect(unfinishedReversal(records)?.op).toBe('aaaaaaaa');
    expect(adopt(input, records, 'ffffffff', () => true)).toEqual({
      id: 'ffffffff',
      epoch: 1,
      adopted: false,
    });
  });

  it('is told from one of a set-up', () => {
    const records = [record('aaaaaaaa')];
    expect(unfinishedReversal(records)).toBeUndefined();
    expect(ownRecord(input, 'follower1', records)?.op).toBe('aaaaaaaa');
  });
});

describe('the commands of an undo', () => {
  it('move the data directory first and bring it back last, and quote what has blanks', () => {
    const target = targetOf(facts({}));
    const space = '/srv/table space';
    target.reversal = {
      directories: [
        kept('aaaaaaaa', { kind: 'displaced', keptAs: `${DATA}.displaced-aaaaaaaa` }),
        kept('aaaaaaaa', {
          kind: 'displaced',
          link: 'pg_tblspc/1',
          path: space,
          keptAs: `${space}.displaced-aaaaaaaa`,
        }),
        kept('aaaaaaaa'),
        kept('aaaaaaaa', { link: 'pg_tblspc/2', path: space, keptAs: `${space}.replaced-aaaaaaaa` }),
      ],
    };
    expect(putBackCommands(target)).toEqual([
      'systemctl stop postgresql@15-main.service',
      `mv -T ${DATA} ${DATA}.displaced-aaaaaaaa`,
      `mv -T '${space}' '${space}.displaced-aaaaaaaa'`,
      `mv -T '${space}.replaced-aaaaaaaa' '${space}'`,
      `mv -T ${DATA}.replaced-aaaaaaaa ${DATA}`,
    ]);
  });
});

describe('data that is kept', () => {
  const now = Date.parse('2026-11-24T12:00:00Z');
  const found = (files: Partial<ClusterFacts['files']>) =>
    keptFindings('follower1', facts({ closedRecords: [closed('aaaaaaaa')], ...files }), now);

  it('is not mentioned for a while', () => {
    expect(found({ kept: [kept('aaaaaaaa')] })).toEqual([]);
    expect(found({})).toEqual([]);
  });

  it('is mentioned after a week, with its size and both ways out', () => {
    const [finding] = found({
      closedRecords: [closed('aaaaaaaa', { closedAt: '2026-11-10T11:00:00Z' })],
      kept: [kept('aaaaaaaa')],
    });
    expect(finding).toMatchObject({ severity: 'info', code: 'REPLACED_DATA_KEPT' });
    expect(finding?.message).toBe(
      'follower1: former data takes 40 MB, the oldest since 2026-11-10T11:00:00Z',
    );
    expect(finding?.hint).toMatch(/purge.*undo/);
  });

  it('is a warning where it takes much of the disk, and a copy that was moved aside cannot be undone', () => {
    const [finding] = found({ kept: [kept('aaaaaaaa', { kind: 'displaced', sizeBytes: 50 * GB })] });
    expect(finding).toMatchObject({ severity: 'warning', code: 'REPLACED_DATA_KEPT' });
    expect(finding?.hint).not.toContain('undo');
  });
});

function targetOf(seen: ClusterFacts): FollowerTarget {
  const op = { id: 'aaaaaaaa', epoch: 2, adopted: true };
  return followerTarget(sampleConfig(), 'follower1', seen, op, 'healthy', { remedy: 'undo', repairs: [] });
}
