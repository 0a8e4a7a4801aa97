import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stateHome, writeServerJson } from '../../../server/server-json.js';
import { identifiedBy, leaderNeedsNothing } from '../support/plans.js';
import { Workbench } from '../support/workbench.js';
import { errorOf, Operator } from './operator.js';

let bench: Workbench;
let operators: Operator[] = [];
beforeAll(async () => {
  bench = await Workbench.open();
}, 60_000);
afterEach(async () => {
  vi.useRealTimers();
  for (const operator of operators) await operator.leave();
  operators = [];
});
afterAll(() => bench.close());

const operator = (extra = '', followers?: string[]): Operator => {
  const made = new Operator(bench, extra, followers);
  operators.push(made);
  return made;
};

describe('start', () => {
  it('prints the run and the cards of its gates: exit 3', async () => {
    const alice = operator();
    const { code, out, err } = await alice.types('start');
    expect(code).toBe(3);
    expect(err).toContain(`${alice.cluster}: started as replication/${alice.cluster}`);
    expect(out).toContain('2 gates are open');
    expect(out).toContain('Change leader, the leader');
    expect(out).toContain('Replace the data of follower1 with a copy of leader');
    expect(out).toContain('Fingerprint  222222222222');
    expect(out).toMatch(/^[\n\u0020-\u007e]*$/);
    expect((await alice.view()).requester).toBe('alice');
  });

  it("ends with the address of Temporal's UI, in one piece, where there is one", async () => {
    const alice = operator();
    writeServerJson(stateHome({ HOME: alice.folder }), {
      address: bench.address,
      namespace: 'default',
      uiAddress: 'http://127.0.0.1:8233',
      pid: process.pid,
      installationId: 'test',
    });
    const said: string[] = [];
    await alice.types('start', {
      onIo: (io) => {
        io.print = io.note = (text) => void said.push(text);
      },
    });
    expect(said.length).toBeGreaterThan(2);
    expect(said.at(-1)).toBe(
      `Temporal UI: http://127.0.0.1:8233/namespaces/default/workflows/replication%2F${alice.cluster}`,
    );
  });

  it('attaches to the run that is open, and says so', async () => {
    const alice = operator();
    await alice.types('start');
    const again = await alice.types('start --json');
    expect(again.code).toBe(3);
    expect(again.err).toContain('a run with this configuration is open already');
    expect(JSON.parse(again.out)).toEqual({
      cluster: alice.cluster,
      workflowId: `replication/${alice.cluster}`,
    });
    expect(alice.hosts.count('surveyAndPlan')).toBe(1);
  });

  it('refuses another configuration while a run is open', async () => {
    const alice = operator();
    await alice.types('start');
    alice.configure('copy: { concurrency: 2 }');
    const { code, err } = await alice.types('start');
    expect(code).toBe(3);
    expect(err).toContain('[RUN_OPEN_WITH_OTHER_CONFIG]');
    expect(err).toContain('hint: ');
  });

  it('refuses while a run of another kind holds the cluster', async () => {
    const alice = operator();
    await bench.client.workflow.start('somethingElse', {
      taskQueue: 'nobody',
      workflowId: `replication/${alice.cluster}`,
    });
    const { code, out } = await alice.types('start --json');
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'RUN_OPEN' } });
  });

  it('refuses a cluster the configuration is not about: exit 2', async () => {
    const answer = await operator().types('start other --json');
    expect(answer.code).toBe(2);
    expect(errorOf(answer)).toMatchObject({ code: 'USAGE' });
  });
});

