import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_TYPES, WORKFLOW_VERSION } from '../../../workflows/contract/names.js';
import type { SurveyInput } from '../../../workflows/contract/activities.js';
import type { Plan } from '../../../workflows/contract/plan.js';
import { failsWith, Hold, succeeds } from '../support/fake-hosts.js';
import { asIs, blockedBy, claimedBy } from '../support/plans.js';
import { Workbench } from '../support/workbench.js';
import { errorOf, Operator } from './operator.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const operators: Operator[] = [];
afterEach(async () => {
  for (const one of operators.splice(0)) await one.leave();
});
function operator(): Operator {
  const made = new Operator(bench);
  operators.push(made);
  return made;
}

const WIPE = 'wipe-follower/follower1';

async function approved(): Promise<Operator> {
  const alice = operator();
  await alice.types('start');
  await alice.approve('change-leader');
  await alice.approve(WIPE);
  return alice;
}

describe('resume --config', () => {
  it('gives an open run another configuration: it asks for everything again', async () => {
    const alice = operator();
    await alice.types('start');
    const before = await alice.gate(WIPE);
    alice.configure('copy: { maxRate: 1MB }');
    expect((await alice.types('start')).err).toContain('`runbook resume --config FILE`');
    const { code, err } = await alice.types('resume --config runbook.yaml');
    expect(code).toBe(3);
    expect(err).toMatch(/^follower1: planned again with .*runbook\.yaml; a step that runs ends first/m);
    const view = await alice.until(
      'another card',
      ({ followers }) => followers['follower1']?.gates.some(({ token }) => token !== before.token) === true,
    );
    expect(view.needs).toEqual(['approve change-leader', `approve ${WIPE}`]);
    expect((await alice.types('start')).err).toContain('a run with this configuration is open already');
  });

  it('of other hosts is refused, and nothing happens', async () => {
    const alice = operator();
    await alice.types('start');
    const before = await alice.gate(WIPE);
    alice.configure('', ['follower1', 'follower2']);
    const answer = await alice.types('resume --config runbook.yaml --json');
    expect(answer.code).toBe(3);
    expect(errorOf(answer)).toMatchObject({
      code: 'CONFIG_FIXED',
      message: 'the configuration is one for other hosts: follower follower2 on follower2.test is new',
    });
    expect((await alice.gate(WIPE)).token).toBe(before.token);
  });

  it('that is the same answers what is parked', async () => {
    const alice = operator();
    alice.hosts.at('takeBaseBackup', failsWith('COPY_NO_SPACE'), succeeds);
    await alice.types('start');
    await alice.approve('change-leader');
    await alice.approve(WIPE);
    await alice.until('parked', ({ followers }) => followers['follower1']?.failure !== undefined);
    expect((await alice.types('resume --config runbook.yaml')).err).toContain('follower1: retry');
  });

  it('excludes --abort: exit 2', async () => {
    const alice = operator();
    await alice.types('start');
    alice.configure('copy: { maxRate: 1MB }');
    const answer = await alice.types('resume --abort --config runbook.yaml --json');
    expect(answer.code).toBe(2);
    expect(errorOf(answer)).toMatchObject({ code: 'USAGE' });
  });
});

