import { describe, expect, it } from 'vitest';
import {
  classify,
  classifyData,
  IDENTIFIED_CLASSES,
  isLevel,
  REFUSED_CLASSES,
} from '../../../planning/classify.js';
import type { ClusterFacts, ServerFacts } from '../../../planning/facts.js';
import type { FollowerClass } from '../../../workflows/contract/target.js';
import {
  controlData,
  freshServer,
  healthyPair,
  LEADER_SYSTEM,
  OTHER_SYSTEM,
  sampleFacts,
  sampleServer,
  type FactsChange,
} from './sample-facts.js';

const follower = (change: FactsChange): ClusterFacts => sampleFacts('follower1', change);
const stopped = (systemIdentifier: string, standbySignal = false): ClusterFacts =>
  follower({
    files: {
      controlData: controlData(systemIdentifier),
      standbySignal,
      fileSettings: { primary_conninfo: 'host=10.0.0.1', primary_slot_name: 'rb_follower1_0a0b0c' },
    },
  });

describe('what is in the data directory', () => {
  it.each<[FollowerClass, string, ClusterFacts, RegExp]>([
    ['empty', 'no directory', follower({ files: { exists: false, entries: 0 } }), /no data directory/],
    ['fresh', 'a new cluster', follower({ server: freshServer() }), /new cluster/],
    [
      'foreign',
      'a database',
      follower({ server: freshServer({ databases: ['app', 'postgres'] }) }),
      /^database app$/,
    ],
    [
      'foreign',
      'tables',
      follower({ server: freshServer({ userTables: 2 }) }),
      /^2 tables in database postgres$/,
    ],
    ['foreign', 'a role', follower({ server: freshServer({ userRoles: ['app'] }) }), /^role app$/],
    [
      'foreign',
      "another database's absence of the name postgres",
      follower({ server: freshServer({ databases: ['template2'] }) }),
      /^database template2$/,
    ],
    [
      'subscriber',
      'a subscription',
      follower({ server: freshServer({ subscriptions: 1, databases: ['app'] }) }),
      /1 logical/,
    ],
    [
      'leader-like',
      'a slot',
      follower({
        server: freshServer({
          slots: [
            {
              name: 's',
              type: 'logical',
              active: false,
              activePid: null,
              walStatus: 'reserved',
              retainedBytes: 0,
            },
          ],
        }),
      }),
      /^slot s$/,
    ],
    [
      'leader-like',
      'a standby',
      follower({ server: freshServer({ standbys: healthyPair().leader.standbys }) }),
      /^standby follower1$/,
    ],
    ['diverged', 'an old leader', follower({ server: sampleServer() }), /not in recovery/],
    ['diverged', 'an old leader, stopped', stopped(LEADER_SYSTEM), /without standby.signal/],
    ['down', 'a follower, stopped', stopped(LEADER_SYSTEM, true), /stopped/],
    ['unreadable', 'another cluster, stopped', stopped(OTHER_SYSTEM), /contents cannot be listed/],
    ['unreadable', 'another standby, stopped', stopped(OTHER_SYSTEM, true), /contents cannot be listed/],
    [
      'unreadable',
      'a server that does not answer',
      follower({ files: { running: true } }),
      /takes no connection/,
    ],
    [
      'standby-of-other',
      'a standby',
      follower({ server: freshServer({ inRecovery: true }) }),
      new RegExp(OTHER_SYSTEM),
    ],
  ])('%s: %s', (expected, _, facts, reason) => {
    const classified = classifyData(facts, healthyPair().leader);
    expect(classified.class).toBe(expected);
    expect(classified.reasons).toHaveLength(1);
    expect(classified.reasons[0]).toMatch(reason);
  });

  it('is empty where the directory is', () => {
    const facts = follower({ files: { entries: 0 } });
    delete facts.files.pgVersion;
    delete facts.files.controlData;
    expect(classifyData(facts, sampleServer()).class).toBe('empty');
  });

  it('is unreadable without a control file, whatever else lies there', () => {
    const facts = follower({ files: { entries: 1 } });
    delete facts.files.pgVersion;
    delete facts.files.controlData;
    expect(classifyData(facts, sampleServer()).class).toBe('unreadable');
  });

  it('is foreign for each thing of its own', () => {
    const server = freshServer({ databases: ['app', 'postgres'], userTables: 1, userRoles: ['x', 'y'] });
    expect(classifyData(follower({ server }), sampleServer()).reasons).toEqual([
      'database app',
      '1 table in database postgres',
      'role x',
      'role y',
    ]);
  });
});

