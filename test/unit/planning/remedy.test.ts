import { describe, expect, it } from 'vitest';
import { classifyData } from '../../../planning/classify.js';
import type { ClusterFacts, ServerFacts } from '../../../planning/facts.js';
import { courseOf, identifierFor, needsLeaderWork, remedyFor } from '../../../planning/remedy.js';
import { followerPlan } from '../../../planning/follower-plan.js';
import { followerTarget, leaderTarget } from '../../../planning/targets.js';
import type { FollowerClass, Repair } from '../../../workflows/contract/target.js';
import { STEPS, type StepId } from '../../../workflows/contract/steps.js';
import {
  controlData,
  freshServer,
  healthyPair,
  LEADER_SYSTEM,
  operation,
  OTHER_SYSTEM,
  sampleConfig,
  sampleFacts,
  settings,
} from './sample-facts.js';

interface Pair {
  leader: ServerFacts;
  follower: ServerFacts;
  facts: ClusterFacts;
}

const BESIDE = { mode: 'side-by-side' } as const;
const SLOT = 'rb_follower1_0a0b0c';
const CONNINFO = 'host=10.0.0.1 application_name=node2';

/** A follower that streams, changed; then what is done about it. */
function remedied(change: (pair: Pair) => void) {
  const { leader, follower } = healthyPair();
  const facts = sampleFacts('follower1', { server: follower });
  change({ leader, follower, facts });
  const classified = classifyData(facts, leader);
  return { class: classified.class, reasons: classified.reasons, ...remedyFor(classified, facts, leader) };
}

/** The same with its server stopped. */
const stopped = (change: (pair: Pair) => void) =>
  remedied((pair) => {
    delete pair.facts.server;
    Object.assign(pair.facts.files, {
      running: false,
      standbySignal: true,
      controlData: {
        ...controlData(LEADER_SYSTEM),
        state: 'shut down in recovery',
        minRecoveryLsn: '0/4FFFFF8',
        minRecoveryTimeline: 1,
      },
      fileSettings: {
        primary_conninfo: CONNINFO,
        primary_slot_name: SLOT,
        restore_command: '',
        max_connections: '100',
      },
    });
    pair.leader.slots = pair.leader.slots.map((slot) => ({ ...slot, active: false, activePid: null }));
    pair.leader.standbys = [];
    change(pair);
  });

const noReceiver = (pair: Pair): void => {
  pair.follower.walReceiver = null;
  pair.leader.standbys = [];
  pair.leader.slots = pair.leader.slots.map((slot) => ({ ...slot, active: false, activePid: null }));
};

