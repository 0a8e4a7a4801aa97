import { describe, expect, it } from 'vitest';
import {
  adopt,
  claimedFinding,
  foreignRecord,
  isLeaderSide,
  ownRecord,
} from '../../../planning/adopt-operation.js';
import type { OpenRecord } from '../../../planning/facts.js';
import type { SurveyInput } from '../../../workflows/contract/activities.js';

const input = {
  claimant: { workflowId: 'replication/orders', runId: 'run-2', server: 'here', requester: 'alice' },
  ops: { follower1: '11111111' },
  leaderOp: '22222222',
} as unknown as SurveyInput;

const record = (op: string, values: Record<string, string> = {}): OpenRecord => ({
  op,
  hasJob: false,
  values: { op, workflowId: 'replication/orders', server: 'here', runId: 'run-1', epoch: '3', ...values },
});
const always = (): boolean => true;

describe('an open operation on a host', () => {
  it('is made new where there is none', () => {
    expect(adopt(input, [], '11111111', always)).toEqual({ id: '11111111', epoch: 1, adopted: false });
  });

  it('of an earlier run is adopted one epoch up', () => {
    expect(adopt(input, [record('aaaaaaaa')], '11111111', always)).toEqual({
      id: 'aaaaaaaa',
      epoch: 4,
      adopted: true,
    });
  });

  it('of this very run keeps its epoch', () => {
    const own = record('aaaaaaaa', { runId: 'run-2' });
    expect(adopt(input, [own], '11111111', always)).toEqual({ id: 'aaaaaaaa', epoch: 3, adopted: false });
  });

  it.each([{ workflowId: 'replication/billing' }, { server: 'elsewhere' }])(
    'of somebody else is a claim: %j',
    (other) => {
      const theirs = record('bbbbbbbb', { requester: 'bob', ...other });
      expect(adopt(input, [theirs], '11111111', always).id).toBe('11111111');
      expect(ownRecord(input, 'follower1', [theirs])).toBeUndefined();
      expect(foreignRecord(input, [theirs])).toBe(theirs);
      expect(claimedFinding('follower1', theirs)).toMatchObject({
        code: 'HOST_CLAIMED',
        severity: 'blocker',
        detail: expect.stringContaining('bob') as string,
      });
    },
  );

  it('that a run took over is adopted like that of an earlier run', () => {
    const taken = record('aaaaaaaa', { runId: 'taken-over' });
    expect(adopt(input, [taken], '11111111', always)).toEqual({ id: 'aaaaaaaa', epoch: 4, adopted: true });
  });

  it("of when this host was the leader is not the follower's", () => {
    expect(ownRecord(input, 'follower1', [record('aaaaaaaa', { side: 'leader' })])).toBeUndefined();
    expect(ownRecord(input, 'follower1', [record('aaaaaaaa', { side: 'follower' })])?.op).toBe('aaaaaaaa');
  });

  it.each([
    [{ side: 'leader' }, [], true],
    [{ side: 'follower' }, [], false],
    [{}, [], true],
    [{}, ['aaaaaaaa'], false],
  ] as const)("with %j and followers %j is the leader's own: %s", (values, followers, own) => {
    expect(isLeaderSide(record('aaaaaaaa', { ...values }), new Set(followers))).toBe(own);
  });

  it('of somebody else names the holder, for a take-over', () => {
    const theirs = record('bbbbbbbb', { workflowId: 'replication/old', server: 'there', requester: 'bob' });
    expect(claimedFinding('follower1', theirs)).toMatchObject({
      holder: { op: 'bbbbbbbb', workflowId: 'replication/old', server: 'there', requester: 'bob' },
      hint: expect.stringContaining('runbook resume --take-over') as string,
    });
  });
});