describe('resume --take-over', () => {
  const holder = (server: string, workflowId = 'replication/old') => ({
    op: '0badcafe',
    workflowId,
    server,
    requester: 'bob',
  });

  async function claimed(server: string, workflowId?: string): Promise<Operator> {
    const alice = operator();
    alice.hosts.surveys(claimedBy(holder(server, workflowId), 'follower1'), asIs);
    await alice.types('start');
    await alice.until('parked', ({ followers }) => followers['follower1']?.failure !== undefined);
    return alice;
  }

  it('takes the host once its name is typed, and says whose it was', async () => {
    const alice = await claimed('there');
    const shown = await alice.types('show');
    expect(shown.out).toContain('--take-over');
    const wrong = await alice.types('resume --take-over', { types: ['leader'] });
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('the name follower1 was not typed');
    expect(alice.hosts.count('takeOver')).toBe(0);
    let asked = '';
    const taken = await alice.types('resume --take-over', {
      answers: (question) => {
        asked = question;
        return 'follower1';
      },
    });
    expect(asked).toContain('Operation 0badcafe of replication/old on there, started by bob.');
    expect(taken.err).toContain('follower1: take-over');
    expect(alice.hosts.count('takeOver')).toBe(1);
    expect((await alice.view()).needs).toEqual(['approve change-leader', `approve ${WIPE}`]);
  });

  it('without a terminal needs --confirm: exit 2', async () => {
    const alice = await claimed('there');
    const answer = await alice.types('resume --take-over --json');
    expect(answer.code).toBe(2);
    expect(errorOf(answer)).toMatchObject({
      code: 'CONFIRMATION_MISSING',
      hint: 'Type follower1, or give `--confirm follower1`.',
    });
    expect((await alice.types('resume --take-over --confirm follower1')).code).toBe(3);
    expect(alice.hosts.count('takeOver')).toBe(1);
  });

  it('refuses to rob a run that is open on this very server', async () => {
    const bob = operator();
    await bob.types('start');
    await bob.gate(WIPE);
    const server = (bob.hosts.inputs[0]?.input as SurveyInput).claimant.server;
    const alice = await claimed(server, `replication/${bob.cluster}`);
    const answer = await alice.types('resume --take-over --confirm follower1 --json');
    expect(errorOf(answer)).toMatchObject({
      code: 'HOST_CLAIMED',
      hint: `Let it end, or end it with \`runbook cancel ${bob.cluster}\`.`,
    });
    expect(alice.hosts.count('takeOver')).toBe(0);
  });
});

describe('resume --restart', () => {
  it('ends a run of another version where it stands, and starts it again', async () => {
    const alice = operator();
    const old = await bench.client.workflow.start(WORKFLOW_TYPES.setUpReplication, {
      taskQueue: 'nobody',
      workflowId: `replication/${alice.cluster}`,
      memo: {
        version: 1,
        workflowVersion: WORKFLOW_VERSION - 1,
        cluster: alice.cluster,
        configDigest: 'old',
        phase: 'working',
        needs: [],
      },
    });
    const refused = await alice.types('resume --json');
    expect(errorOf(refused)).toMatchObject({ code: 'RUN_FROM_OTHER_VERSION' });
    expect((await alice.types('resume')).err).toContain('`runbook resume --restart`');
    const { code, err } = await alice.types('resume --restart');
    expect(code).toBe(3);
    expect(err).toContain('ended where it stood');
    const ended = bench.client.workflow.getHandle(old.workflowId, old.firstExecutionRunId);
    expect((await ended.describe()).status.name).toBe('TERMINATED');
    expect((await alice.view()).needs).toEqual(['approve change-leader', `approve ${WIPE}`]);
    expect(alice.hosts.count('undoFollower')).toBe(0);
  });
});

describe('cancel', () => {
  it('asked for again says what is being taken back already', async () => {
    const undo = new Hold();
    const alice = operator();
    alice.hosts.at('undoFollower', undo.behaviour(alice.hosts, 'undo'));
    alice.hosts.at('takeBaseBackup', failsWith('COPY_NO_SPACE'));
    await alice.types('start');
    await alice.approve('change-leader');
    await alice.approve(WIPE);
    await alice.until('parked', ({ followers }) => followers['follower1']?.failure !== undefined);
    expect((await alice.types('cancel')).out).toContain(
      'follower1: stops; what was made for it is taken back',
    );
    await undo.begun;
    const { out, err } = await alice.types('cancel');
    expect(out).toContain('follower1: was told so before; what was made for it is being taken back');
    expect(err).toContain('runbook cancel --force');
    undo.release();
    await alice.until('cancelled', ({ outcome }) => outcome === 'cancelled');
  });

  it('--force ends the run and nothing else, once the name is typed', async () => {
    const alice = await approved();
    const refused = await alice.types('cancel --force', { types: ['yes'] });
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('[CONFIRMATION_MISSING]');
    expect((await alice.types('cancel --force')).code).toBe(2);
    const { code, out, err } = await alice.types('cancel --force', { types: [alice.cluster] });
    expect(code).toBe(0);
    expect(out).toContain('left as it is');
    expect(err).toContain('`runbook start`');
    expect(await alice.view()).toMatchObject({ status: 'TERMINATED' });
    expect(alice.hosts.count('undoFollower')).toBe(0);
  });

  it('--force is for the whole run: exit 2 with a follower', async () => {
    const alice = await approved();
    expect((await alice.types(`cancel --force --follower follower1 --confirm ${alice.cluster}`)).code).toBe(
      2,
    );
  });
});