describe('a standby of this leader', () => {
  type Change = (pair: { leader: ServerFacts; follower: ServerFacts }) => void;
  const judge = (change: Change) => {
    const pair = healthyPair();
    change(pair);
    return classifyData(follower({ server: pair.follower }), pair.leader);
  };

  it.each<[string, Change]>([
    ['as it should be', () => undefined],
    ['with an extended slot', ({ leader }) => slotOf(leader, { walStatus: 'extended' })],
    ['ahead of what the leader had flushed', (pair) => (pair.follower.replayLsn = '0/5000100')],
    [
      'right after the leader counted to a new 4 GB',
      (pair) => {
        pair.leader.flushLsn = '0/FFFFFFFF';
        pair.follower.replayLsn = '1/0';
      },
    ],
  ])('is healthy %s', (_, change) => {
    expect(judge(change).class).toBe('healthy');
  });

  it.each<[string, Change, string]>([
    ['no receiver', (pair) => (pair.follower.walReceiver = null), 'its WAL receiver does not stream'],
    [
      'a receiver that waits',
      (pair) => receiverOf(pair.follower, { status: 'waiting' }),
      'its WAL receiver does not stream',
    ],
    ['another timeline', (pair) => (pair.leader.timeline = 2), 'it receives timeline 1, the leader is on 2'],
    ['a pause', (pair) => (pair.follower.replayPaused = true), 'its replay is paused'],
    ['no slot', (pair) => receiverOf(pair.follower, { slot: null }), 'it uses no replication slot'],
    ['a slot that is gone', (pair) => (pair.leader.slots = []), 'the leader has no slot rb_follower1_0a0b0c'],
    [
      'a slot that lost its WAL',
      ({ leader }) => slotOf(leader, { walStatus: 'lost' }),
      'its slot rb_follower1_0a0b0c is active, lost',
    ],
    [
      'a slot nobody uses',
      ({ leader }) => slotOf(leader, { active: false }),
      'its slot rb_follower1_0a0b0c is inactive, reserved',
    ],
    ['no sender', ({ leader }) => (leader.standbys = []), 'the leader shows no WAL sender for its slot'],
    [
      'an old reply',
      ({ leader }) => (leader.standbys = leader.standbys.map((one) => ({ ...one, replyAgeSeconds: 90.4 }))),
      'its last reply to the leader is 90 s old',
    ],
    [
      'a lag, by number and not by text',
      (pair) => {
        pair.leader.flushLsn = '0/10000000';
        pair.follower.replayLsn = '0/9000000';
      },
      'it has replayed 0/9000000, the leader had flushed 0/10000000',
    ],
    [
      'nothing replayed',
      (pair) => (pair.follower.replayLsn = null),
      'it has replayed nothing, the leader had flushed 0/5000000',
    ],
  ])('is repairable with %s', (_, change, reason) => {
    const classified = judge(change);
    expect(classified.class).toBe('repairable');
    expect(classified.reasons).toContain(reason);
  });

  it('is repairable without standby.signal, whether it streams or not', () => {
    for (const walReceiver of [healthyPair().follower.walReceiver, null]) {
      const { leader, follower: server } = healthyPair();
      const facts = follower({ server: { ...server, walReceiver }, files: { standbySignal: false } });
      const classified = classifyData(facts, leader);
      expect(classified.class).toBe('repairable');
      expect(classified.reasons).toContain('its data directory has no standby.signal');
    }
  });
});

function slotOf(leader: ServerFacts, change: Partial<ServerFacts['slots'][number]>): void {
  leader.slots = leader.slots.map((slot) => ({ ...slot, ...change }));
}

