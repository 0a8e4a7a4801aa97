import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../planning/render-report.js';
import type { RunReport } from '../../../workflows/contract/report.js';
import type { RunState } from '../../../workflows/contract/run-state.js';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const state: RunState = {
  version: 1,
  cluster: 'orders',
  phase: 'closed',
  requester: 'rita',
  startedAt: at(0),
  endedAt: at(90),
  leader: { phase: 'done', steps: [], gates: [], leftovers: [] },
  followers: {
    follower1: {
      phase: 'done',
      class: 'fresh',
      steps: [
        {
          id: 'takeBaseBackup',
          status: 'done',
          startedAt: at(10),
          endedAt: at(40),
          attempt: 2,
          changed: true,
          evidence: 'ended | well',
        },
        { id: 'closeOperation', status: 'pending', attempt: 0 },
      ],
      gates: [],
      answers: [
        {
          code: 'COPY_NO_SPACE',
          step: 'takeBaseBackup',
          action: 'retry',
          by: 'bob',
          at: at(9),
          reason: 'disk grown',
        },
      ],
      leftovers: ['leader: role replication stays'],
      summary: {
        replacedDirectory: '/var/lib/postgresql/15/main.replaced-1',
        replacedBytes: 8e6,
        downtimeMs: 900,
        differences: ['its roles'],
      },
    },
  },
  decisions: [
    {
      gateId: 'wipe-follower/follower1',
      verdict: 'approved',
      by: 'alice',
      at: at(5),
      token: 't',
      fingerprint: 'f'.repeat(64),
      op: '1',
      epoch: 1,
      reason: 'CHG 1',
    },
  ],
  findings: [
    {
      severity: 'warning',
      code: 'SLOTS_HOLD_WAL',
      host: 'leader',
      message: 'leader: slots hold WAL',
      detail: 'two',
    },
  ],
  outcome: 'done',
};

const report: RunReport = {
  version: 1,
  workflowId: 'replication/orders',
  runId: 'run-1',
  state,
  hosts: [
    {
      name: 'leader',
      commands: [{ at: at(7), step: 'ensureSlot', by: 'rita', commands: ['SELECT 1', 'echo ```'] }],
      files: [{ path: '/etc/pg_hba.conf', diff: ['@@ -1 +1,2 @@', ' a', '+b'] }],
    },
    { name: 'follower1', commands: [], files: [], gap: 'follower1: no route to host' },
  ],
};

describe('the report as Markdown', () => {
  const text = renderReport(report);

  it('looks like this', () => {
    expect(text).toMatchSnapshot();
  });

  it('is the same every time', () => {
    expect(renderReport(structuredClone(report))).toBe(text);
  });

  it('ends a block of commands only where it ends', () => {
    expect(text).toContain('````\nSELECT 1\necho ```\n````');
  });

  it('keeps cells in their table whatever is in them', () => {
    expect(text).toContain('| Base backup | changed, begun 2 times | 30 s | ended \\| well |');
  });

  it('is short where nothing was done', () => {
    const nothing: RunState = {
      ...state,
      decisions: [],
      findings: [],
      outcome: 'nothing-to-do',
      followers: {},
    };
    expect(renderReport({ ...report, state: nothing, hosts: [] })).toMatch(
      /^# Replication of orders: nothing-to-do\n[^]*None: nobody was asked[^]*No step was taken\.\n$/,
    );
  });
});
