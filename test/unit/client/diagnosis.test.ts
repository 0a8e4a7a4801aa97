import { describe, expect, it } from 'vitest';
import { diagnosisOf } from '../../../client/diagnosis.js';
import { renderDiagnosis } from '../../../client/render/diagnosis.js';
import type { Finding, Plan } from '../../../workflows/contract/plan.js';
import { sampleConfig } from '../planning/sample-facts.js';
import { samplePlan } from './sample.js';

const style = { width: 80, color: false, unicode: true };

const finding = (severity: Finding['severity'], host?: string): Finding => ({
  severity,
  code: 'SLOT_UNBOUNDED',
  message: `${host ?? 'run'}: ${severity}`,
  ...(host === undefined ? {} : { host }),
});

/** Leader, follower1 and, in the configuration only, follower2. */
const planWith = (findings: Finding[], change: Partial<Plan> = {}): Plan => ({
  ...samplePlan,
  findings,
  ...change,
});
const look = (plan: Plan) => diagnosisOf(plan, sampleConfig());

describe('a diagnosis', () => {
  it('has every finding once, worst first, and hosts with blockers first', () => {
    const { hosts, findings, blockers, warnings } = look(
      planWith([
        finding('info', 'follower1'),
        finding('warning', 'leader'),
        finding('info'),
        finding('blocker', 'follower2'),
        finding('warning', 'follower2'),
        finding('blocker', 'nobody-we-know'),
      ]),
    );
    expect(hosts.map(({ name, findings: own }) => [name, own.map(({ severity }) => severity)])).toEqual([
      ['follower2', ['blocker', 'warning']],
      ['leader', ['warning']],
      ['follower1', ['info']],
    ]);
    expect(findings.map(({ message }) => message)).toEqual(['nobody-we-know: blocker', 'run: info']);
    expect([blockers, warnings]).toEqual([2, 2]);
  });

  it('says of hosts that are well what was looked at', () => {
    const { hosts } = look(planWith([]));
    expect(hosts.map(({ name, seen }) => [name, seen.length > 0])).toEqual([
      ['leader', true],
      ['follower1', true],
      ['follower2', false],
    ]);
    const text = renderDiagnosis(look(planWith([])), style);
    expect(text).toContain('ok:      PostgreSQL 15.18, cluster 15/main, port 5432, 312 MB; not in');
    expect(text).toContain('fresh: a new cluster without data of its own');
  });

  it('never calls a host well that was not judged', () => {
    const { leader: _leader, ...withoutLeader } = planWith([finding('blocker', 'leader')], { followers: {} });
    const text = renderDiagnosis(look(withoutLeader), style);
    expect(text).toMatch(/follower1 \(follower, follower1.internal\) +not judged/);
    expect(text).not.toContain('ok:');
  });

  it('gives each finding its remedy and its code to look up', () => {
    const text = renderDiagnosis(look(planWith([{ ...finding('info', 'leader'), hint: 'Do it.' }])), style);
    expect(text).toContain(
      '  info:    leader: info [SLOT_UNBOUNDED]\n  hint:    Do it.\n  explain: runbook explain SLOT_UNBOUNDED\n',
    );
  });

  it.each([
    [
      [finding('blocker', 'leader')],
      '1 blocker, no warnings on 3 hosts, 1 not judged: a run would stop at once and wait.',
    ],
    [
      [finding('warning', 'leader')],
      'no blockers, 1 warning on 3 hosts, 1 not judged: nothing stops a run.\nWhat a run would do: runbook plan orders',
    ],
    [
      [finding('info')],
      'Nothing wrong was found on 3 hosts, 1 not judged.\nWhat a run would do: runbook plan orders',
    ],
  ])('ends with what it comes to', (findings, end) => {
    expect(
      renderDiagnosis(look(planWith(findings)), style)
        .split('\n\n')
        .at(-1),
    ).toBe(end);
  });
});
