import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMINGS } from '../../../workflows/contract/input.js';
import { initialRunState, reduceRunState } from '../../../workflows/contract/reducer.js';
import { detailsOf } from '../../../workflows/details.js';
import { makeConfig } from '../../workflow/support/make-plan.js';

const AT = '2026-01-01T00:00:00.000Z';
const stateOf = (followers: string[]) =>
  initialRunState(
    {
      config: makeConfig('orders', followers),
      configDigest: 'd',
      requester: 'rita',
      server: 's',
      timings: DEFAULT_TIMINGS,
    },
    AT,
  );

describe('detailsOf', () => {
  it('has a row for the leader and for each follower, and no text breaks the table', () => {
    const state = reduceRunState(stateOf(['follower1', 'follower2']), {
      branch: 'follower1',
      type: 'parked',
      failure: {
        code: 'COPY_FAILED',
        message: 'one|two\nthree',
        failureId: 'f',
        step: 'takeBaseBackup',
        kind: 'ask',
        at: AT,
        actions: ['retry'],
      },
    });
    const rows = detailsOf(state).split('\n').slice(4);
    expect(rows).toEqual([
      '| leader | planning | 0 of 3 done |  |',
      '| follower1 | BLOCKED | Base backup, 0 of 13 done | COPY_FAILED: one two three |',
      '| follower2 | planning | 0 of 13 done |  |',
    ]);
  });

  it("stays below Temporal's 20 kB with the most followers a run may have", () => {
    const names = Array.from({ length: 50 }, (_, index) => `follower-with-a-long-name-${String(index)}`);
    let state = stateOf(names);
    for (const branch of names) {
      const failure = {
        code: 'COPY_FAILED',
        message: 'm'.repeat(500),
        failureId: 'f',
        step: 'takeBaseBackup',
        kind: 'ask',
        at: AT,
        actions: [],
      } as const;
      state = reduceRunState(state, { branch, type: 'parked', failure: { ...failure, actions: ['retry'] } });
    }
    expect(detailsOf(state).length).toBeLessThan(20_000);
  });
});