describe('the remedy of a follower of this leader that runs', () => {
  it('is nothing for a healthy one', () => {
    expect(remedied(() => undefined)).toMatchObject({ class: 'healthy', remedy: 'none' });
  });

  it.each<[string, (pair: Pair) => void, object]>([
    [
      'connection, where it has no primary_conninfo',
      (pair) => {
        noReceiver(pair);
        pair.follower.settings = { ...pair.follower.settings, ...settings({ primary_conninfo: '' }) };
      },
      {
        repairs: ['connection'],
        slotName: SLOT,
        reasons: ['it has no primary_conninfo, so it receives nothing'],
      },
    ],
    ['connection, where it does not stream', noReceiver, { repairs: ['connection'], slotName: SLOT }],
    [
      'connection, where it streams from somebody else',
      (pair) => {
        pair.leader.standbys = [];
        pair.leader.slots = pair.leader.slots.map((slot) => ({ ...slot, active: false, activePid: null }));
      },
      { repairs: ['connection'], slotName: SLOT },
    ],
    [
      'connection and slot, where the slot is gone',
      (pair) => {
        noReceiver(pair);
        pair.leader.slots = [];
      },
      { repairs: ['connection', 'slot'], slotName: SLOT },
    ],
    [
      'slot alone, where it streams without one',
      (pair) => {
        pair.follower.walReceiver = { status: 'streaming', slot: null, timeline: 1 };
        pair.leader.slots = [];
      },
      { repairs: ['slot'] },
    ],
    [
      'limits, and not the pause they have caused',
      (pair) => {
        pair.follower.replayPaused = true;
        pair.follower.settings = { ...pair.follower.settings, ...settings({ max_connections: '50' }) };
        pair.leader.settings = { ...pair.leader.settings, ...settings({ max_connections: '100' }) };
      },
      { repairs: ['settings'], slotName: SLOT, reasons: ['max_connections is 50, the leader has 100'] },
    ],
    [
      'nothing about it, where a person paused it',
      (pair) => (pair.follower.replayPaused = true),
      { repairs: [], reasons: ['its replay is paused'] },
    ],
    ['nothing about it, where it only lags', (pair) => (pair.leader.flushLsn = '0/9000000'), { repairs: [] }],
  ])('repairs %s', (_, change, expected) => {
    expect(remedied(change)).toMatchObject({ class: 'repairable', remedy: 'repair', ...expected });
  });

  it('makes another slot where the old one has lost its WAL, or is of another kind', () => {
    for (const change of [{ walStatus: 'lost' }, { type: 'logical' }]) {
      const seen = remedied((pair) => {
        noReceiver(pair);
        pair.leader.slots = pair.leader.slots.map((slot) => ({ ...slot, ...change }));
      });
      expect(seen).toMatchObject({ remedy: 'repair', repairs: ['connection', 'slot'] });
      expect(seen).not.toHaveProperty('slotName');
    }
  });

  it('keeps the name its receiver has, which synchronous_standby_names may hold', () => {
    const seen = remedied((pair) => {
      noReceiver(pair);
      pair.follower.settings = { ...pair.follower.settings, ...settings({ primary_conninfo: CONNINFO }) };
    });
    expect(seen.applicationName).toBe('node2');
  });

  it('judges one that replays late by what it has received', () => {
    const late = (receiveLsn: string) =>
      remedied((pair) => {
        pair.follower.settings = {
          ...pair.follower.settings,
          ...settings({ recovery_min_apply_delay: '3600000' }),
        };
        Object.assign(pair.follower, { replayLsn: '0/1000000', receiveLsn });
      });
    expect(late('0/5000000')).toMatchObject({
      class: 'healthy',
      reasons: [/received/, /1 h.* late, by its recovery_min_apply_delay$/].map(
        (text) => expect.stringMatching(text) as string,
      ),
    });
    expect(late('0/2000000').class).toBe('repairable');
  });

  it('is a copy where the leader no longer has the WAL, from the very segment on', () => {
    const at = (receiveLsn: string) =>
      remedied((pair) => {
        noReceiver(pair);
        pair.leader.oldestWalLsn = '0/3000000';
        Object.assign(pair.follower, { receiveLsn, replayLsn: receiveLsn });
      });
    expect(at('0/3000000').remedy).toBe('repair');
    expect(at('0/3FFFFFF').remedy).toBe('repair');
    const gone = at('0/2FFFFFF');
    expect(gone).toMatchObject({ class: 'repairable', remedy: 'copy' });
    expect(gone.because).toBe(
      "it has come to 0/2FFFFFF, and the leader's WAL begins at 0/3000000: no repair brings back what lies between, so it is copied anew",
    );
    expect(identifierFor('repairable', sampleFacts('follower1'), BESIDE)).toBeUndefined();
  });

  it('is a repair where an archive may have that WAL, and where it streams', () => {
    const behind = (change: (pair: Pair) => void) =>
      remedied((pair) => {
        change(pair);
        pair.leader.oldestWalLsn = '0/9000000';
      });
    expect(
      behind((pair) => {
        noReceiver(pair);
        pair.facts.files.fileSettings.restore_command = 'cp /archive/%f %p';
      }).remedy,
    ).toBe('repair');
    expect(behind((pair) => (pair.follower.replayPaused = true)).remedy).toBe('repair');
  });
});

