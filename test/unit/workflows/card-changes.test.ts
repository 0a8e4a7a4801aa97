import { describe, expect, it } from 'vitest';
import { findingChanges, followerChanges, leaderChanges } from '../../../workflows/contract/card-changes.js';
import type { FollowerPlan, LeaderPlan } from '../../../workflows/contract/plan.js';
import type { ServerUse } from '../../../workflows/contract/target.js';
import { samplePlan } from '../client/sample.js';

const IDLE: ServerUse = { clientSessions: 0, walSenders: 0, walLsn: '0/1' };

function follower(change: (plan: FollowerPlan) => void = () => undefined): FollowerPlan {
  const plan = structuredClone(samplePlan.followers['follower1']);
  if (plan === undefined) throw new Error('no sample');
  plan.target.fingerprintLines = ['class=fresh', 'databases=1 4 5', 'inode=7'];
  plan.target.use = { ...IDLE };
  change(plan);
  return plan;
}

function leader(change: (plan: LeaderPlan) => void = () => undefined): LeaderPlan {
  const plan = structuredClone(samplePlan.leader);
  if (plan === undefined) throw new Error('no sample');
  change(plan);
  return plan;
}

describe("a follower's card", () => {
  it('has no changes where only what drifts is other', () => {
    const later = follower((plan) => {
      plan.freeBytes -= 1;
      plan.copyBytes += 1;
      plan.target.use = { ...IDLE, walLsn: '0/2' };
    });
    expect(followerChanges(follower(), later)).toEqual([]);
  });

  it('names the keys of the fingerprint, the databases, the use and the commands that are other', () => {
    const later = follower((plan) => {
      plan.target.fingerprintLines = ['class=partial', 'databases=1 4 5 16384', 'inode=7', 'pgWal=/w=x'];
      plan.target.use = { ...IDLE, clientSessions: 2 };
      plan.destroys?.databases.push('orders');
      plan.steps.at(-1)?.commands.splice(0, 1, 'systemctl stop other');
    });
    expect(followerChanges(follower(), later)).toEqual([
      { what: 'class', from: 'fresh', to: 'partial' },
      { what: 'databases', from: '1 4 5', to: '1 4 5 16384' },
      { what: 'pgWal', from: '', to: '/w=x' },
      { what: 'database names', from: 'postgres', to: 'postgres, orders' },
      { what: 'client sessions', from: '0', to: '2' },
      { what: 'command', from: 'systemctl stop postgresql@15-main.service', to: '' },
      { what: 'command', from: '', to: 'systemctl stop other' },
    ]);
  });

  it('tells that a server was stopped', () => {
    const later = follower((plan) => {
      delete plan.target.use;
    });
    expect(followerChanges(follower(), later)).toEqual([
      { what: 'server', from: 'running', to: 'stopped' },
      { what: 'client sessions', from: '0', to: '' },
      { what: 'WAL senders', from: '0', to: '' },
    ]);
  });
});

it("the leader's card tells a restart, another's pending change and another command", () => {
  expect(leaderChanges(leader(), leader())).toEqual([]);
  const later = leader((plan) => {
    plan.target.postmasterStartTime = 'later';
    plan.target.pendingEdits.push('work_mem');
    plan.steps.push({ step: 'restartLeader', host: 'leader', what: '', commands: ['again'] });
  });
  expect(leaderChanges(leader(), later)).toEqual([
    { what: 'running since', from: '2026-11-20T08:00:00.123456Z', to: 'later' },
    { what: "somebody else's pending change", from: '', to: 'work_mem' },
    { what: 'command', from: '', to: 'again' },
  ]);
});

it('findings come and go, those of other hosts aside', () => {
  const [known] = samplePlan.findings;
  if (known === undefined) throw new Error('no sample');
  const other = { ...known, message: 'new' };
  expect(findingChanges('leader', [known], [other, { ...other, host: 'follower1' }])).toEqual([
    { what: 'finding', from: known.message, to: '' },
    { what: 'finding', from: '', to: 'new' },
  ]);
});
