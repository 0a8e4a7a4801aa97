import { describe, expect, it } from 'vitest';
import { renderCard } from '../../../../client/render/card.js';
import { renderRun } from '../../../../client/render/run.js';
import { gateIdOf, followerGateKind } from '../../../../workflows/contract/gates.js';
import type { GateState } from '../../../../workflows/contract/gates.js';
import type { FollowerPlan, Plan } from '../../../../workflows/contract/plan.js';
import type { Reversal, ReversalKind } from '../../../../workflows/contract/target.js';
import type { RunView } from '../../../../client/run-view.js';
import { makeConfig, makeReversalPlan } from '../../../workflow/support/make-plan.js';

const DATA = '/var/lib/postgresql/15/main';
const STYLE = { width: 100, color: false, unicode: false };

const REPLACED = {
  op: 'abcdef01',
  kind: 'replaced',
  path: DATA,
  keptAs: `${DATA}.replaced-abcdef01`,
  sizeBytes: 40 * 1024 ** 2,
} as const;
const DISPLACED = {
  ...REPLACED,
  kind: 'displaced',
  keptAs: `${DATA}.displaced-abcdef01`,
  sizeBytes: 0,
} as const;

function planOf(kind: ReversalKind, reversal: Reversal): [Plan, FollowerPlan] {
  const plan = makeReversalPlan({
    config: makeConfig('orders'),
    kind,
    claimant: { workflowId: 'w', runId: 'r', server: 's', requester: 'alice' },
    ops: {},
    leaderOp: '00000000',
    addresses: {},
  });
  const follower = plan.followers['follower1'];
  if (follower === undefined) throw new Error('no follower1');
  follower.target.reversal = reversal;
  follower.target.use = { clientSessions: 2, walSenders: 1, walLsn: null };
  return [plan, follower];
}

function cardOf(kind: ReversalKind, reversal: Reversal): string {
  const [plan, { target }] = planOf(kind, reversal);
  const gate: GateState = {
    id: gateIdOf(followerGateKind(kind), 'follower1'),
    kind: followerGateKind(kind),
    name: 'follower1',
    token: 't',
    fingerprint: target.fingerprint,
    op: target.op,
    openedAt: '2026-11-24T20:00:00.000Z',
    expiresAt: '2026-11-27T20:00:00.000Z',
  };
  return renderCard(gate, plan, STYLE).replaceAll(/\s+/g, ' ');
}

describe('the card of an undo', () => {
  const card = cardOf('undo', {
    directories: [DISPLACED, REPLACED],
    replacedAt: '2026-11-20T11:00:00Z',
    startsFormer: true,
  });

  it.each([
    'Put the former data of follower1 back',
    'gate undo-replacement/follower1',
    `Put back ${DATA} from ${DATA}.replaced-abcdef01 (40 MB)`,
    `Moved aside ${DATA} to ${DATA}.displaced-abcdef01 (nothing of it is deleted)`,
    'Clients 2, and 1 that replicate from it; the undo ends their sessions',
    'its former server is started',
    "The leader's settings stay, and its restart cannot be taken back.",
    'A former standby comes back as data only',
    'runbook approve orders --gate undo-replacement/follower1',
  ])('says %s', (text) => {
    expect(card).toContain(text);
  });

  it('says that a server that was stopped stays so', () => {
    expect(cardOf('undo', { directories: [REPLACED] })).toContain('its server stays stopped');
  });
});

describe('the card of a purge', () => {
  it('names each directory that goes, what that frees, and that it is for good', () => {
    const card = cardOf('purge', { directories: [REPLACED, { ...DISPLACED, sizeBytes: 20 * 1024 ** 2 }] });
    expect(card).toContain('Delete what was set aside on follower1');
    expect(card).toContain(`Deleted ${DATA}.replaced-abcdef01 (40 MB) ${DATA}.displaced-abcdef01 (20 MB)`);
    expect(card).toContain('Frees 60 MB');
    expect(card).toContain('nothing brings it back');
  });
});

describe('the end of such a run', () => {
  const view = (change: object): RunView =>
    ({
      version: 1,
      kind: 'undo',
      cluster: 'orders',
      phase: 'closed',
      requester: 'alice',
      startedAt: '2026-11-24T20:00:00.000Z',
      endedAt: '2026-11-24T20:00:05.000Z',
      leader: { phase: 'nothing-to-do', steps: [], gates: [], leftovers: [] },
      followers: { follower1: { phase: 'done', steps: [], gates: [], leftovers: [] } },
      decisions: [],
      findings: [],
      needs: [],
      progress: {},
      retry: {},
      ...change,
    }) as unknown as RunView;

  it('is told in the words of an undo', () => {
    const text = renderRun(view({ outcome: 'done' }), STYLE);
    expect(text).toContain('orders: undo done');
    expect(text).toContain('done: the former data is back');
  });

  it('says why there was nothing to undo', () => {
    const text = renderRun(
      view({
        outcome: 'nothing-to-do',
        followers: { follower1: { phase: 'nothing-to-do', steps: [], gates: [], leftovers: [] } },
        findings: [
          {
            severity: 'info',
            code: 'NOTHING_TO_UNDO',
            host: 'follower1',
            message: 'follower1: no operation has replaced its data',
          },
        ],
      }),
      STYLE,
    );
    expect(text).toContain('nothing to undo');
    expect(text).toContain('no operation has replaced its data');
  });

  it('says what a purge has freed', () => {
    const done = {
      phase: 'done',
      steps: [],
      gates: [],
      leftovers: [],
      summary: { purgedBytes: 40 * 1024 ** 2 },
    };
    expect(
      renderRun(view({ kind: 'purge', outcome: 'done', followers: { follower1: done } }), STYLE),
    ).toContain('40 MB freed');
  });
});