describe('the remedy of one that is stopped', () => {
  it('is a start, where nothing else is wrong', () => {
    expect(stopped(() => undefined)).toMatchObject({ class: 'down', remedy: 'start', slotName: SLOT });
  });

  it.each<[string, (pair: Pair) => void, string[]]>([
    ['connection', ({ facts }) => (facts.files.fileSettings.primary_conninfo = ''), ['connection']],
    ['slot', ({ leader }) => (leader.slots = []), ['slot']],
    [
      'limits, without which it would not start',
      ({ leader }) => (leader.settings = { ...leader.settings, ...settings({ max_connections: '200' }) }),
      ['settings'],
    ],
  ])('repairs its %s first', (_, change, repairs) => {
    expect(stopped(change)).toMatchObject({ class: 'down', remedy: 'repair', repairs });
  });

  it('is a copy where its WAL is gone', () => {
    expect(stopped(({ leader }) => (leader.oldestWalLsn = '0/5000000'))).toMatchObject({
      class: 'down',
      remedy: 'copy',
    });
  });
});

describe('a follower whose history is not the leader’s', () => {
  const promoted = (pair: Pair): void => {
    pair.leader.timeline = 2;
    pair.leader.timelineHistory = '1\t0/4000000\tno recovery target specified\n';
  };

  it('has diverged where it has received more than the leader had when it left', () => {
    expect(
      remedied((pair) => {
        promoted(pair);
        noReceiver(pair);
        pair.follower.receiveLsn = '0/4000001';
      }),
    ).toMatchObject({ class: 'diverged', remedy: 'copy' });
    expect(
      stopped((pair) => {
        promoted(pair);
      }).class,
    ).toBe('diverged');
  });

  it('follows on where it has not', () => {
    const seen = remedied((pair) => {
      promoted(pair);
      noReceiver(pair);
      Object.assign(pair.follower, { receiveLsn: '0/4000000', replayLsn: '0/4000000' });
    });
    expect(seen).toMatchObject({ class: 'repairable', remedy: 'repair' });
  });

  it('is no other’s where the leader was promoted a moment ago, and only its control file is behind', () => {
    const seen = remedied((pair) => {
      pair.leader.walTimeline = 2;
      pair.leader.timelineHistory = '1\t0/4000000\tno recovery target specified\n';
      pair.follower.walReceiver = { status: 'streaming', slot: SLOT, timeline: 2 };
    });
    expect(seen.class).not.toBe('standby-of-other');
    expect(seen.remedy).not.toBe('copy');
  });

  it('follows another leader where it is on a later timeline', () => {
    const seen = remedied(
      (pair) => (pair.follower.walReceiver = { status: 'streaming', slot: SLOT, timeline: 2 }),
    );
    expect(seen).toMatchObject({ class: 'standby-of-other', remedy: 'copy' });
  });
});

describe('the identifier', () => {
  const facts = sampleFacts('follower1', { server: freshServer() });
  it.each<FollowerClass>(['foreign', 'diverged', 'standby-of-other', 'subscriber', 'unreadable'])(
    'of %s is the system identifier',
    (name) => {
      expect(identifierFor(name, facts, BESIDE)).toBe(OTHER_SYSTEM);
      expect(identifierFor(name, sampleFacts('follower1'), BESIDE)).toBe(OTHER_SYSTEM);
    },
  );

  it('in place is asked for of whatever cluster goes for good', () => {
    for (const name of ['fresh', 'down', 'repairable', 'partial'] as const)
      expect(identifierFor(name, facts, { mode: 'in-place' })).toBe(OTHER_SYSTEM);
    const empty = sampleFacts('follower1');
    delete empty.files.controlData;
    expect(identifierFor('empty', empty, { mode: 'in-place' })).toBeUndefined();
    expect(identifierFor('partial', facts, { mode: 'in-place', begun: true })).toBeUndefined();
    expect(identifierFor('copied', facts, { mode: 'in-place' })).toBeUndefined();
  });

  it('is the path where none can be read', () => {
    const unreadable = sampleFacts('follower1');
    delete unreadable.files.controlData;
    expect(identifierFor('unreadable', unreadable, BESIDE)).toBe('/var/lib/postgresql/15/main');
  });

  it.each<FollowerClass>(['fresh', 'empty', 'partial', 'copied', 'down', 'repairable', 'healthy'])(
    'of %s is none',
    (name) => {
      expect(identifierFor(name, facts, BESIDE)).toBeUndefined();
    },
  );
});