describe('approve without a terminal', () => {
  it('needs name and fingerprint, of the card that is open', async () => {
    const alice = operator('approval: { approvers: [alice] }');
    await alice.types('start');
    const follower = '--gate wipe-follower/follower1';
    for (const [line, exit, error] of [
      ['approve --json', 2, 'CONFIRMATION_MISSING'],
      ['approve --confirm follower1 --json', 2, 'CONFIRMATION_MISSING'],
      [`approve --confirm follower1 --fingerprint 222222222222 --json`, 2, 'SEVERAL_GATES_OPEN'],
      [`approve ${follower} --confirm follower1 --fingerprint 333333333333 --json`, 3, 'GATE_CHANGED'],
      [`approve ${follower} --confirm follower1 --fingerprint 2222 --json`, 3, 'GATE_CHANGED'],
      [`approve ${follower} --confirm follower2 --fingerprint 222222222222 --json`, 3, 'NAME_MISMATCH'],
      [
        `approve ${follower} --confirm follower1 --fingerprint 222222222222 --by eve --json`,
        3,
        'NOT_AN_APPROVER',
      ],
      ['approve --gate wipe-follower/other --json', 3, 'NO_OPEN_GATE'],
      ['reject --gate change-leader --json', 2, 'REASON_MISSING'],
    ] as const) {
      const answer = await alice.types(line);
      expect([line, answer.code, errorOf(answer).code]).toEqual([line, exit, error]);
      expect(errorOf(answer).hint).toBeTruthy();
    }
    expect((await alice.view()).decisions).toEqual([]);

    const approved = await alice.types(
      `approve ${follower} --confirm follower1 --fingerprint 222222222222 --json`,
    );
    expect(approved.code).toBe(0);
    expect(JSON.parse(approved.out)).toMatchObject({
      decisions: [{ gateId: 'wipe-follower/follower1', verdict: 'approved', by: 'alice' }],
    });
    const twice = await alice.types(
      `approve ${follower} --confirm follower1 --fingerprint 222222222222 --json`,
    );
    expect([twice.code, errorOf(twice).code]).toEqual([3, 'GATE_DECIDED']);
  });

  it('ends in a run that is done', async () => {
    const alice = operator();
    await alice.types('start');
    expect((await alice.approve('change-leader')).code).toBe(0);
    expect((await alice.approve('wipe-follower/follower1')).code).toBe(0);
    const waited = await alice.types('wait --for closed --timeout 20s');
    expect([waited.code, waited.out]).toEqual([0, `${alice.cluster}: done\n`]);
    const { code, out } = await alice.types('show');
    expect(code).toBe(0);
    expect(out).toContain('done: the followers stream from the leader');
    expect(out).toContain('wipe-follower/follower1: approved by alice');
    const late = await alice.types('approve --json');
    expect([late.code, errorOf(late).code]).toEqual([3, 'RUN_CLOSED']);
  });

  it.each([
    ['ahead of', 600_000],
    ['behind', -600_000],
  ])('says how far this clock is %s', async (direction, off) => {
    const alice = operator();
    await alice.types('start');
    await alice.gate('change-leader');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + off, shouldAdvanceTime: true });
    const answer = await alice.types(
      'approve --gate change-leader --confirm leader --fingerprint 111111111111 --json',
    );
    vi.useRealTimers();
    expect([answer.code, errorOf(answer).code]).toEqual([3, 'APPROVAL_EXPIRED']);
    expect(errorOf(answer).detail).toMatch(
      new RegExp(`^This machine's clock is (9 m 5\\d|10 m 0\\d) s ${direction} the run's.$`),
    );
    expect((await alice.view()).decisions).toEqual([]);
  });
});

describe('approve of data that nobody else has', () => {
  const foreign = async (): Promise<Operator> => {
    const alice = operator();
    alice.hosts.surveys((plan) => leaderNeedsNothing(identifiedBy('7711')(plan)));
    await alice.types('start');
    return alice;
  };
  const named = 'approve --confirm follower1 --fingerprint 222222222222';

  it('needs the identifier on the command line', async () => {
    const alice = await foreign();
    expect((await alice.types('show')).out).toContain(
      'Type         follower1, then its system identifier 7711',
    );
    for (const [line, exit, error] of [
      [`${named} --json`, 2, 'CONFIRMATION_MISSING'],
      ['approve --identifier 7711 --json', 2, 'CONFIRMATION_MISSING'],
      [`${named} --identifier 7712 --json`, 3, 'IDENTIFIER_MISMATCH'],
    ] as const) {
      const answer = await alice.types(line);
      expect([line, answer.code, errorOf(answer).code]).toEqual([line, exit, error]);
      expect(errorOf(answer).hint).toBeTruthy();
    }
    expect((await alice.view()).decisions).toEqual([]);
    expect((await alice.types(`${named} --identifier 7711`)).code).toBe(0);
    expect((await alice.types('wait --timeout 20s')).code).toBe(0);
  });

  it('asks for it after the name on a terminal, without showing it in the question', async () => {
    const alice = await foreign();
    const { code, err } = await alice.types('approve', { types: ['follower1', '7711'] });
    expect(code).toBe(0);
    expect(err).toContain('Type its system identifier as well, as on the card');
    expect(err.slice(err.indexOf('Type its system identifier as well'))).not.toContain('7711');
    expect((await alice.types('wait --timeout 20s')).code).toBe(0);
  });

  it('is not taken by the name alone, nor by another identifier', async () => {
    const alice = await foreign();
    const left = await alice.types('approve', { types: ['follower1', undefined] });
    expect([left.code, left.err]).toEqual([3, expect.stringContaining('nothing was approved here.')]);
    const wrong = await alice.types('approve', { types: ['follower1', 'follower1', '771', '77111'] });
    expect(wrong.code).toBe(3);
    expect(wrong.err).toContain('[IDENTIFIER_MISMATCH]');
    expect((await alice.view()).decisions).toEqual([]);
  });
});

