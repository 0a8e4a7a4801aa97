import { describe, expect, it } from 'vitest';
import { classifyData } from '../../../planning/classify.js';
import { lossesOf } from '../../../planning/losses.js';
import {
  controlData,
  freshServer,
  LEADER_SYSTEM,
  sampleFacts,
  sampleServer,
  settings,
  type FactsChange,
} from './sample-facts.js';

function losses(change: FactsChange, leader = sampleServer()): string[] {
  const facts = sampleFacts('follower1', change);
  return lossesOf(classifyData(facts, leader), facts, leader);
}

const promoted = sampleServer({
  timeline: 2,
  timelineHistory: '1\t0/4000000\tno recovery target specified\n',
});

describe('what is lost with', () => {
  it('a former leader: what it wrote after the new one had left', () => {
    const old = sampleServer({ timeline: 1, flushLsn: '0/4800000' });
    expect(losses({ server: old }, promoted)).toEqual([
      "it left the leader's history at 0/4000000 on timeline 1, and is at 0/4800000 on timeline 1 now; rows written to it after that exist only there: 8192 kB of WAL",
    ]);
  });

  it('a former leader that is stopped, by its control file', () => {
    const files = { controlData: { ...controlData(LEADER_SYSTEM), checkpointLsn: '0/4000028' } };
    expect(losses({ files }, promoted)[0]).toMatch(
      /left .* at 0\/4000000 on timeline 1, and is at 0\/4000028 .*: 40 bytes of WAL$/,
    );
  });

  it('a promoted copy: its own history says where', () => {
    const copy = sampleServer({ timeline: 3, timelineHistory: '1\t0/3000000\tx\n', flushLsn: '0/3000000' });
    expect(losses({ server: copy })[0]).toMatch(
      /^it left the leader's history at 0\/3000000 on timeline 1.*: 0 bytes of WAL$/,
    );
  });

  it('a twin on the same timeline: that cannot be told, and is said', () => {
    expect(losses({ server: sampleServer() })).toEqual([
      "the rows written to it by itself; where it left the leader's history cannot be told, and is at 0/5000000 on timeline 1 now (the leader: timeline 1)",
    ]);
  });

  it('a former leader: whoever reads from it', () => {
    const server = sampleServer({
      slots: [
        { name: 's', type: 'logical', active: false, activePid: null, walStatus: null, retainedBytes: 0 },
      ],
      standbys: [
        {
          pid: 1,
          applicationName: 'other',
          clientAddress: null,
          state: 'streaming',
          replayLsn: null,
          replyAgeSeconds: 1,
        },
      ],
    });
    expect(losses({ server }).slice(1)).toEqual([
      'standby other replicates from it',
      'its own logical slot s, with what its user has not read yet',
    ]);
  });

  it('a standby of another leader: its place there, named without a password', () => {
    const server = freshServer({
      inRecovery: true,
      settings: settings({
        primary_conninfo: 'host=10.9.9.9 port=5433 user=rep password=secret',
        primary_slot_name: 'node7',
      }),
    });
    const found = losses({ server });
    expect(found).toEqual([
      'it follows the leader at 10.9.9.9:5433, and will not any more',
      'its slot node7 stays on that leader and keeps WAL there until it is dropped',
    ]);
  });

  it('a subscriber: each slot that leaks, and where', () => {
    const subscribed = [
      { name: 'sub1', database: 'app', slot: 'sub1_slot', conninfo: 'host=pub.internal password=secret' },
      { name: 'sub2', database: 'app', slot: null, conninfo: 'postgresql://u:secret@/x' },
    ];
    const server = freshServer({ subscriptions: 2, subscribed, databases: ['app', 'postgres'] });
    expect(losses({ server })).toEqual([
      'subscription sub1 of database app; its slot sub1_slot stays on pub.internal and keeps WAL there until it is dropped',
      'subscription sub2 of database app to a publisher its connection string does not name; it has no slot there',
    ]);
  });

  it('very many is told in a few lines', () => {
    const subscribed = Array.from({ length: 40 }, (_, index) => ({
      name: `sub${String(index)}`,
      database: 'app',
      slot: null,
      conninfo: 'host=pub',
    }));
    const found = losses({ server: freshServer({ subscriptions: 40, subscribed }) });
    expect(found).toHaveLength(13);
    expect(found.at(-1)).toBe('and 28 more of these');
  });

  it('a fresh one, or one with databases, nothing but them', () => {
    expect(losses({ server: freshServer() })).toEqual([]);
    expect(losses({ server: freshServer({ databases: ['app'] }) })).toEqual([]);
  });
});