describe('the steps of a remedy', () => {
  const config = sampleConfig();

  it('come in the order of the runbook', () => {
    const order = STEPS.map(({ id }) => id);
    for (const course of [
      courseOf(config, 'copy'),
      courseOf(config, 'copy', [], 'in-place'),
      courseOf(config, 'repair', ['settings', 'slot', 'connection']),
      courseOf(config, 'start'),
    ])
      expect(course).toEqual([...course].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    const without = (...ids: StepId[]): StepId[] => order.filter((id) => !ids.includes(id));
    expect(courseOf(config, 'copy')).toEqual(without('surveyAndPlan', 'wipeDataDirectory'));
    expect(courseOf(config, 'copy', [], 'in-place')).toEqual(
      without('surveyAndPlan', 'rehearseFollower', 'swapDataDirectory'),
    );
    expect(courseOf(sampleConfig({ prepareSwitchover: false }), 'copy')).not.toContain('prepareSwitchover');
  });

  it('never copy or swap in a repair', () => {
    const course = courseOf(config, 'repair', ['connection', 'slot', 'settings']);
    for (const id of [
      'takeBaseBackup',
      'verifyBaseBackup',
      'swapDataDirectory',
      'prepareSwitchover',
    ] as const)
      expect(course).not.toContain(id);
    expect(course.slice(-3)).toEqual(courseOf(config, 'start'));
    expect(courseOf(config, 'none')).toEqual([]);
  });

  it('need the leader for a connection or a slot only', () => {
    expect(needsLeaderWork(config, { remedy: 'copy' })).toBe(true);
    expect(needsLeaderWork(config, { remedy: 'repair', repairs: ['connection'] })).toBe(true);
    expect(needsLeaderWork(config, { remedy: 'repair', repairs: ['slot'] })).toBe(true);
    expect(needsLeaderWork(config, { remedy: 'repair', repairs: ['settings'] })).toBe(false);
    expect(needsLeaderWork(config, { remedy: 'start' })).toBe(false);
  });
});

describe('the card of a follower that keeps its data', () => {
  const card = (name: FollowerClass, repairs: Repair[]) => {
    const config = sampleConfig();
    const facts = sampleFacts('follower1', { server: freshServer() });
    const { leader } = healthyPair();
    const remedy = { remedy: 'repair' as const, repairs, slotName: SLOT };
    const target = followerTarget(config, 'follower1', facts, operation(), name, remedy);
    const leaderFacts = sampleFacts('leader', { server: leader });
    const plan = followerPlan(
      config,
      { server: leader, target: leaderTarget(config, leaderFacts, leader, operation(), 1) },
      { facts, target, classified: { class: name, reasons: ['why'] }, findings: [] },
      [],
    );
    expect(plan).toMatchObject({
      needsGate: true,
      course: courseOf(config, 'repair', repairs),
      remarks: ['why'],
    });
    expect(plan).not.toHaveProperty('destroys');
    expect(plan).not.toHaveProperty('identifier');
    return Object.fromEntries(plan.steps.map(({ step, commands }) => [step, commands]));
  };
  const FILE = '/var/lib/postgresql/15/main/postgresql.auto.conf';

  it('names only the lines that change, and a reload', () => {
    const { verifyStreaming, ...changes } = card('repairable', ['slot']);
    expect(verifyStreaming?.[0]).toMatch(/^SELECT pg_logical_emit_message/);
    expect(changes).toEqual({
      ensureSlot: [`SELECT pg_create_physical_replication_slot('${SLOT}', true)`],
      configureFollower: [`${FILE}: primary_slot_name = '${SLOT}'`, 'SELECT pg_reload_conf()'],
      startFollower: ['systemctl start postgresql@15-main.service'],
    });
    expect(card('repairable', ['connection']).configureFollower?.[0]).toMatch(
      new RegExp(`^${FILE}: primary_conninfo = 'host=10.0.0.1 `),
    );
  });

  it('names a restart for its limits, and none of a server that does not run', () => {
    const limits = expect.stringMatching(
      /^\S+: max_connections, .* = the leader's, where its own is lower$/,
    ) as string;
    expect(card('repairable', ['settings']).configureFollower).toEqual([
      limits,
      'systemctl restart postgresql@15-main.service',
    ]);
    expect(card('down', ['settings']).configureFollower).toEqual([limits]);
  });
});