describe('hold and release', () => {
  it('stop the next step, say who and why, and let it go on', async () => {
    const alice = operator();
    await alice.types('start');
    const held = await alice.types('hold --reason drill --by bob');
    expect(held.code).toBe(0);
    expect(held.out).toContain('follower1: held');
    await alice.approve('change-leader');
    await alice.approve(WIPE);
    const { code, out } = await alice.types('show');
    expect(code).toBe(3);
    expect(out).toMatch(/held by bob, .* ago: drill; no new step begins\./);
    expect(await alice.view()).toMatchObject({ needs: ['release leader', 'release follower1'] });
    expect(alice.hosts.count('ensureCredentials')).toBe(0);
    expect((await alice.types('release')).out).toContain('follower1: goes on');
    expect((await alice.types('wait --for closed --timeout 20s')).code).toBe(0);
  });
});

describe('list', () => {
  it('has the open run of a cluster, with what it waits for, and how the last one ended', async () => {
    const alice = operator();
    await alice.types('start');
    await alice.types(`reject --gate ${WIPE} --reason no`);
    await alice.until('rejected', ({ outcome }) => outcome === 'rejected');
    const own = async (flags: string): Promise<{ cluster: string; outcome?: string; needs: string[] }[]> =>
      (
        JSON.parse((await alice.types(`list --json ${flags}`.trim())).out) as {
          cluster: string;
          needs: string[];
        }[]
      ).filter(({ cluster }) => cluster === alice.cluster);
    // Visibility follows the run a little later.
    await expect
      .poll(() => own(''))
      .toMatchObject([{ kind: 'set-up', status: 'COMPLETED', outcome: 'rejected' }]);
    await alice.types('start');
    await expect
      .poll(() => own(''))
      .toMatchObject([
        { status: 'RUNNING', phase: 'waiting', needs: ['approve change-leader', `approve ${WIPE}`] },
      ]);
    expect(await own('--all')).toHaveLength(2);
    const { out } = await alice.types('list');
    expect(out).toMatch(/^CLUSTER +KIND +STATE +STARTED +WAITS FOR\n/);
    expect(out).toMatch(
      new RegExp(`^${alice.cluster} +set-up +waits for approval +\\S+ \\S+ \\S+ +approve change-leader`, 'm'),
    );
  });
});

describe('check', () => {
  const healthy = (plan: Plan): Plan => {
    for (const follower of Object.values(plan.followers)) follower.target.class = 'healthy';
    return plan;
  };

  it('says that a follower replicates: exit 0', async () => {
    const alice = operator();
    alice.hosts.surveys(healthy);
    const { code, out } = await alice.types('check');
    expect(code).toBe(0);
    expect(out).toBe('follower1: replicates\n');
  });

  it('says what a follower is that does not, and what stands against it: exit 5', async () => {
    const alice = operator();
    alice.hosts.surveys((plan) => blockedBy('NOT_STREAMING', 'follower1')(plan));
    const { code, out } = await alice.types('check');
    expect(code).toBe(5);
    expect(out).toContain('follower1: does not replicate as it should: ');
    expect(out).toContain('[NOT_STREAMING]');
    expect(JSON.parse((await alice.types('check --json')).out)).toMatchObject({
      ok: false,
      followers: [{ name: 'follower1', ok: false, findings: [{ code: 'NOT_STREAMING' }] }],
    });
  });

  it('does not call a follower well whose leader has a blocker', async () => {
    const alice = operator();
    alice.hosts.surveys((plan) => healthy(blockedBy('LEADER_DOWN', 'leader')(plan)));
    expect((await alice.types('check')).code).toBe(5);
  });
});