function receiverOf(server: ServerFacts, change: Partial<NonNullable<ServerFacts['walReceiver']>>): void {
  if (server.walReceiver !== null) server.walReceiver = { ...server.walReceiver, ...change };
}

describe('with an operation of ours', () => {
  const absent = follower({ files: { exists: false, entries: 0 } });
  const fresh = follower({ server: freshServer() });
  const foreign = follower({ server: freshServer({ databases: ['app'] }) });
  const open = { op: 'a1b2c3d4' };
  const begun = { ...open, incomingInode: '7' };
  const intent = { ...begun, intent: 'f'.repeat(64), stoppedAtMs: '1800000000000' };
  const swapped = { ...intent, swapped: 'yes' };

  it.each<[FollowerClass, string, ClusterFacts, Record<string, string>, boolean]>([
    ['fresh', 'that has only begun', fresh, open, false],
    ['partial', 'that has begun its copy', fresh, begun, true],
    ['partial', 'that has begun its copy beside nothing', absent, begun, true],
    ['foreign', 'over data that was not there when it began', foreign, begun, true],
    ['unreadable', 'over a server that somebody stopped', stopped(OTHER_SYSTEM), begun, true],
    ['partial', 'cut off after it stopped the server', stopped(OTHER_SYSTEM), intent, true],
    ['partial', 'cut off before it stopped the server', fresh, intent, true],
    ['foreign', 'cut off in its swap, with data that came since', foreign, intent, true],
    ['copied', 'cut off between the renames', absent, intent, true],
    ['copied', 'past the swap, not started', stopped(LEADER_SYSTEM, true), swapped, true],
    ['copied', 'past the swap and healthy', follower({ server: healthyPair().follower }), swapped, true],
    ['healthy', 'that has not swapped anything', follower({ server: healthyPair().follower }), open, false],
    [
      'repairable',
      'that has repaired it and is not closed',
      follower({ server: healthyPair().follower }),
      { ...open, repairIntent: 'f'.repeat(64) },
      false,
    ],
    [
      'partial',
      'cut off after it stopped a follower it copies anew',
      stopped(LEADER_SYSTEM, true),
      intent,
      true,
    ],
  ])('%s: %s', (expected, _, facts, values, hasJob) => {
    const classified = classify(facts, healthyPair().leader, { values, hasJob });
    expect(classified.class).toBe(expected);
    expect(classified.reasons.join()).not.toBe('');
  });

  it('is what the data says without one', () => {
    expect(classify(fresh, sampleServer(), undefined).class).toBe('fresh');
  });
});

describe('the classes', () => {
  it('are each gone on with or refused under a code of their own', () => {
    const codes = Object.values(REFUSED_CLASSES);
    expect(new Set(codes).size).toBe(codes.length);
    for (const name of ['healthy', 'fresh', 'empty', 'copied', 'partial'] as const)
      expect(REFUSED_CLASSES[name]).toBeUndefined();
    for (const name of Object.keys(IDENTIFIED_CLASSES) as FollowerClass[])
      expect(REFUSED_CLASSES[name]).toBeUndefined();
    expect([...codes, ...Object.values(IDENTIFIED_CLASSES)]).toHaveLength(6);
  });
});

describe('a follower that is level', () => {
  it.each([
    ['has replayed to the flushed LSN', '0/5000000', '0/5000000', '0/5000000', true],
    ['has replayed beyond it', '0/5000100', '0/5000100', '0/5000000', true],
    ['has received a page that ends in the middle of a record', '0/5001F00', '0/5002000', '0/5002000', true],
    ['has not received that page', '0/5001F00', '0/5001F00', '0/5002000', false],
    ['holds back whole records', '0/5001F00', '0/5002080', '0/5002080', false],
    ['holds back more than a record', '0/5001F00', '0/6000000', '0/6000000', false],
    ['has replayed nothing', null, '0/5002000', '0/5002000', false],
  ])('%s: %s of %s, flushed %s', (_, replayLsn, receiveLsn, flushLsn, level) => {
    expect(isLevel({ replayLsn, receiveLsn }, flushLsn)).toBe(level);
  });
});