describe('approve on a terminal', () => {
  it('shows card by card and approves by the typed name', async () => {
    const alice = operator();
    await alice.types('start');
    const { code, err } = await alice.types('approve', { types: ['leader', 'follower1'] });
    expect(code).toBe(0);
    expect(err.indexOf('Change leader, the leader')).toBeLessThan(err.indexOf('Type leader to approve'));
    expect(err.indexOf('Type leader to approve')).toBeLessThan(err.indexOf('Replace the data of follower1'));
    expect(err).toMatch(/change-leader is approved\.\n\n-+\nReplace the data of follower1/);
    expect((await alice.types('wait --timeout 20s')).code).toBe(0);
  });

  it('never approves by an empty line or end of file, nor by another name', async () => {
    const alice = operator();
    await alice.types('start');
    const left = await alice.types('approve', { types: [undefined, undefined] });
    expect(left.code).toBe(3);
    expect(left.err).toContain('change-leader: nothing was approved here.');
    const wrong = await alice.types('approve --gate wipe-follower/follower1', {
      types: ['yes', 'y', 'FOLLOWER1'],
    });
    expect(wrong.code).toBe(3);
    expect(wrong.err).toContain('[NAME_MISMATCH]');
    expect((await alice.view()).decisions).toEqual([]);
  });

  it('approves nothing after Ctrl-C: exit 130', async () => {
    const alice = operator();
    await alice.types('start');
    const { code } = await alice.types('approve', {
      types: [],
      onIo: (io) => {
        const { ask } = io;
        io.ask = (question) => {
          io.interrupt();
          return ask(question);
        };
      },
    });
    expect(code).toBe(130);
    expect((await alice.view()).decisions).toEqual([]);
  });
});

describe('reject and cancel', () => {
  it('a rejection ends the run: exit 4', async () => {
    const alice = operator();
    await alice.types('start');
    const rejected = await alice.types('reject --gate wipe-follower/follower1 --reason wrong-host');
    expect(rejected).toMatchObject({ code: 0, out: 'wipe-follower/follower1: rejected by alice\n' });
    const waited = await alice.types('wait --timeout 20s');
    expect([waited.code, waited.out]).toEqual([4, `${alice.cluster}: rejected\n`]);
    expect((await alice.types('show')).out).toContain(
      'wipe-follower/follower1: rejected by alice (wrong-host)',
    );
  });

  it('cancel says what stops: exit 0, then 4', async () => {
    const alice = operator('', ['follower1', 'follower2']);
    await alice.types('start');
    const one = await alice.types('cancel --follower follower2 --json');
    expect([one.code, JSON.parse(one.out)]).toEqual([
      0,
      { stopping: ['follower2'], finishing: [], undoing: [] },
    ]);
    const unknown = await alice.types('cancel --follower nobody --json');
    expect(errorOf(unknown).code).toBe('USAGE');
    const rest = await alice.types('cancel');
    expect(rest).toMatchObject({ code: 0, out: 'follower1: stops; what was made for it is taken back\n' });
    expect((await alice.types('wait --timeout 20s')).code).toBe(4);
    const late = await alice.types('cancel --json');
    expect([late.code, errorOf(late).code]).toEqual([3, 'RUN_CLOSED']);
  });
});
