import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { heartbeat } from '@temporalio/activity';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../workflows/contract/plan.js';
import { decideUpdate } from '../../../workflows/contract/messages.js';
import { connectTemporal } from '../../../client/connection.js';
import { sendUpdate } from '../../../client/send-update.js';
import { describeRun } from '../../../client/runs.js';
import type { RunView } from '../../../client/run-view.js';
import { failsWith, Hold } from '../support/fake-hosts.js';
import { healthy } from '../support/plans.js';
import { decisionFor, inMs, Workbench } from '../support/workbench.js';
import { followerGate } from '../../unit/client/sample.js';
import { errorOf, Operator } from './operator.js';

let bench: Workbench;
let operators: Operator[] = [];
beforeAll(async () => {
  bench = await Workbench.open();
}, 60_000);
afterEach(async () => {
  for (const operator of operators) await operator.leave();
  operators = [];
});
afterAll(() => bench.close());

const operator = (extra = '', followers?: string[]): Operator => {
  const made = new Operator(bench, extra, followers);
  operators.push(made);
  return made;
};

const blocked = (plan: Plan): Plan => ({
  ...plan,
  findings: [
    {
      severity: 'blocker',
      code: 'FOLLOWER_HAS_DATA',
      host: 'follower1',
      message: 'follower1: has data',
      hint: 'Look.',
    },
  ],
});

describe('plan', () => {
  it('prints the plan and opens no gate', async () => {
    const alice = operator();
    const { code, out } = await alice.types('plan');
    expect(code).toBe(0);
    expect(out).toContain(`Plan for ${alice.cluster}`);
    expect(out).toContain('A run changes nothing before its 2 gates are approved.');
    const json = await alice.types('plan --json');
    expect(JSON.parse(json.out)).toMatchObject({ plans: [{ cluster: alice.cluster }] });
    expect((await alice.types('show --json')).code).toBe(6);
  });

  it('exits 3 with a blocker', async () => {
    const alice = operator();
    alice.hosts.surveys(blocked);
    const { code, out } = await alice.types('plan');
    expect(code).toBe(3);
    expect(out).toContain('blocker: follower1: has data [FOLLOWER_HAS_DATA]');
    expect(out).toContain('1 blocker: a run would stop at once and wait.');
  });

  it('tells why a host could not be surveyed', async () => {
    const alice = operator();
    alice.hosts.at('surveyAndPlan', failsWith('HOST_KEY_CHANGED', 'follower1: showed another key'));
    const answer = await alice.types('plan --json');
    expect(answer.code).toBe(3);
    expect(errorOf(answer)).toMatchObject({
      code: 'HOST_KEY_CHANGED',
      message: 'follower1: showed another key',
    });
  });

  it('without a worker says so within seconds, and leaves nothing open', async () => {
    const alice = operator();
    const answer = await alice.types('plan --json', { deadQueue: true });
    expect([answer.code, errorOf(answer).code]).toEqual([7, 'WORKER_ABSENT']);
    const open = bench.client.workflow.list({
      query: `WorkflowId STARTS_WITH 'plan/${alice.cluster}/' AND ExecutionStatus = 'Running'`,
    });
    const deadline = Date.now() + 10_000;
    let left = 1;
    while (left > 0 && Date.now() < deadline) {
      left = 0;
      for await (const _ of open) left += 1;
    }
    expect(left).toBe(0);
  });
});

describe('doctor', () => {
  it('says what is wrong and what to do: exit 3 with a blocker', async () => {
    const alice = operator();
    alice.hosts.surveys(blocked);
    const { code, out } = await alice.types('doctor');
    expect(code).toBe(3);
    expect(out).toContain('blocker: follower1: has data [FOLLOWER_HAS_DATA]');
    expect(out).toContain('hint:    Look.');
    expect(out).toContain('explain: runbook explain FOLLOWER_HAS_DATA');
    expect(out).toContain('1 blocker, no warnings on 2 hosts');
    expect((await alice.types('show --json')).code).toBe(6);
  });

  it('finds a pair that follows already well: exit 0', async () => {
    const alice = operator();
    alice.hosts.surveys(healthy);
    const { code, out } = await alice.types('doctor');
    expect([code, out.includes('healthy: follows already')]).toEqual([0, true]);
    const json = await alice.types('doctor --json');
    expect(JSON.parse(json.out)).toMatchObject({
      cluster: alice.cluster,
      blockers: 0,
      hosts: [
        { name: 'leader', role: 'leader', findings: [] },
        { name: 'follower1', role: 'follower' },
      ],
    });
  });

  it('without a worker says so: exit 7', async () => {
    const answer = await operator().types('doctor --json', { deadQueue: true });
    expect([answer.code, errorOf(answer).code]).toEqual([7, 'WORKER_ABSENT']);
  });
});

describe('without a worker', () => {
  it('start is accepted: exit 7; show and wait tell what the server knows', async () => {
    const alice = operator();
    const begun = Date.now();
    const started = await alice.types('start', { deadQueue: true });
    expect(started.code).toBe(7);
    expect(started.err).toContain('accepted; no worker has taken it: runbook up');
    expect(Date.now() - begun).toBeLessThan(9_000);
    const view = await alice.view();
    expect(view).toMatchObject({
      cluster: alice.cluster,
      worker: 'absent',
      status: 'RUNNING',
      problem: { code: 'WORKER_ABSENT' },
    });
    const [waited, approved] = await Promise.all([
      alice.types('wait --timeout 100ms --json'),
      alice.types('approve --json'),
    ]);
    expect([waited.code, errorOf(waited).code]).toEqual([124, 'TIMED_OUT']);
    expect([approved.code, errorOf(approved).code]).toEqual([7, 'WORKER_ABSENT']);
  }, 60_000);

  it('an approval gets no answer: unknown, and until when', async () => {
    const alice = operator();
    await bench.client.workflow.start('setUpReplication', {
      taskQueue: 'nobody',
      workflowId: `replication/${alice.cluster}`,
    });
    const link = await connectTemporal({ address: bench.address }, { env: { HOME: alice.folder } });
    try {
      const run = await describeRun(link, alice.cluster);
      const validUntil = inMs(60_000);
      const sent = sendUpdate(link, run, decideUpdate, {
        input: decisionFor(followerGate, { validUntil }),
        what: 'the approval of wipe-follower/follower1',
        validUntil,
        interrupted: new AbortController().signal,
        deadlineMs: 1_000,
      });
      const until = new Date(validUntil).toTimeString().slice(0, 8);
      await expect(sent).rejects.toMatchObject({
        problem: {
          code: 'UNKNOWN_OUTCOME',
          message: `no answer to the approval of wipe-follower/follower1: unknown; it may still take effect until ${until}`,
        },
      });
    } finally {
      await link.close();
    }
  }, 60_000);

  it('a run that was terminated says so, and resume starts it again', async () => {
    const alice = operator();
    await alice.types('start');
    await bench.client.workflow.getHandle(`replication/${alice.cluster}`).terminate();
    const { code, out } = await alice.types('show');
    expect(code).toBe(5);
    expect(out).toContain('the run ended from outside (terminated)');
    const resumed = await alice.types('resume');
    expect(resumed.code).toBe(3);
    expect(resumed.out).toContain('2 gates are open');
    expect((await alice.view()).status).toBe('RUNNING');
  });
});

describe('no such thing', () => {
  it.each([
    ['show nowhere --json', 6, 'RUN_NOT_FOUND'],
    ['cancel nowhere --json', 6, 'RUN_NOT_FOUND'],
    ['show --namespace nowhere --json', 7, 'TEMPORAL_UNREACHABLE'],
    ['start --config nowhere.yaml --json', 2, 'CONFIG_NOT_FOUND'],
  ])('%s: exit %i', async (line, exit, error) => {
    const answer = await operator().types(line);
    expect([answer.code, errorOf(answer).code]).toEqual([exit, error]);
  });

  it('an unknown key is told with its place before anything is contacted', async () => {
    const answer = await operator('aproval: {}').types('start --json');
    expect(answer.code).toBe(2);
    expect(errorOf(answer).message).toMatch(
      /runbook\.yaml:7:1: unknown key "aproval"; did you mean "approval"\?$/,
    );
  });
});

describe('a run that stands still', () => {
  it('parked: show tells the failure and the answers; resume gives one', async () => {
    const alice = operator();
    alice.hosts.at(
      'proveAccess',
      failsWith('ACCESS_DENIED', 'follower1: no pg_hba.conf entry'),
      () => undefined,
    );
    await alice.types('start');
    await alice.approve('change-leader');
    await alice.approve('wipe-follower/follower1');
    expect((await alice.types('wait --for gate --timeout 20s')).code).toBe(0);
    await alice.until('parked', ({ phase }) => phase === 'blocked');
    const shown = await alice.types('show');
    expect(shown.code).toBe(3);
    expect(shown.out).toContain('error:   follower1: no pg_hba.conf entry [ACCESS_DENIED]');
    expect(shown.out).toContain(`runbook resume ${alice.cluster} --retry`);
    for (const [line, exit, error] of [
      ['resume --skip --json', 3, 'ACTION_NOT_ALLOWED'],
      ['resume --follower leader --json', 3, 'NOT_PARKED'],
    ] as const) {
      const answer = await alice.types(line);
      expect([answer.code, errorOf(answer).code]).toEqual([exit, error]);
    }
    const resumed = await alice.types('resume');
    expect(resumed.code).toBe(0);
    expect(resumed.out).toContain('done: the followers stream from the leader');
  });

  it('two parked followers need a name; abort ends one', async () => {
    const alice = operator('copy: { concurrency: 2 }', ['follower1', 'follower2']);
    alice.hosts.at('proveAccess', failsWith('ACCESS_DENIED'));
    await alice.types('start');
    for (const gate of ['change-leader', 'wipe-follower/follower1', 'wipe-follower/follower2'])
      await alice.approve(gate);
    await alice.until('both parked', ({ followers }) =>
      Object.values(followers).every(({ failure }) => failure),
    );
    const unnamed = await alice.types('resume --json');
    expect([unnamed.code, errorOf(unnamed).code]).toEqual([2, 'USAGE']);
    expect(errorOf(unnamed).detail).toBe('Parked: follower1, follower2.');
    for (const name of ['follower1', 'follower2']) await alice.types(`resume --follower ${name} --abort`);
    expect((await alice.types('wait --timeout 20s')).code).toBe(5);
  });

  it('stuck on its own code: RUN_STUCK, exit 5', async () => {
    const alice = operator();
    await bench.client.workflow.start('setUpReplication', {
      taskQueue: bench.taskQueue,
      workflowId: `replication/${alice.cluster}`,
      args: [],
    });
    const view = await alice.until(
      'known to be stuck',
      ({ problem }) => problem?.code === 'RUN_STUCK',
      25_000,
    );
    expect(view.status).toBe('RUNNING');
    expect((await alice.types('show')).code).toBe(5);
    const cancelled = await alice.types('cancel --json');
    expect([cancelled.code, errorOf(cancelled).code]).toEqual([5, 'RUN_STUCK']);
  }, 40_000);

  it('of another version: RUN_FROM_OTHER_VERSION, exit 3', async () => {
    const alice = operator();
    await bench.client.workflow.start('setUpReplication', {
      taskQueue: 'nobody',
      workflowId: `replication/${alice.cluster}`,
      args: [],
      memo: {
        version: 1,
        workflowVersion: 99,
        cluster: alice.cluster,
        configDigest: 'x',
        phase: 'working',
        needs: [],
      },
    });
    for (const line of ['show --json', 'start --json', 'approve --json', 'cancel --json', 'resume --json']) {
      const { code, out } = await alice.types(line);
      expect([line, code]).toEqual([line, 3]);
      expect(out).toContain('RUN_FROM_OTHER_VERSION');
    }
  });
});

describe('watch', () => {
  it('without a terminal prints one line an event, in ASCII, to the end', async () => {
    const alice = operator();
    await alice.types('start');
    const watching = alice.types('watch');
    await alice.approve('change-leader');
    await alice.approve('wipe-follower/follower1');
    const { code, out } = await watching;
    expect(code).toBe(0);
    expect(out).toMatch(/^(\d\d:\d\d:\d\d [\u0020-\u007e]+\n)+$/);
    expect(out).toContain(
      `gate wipe-follower/follower1 is open; read the card with: runbook show ${alice.cluster}`,
    );
    expect(out).toContain('change-leader: approved by alice');
    expect(out).toContain('follower1: Start the follower done');
    expect(out.trimEnd().endsWith(`${alice.cluster}: done: the followers stream from the leader`)).toBe(true);
  });

  it('on a terminal offers the approvals, and draws one picture', async () => {
    const alice = operator();
    const { code, io, err } = await alice.types('start --watch', { types: ['leader', 'follower1'] });
    expect(code).toBe(0);
    expect(err).toContain('Type follower1 to approve');
    expect(io.frames.at(-1)).toContain('done: the followers stream from the leader');
  });

  it('on a terminal goes on when somebody else decides at the gate it asks about', async () => {
    const alice = operator();
    await alice.types('start');
    const { fingerprint } = await alice.gate('change-leader');
    const bob = `approve --gate change-leader --confirm leader --fingerprint ${fingerprint.slice(0, 12)} --by bob`;
    const { code, err } = await alice.types('watch', {
      answers: async (question) => {
        if (!question.includes('Type leader')) return 'follower1';
        expect((await alice.types(bob)).code).toBe(0);
        return new Promise(() => undefined); // nobody types
      },
    });
    expect(err).toContain('change-leader: approved by bob meanwhile');
    expect(err).toContain('Type follower1 to approve');
    expect(code).toBe(0);
  });

  it('ended by Ctrl-C leaves the run alone: exit 130', async () => {
    const alice = operator();
    await alice.types('start');
    const { code, err } = await alice.types('watch', {
      onIo: (io) => {
        const { print } = io;
        io.print = (text) => {
          print(text);
          io.interrupt();
        };
      },
    });
    expect(code).toBe(130);
    expect(err).toContain(`The run goes on. Back to it with: runbook watch ${alice.cluster}`);
    expect((await alice.view()).status).toBe('RUNNING');
  });

  it('with --json prints one RunView a line', async () => {
    const alice = operator();
    const watched = await alice.types('start --watch --json', {
      onIo: (io) => {
        const { print } = io;
        io.print = (text) => {
          print(text);
          if (text.includes('wipe-follower')) io.interrupt();
        };
      },
    });
    const views = watched.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunView);
    expect(views.at(-1)).toMatchObject({ cluster: alice.cluster, worker: 'seen', phase: 'waiting' });
  });
});

describe('on a real terminal', () => {
  it('an empty line leaves the gates open, and Ctrl-C in the live view leaves the run alone', async () => {
    const alice = operator();
    const line = `start --watch --address ${bench.address} --task-queue ${bench.taskQueue}`;
    const { code, said } = await onTerminal(line, alice.folder, [
      ['Type leader to approve', '\r'],
      ['Type follower1 to approve', '\u0004'],
      ['gates are open', '\u0003'],
    ]);
    expect(said).toContain(`The run goes on. Back to it with: runbook watch ${alice.cluster}`);
    expect(code).toBe(130);
    expect(await alice.view()).toMatchObject({ status: 'RUNNING', decisions: [] });
  });
});

/** Runs the program on a terminal of its own; each key is pressed when its text has come, in order. */
function onTerminal(
  line: string,
  cwd: string,
  keys: [text: string, key: string][],
): Promise<{ code: number | null; said: string }> {
  const tsx = fileURLToPath(import.meta.resolve('tsx'));
  const program = fileURLToPath(new URL('../../../bin/runbook.ts', import.meta.url));
  // Its terminal has no size of its own, and a live view of no lines shows nothing.
  const command = `stty rows 40 columns 80; exec ${process.execPath} --import ${tsx} ${program} ${line}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm', LANG: 'C' },
    timeout: 25_000,
  });
  return new Promise((resolve, reject) => {
    let [said, from] = ['', 0];
    child.on('error', reject);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [next] = keys;
      const at = next === undefined ? -1 : said.indexOf(next[0], from);
      if (next === undefined || at < 0) return;
      from = at + next[0].length;
      keys.shift();
      child.stdin.write(next[1]);
    });
    child.on('close', (code) => {
      resolve({ code, said });
    });
  });
}

describe('the copy', () => {
  it('shows its progress from the heartbeat, and a step that tries again', async () => {
    const alice = operator();
    const hold = new Hold();
    const progress = {
      phase: 'copying',
      bytesDone: 50_000_000,
      bytesTotal: 100_000_000,
      at: new Date().toISOString(),
      job: 'j/1',
    };
    alice.hosts.at(
      'ensureSlot',
      failsWith('CONNECTION_LOST', 'leader: the connection broke'),
      failsWith('CONNECTION_LOST', 'leader: the connection broke'),
      () => undefined,
    );
    alice.hosts.at('takeBaseBackup', async (input) => {
      const timer = setInterval(() => {
        heartbeat(progress);
      }, 10);
      try {
        await hold.behaviour(alice.hosts, 'copy')(input);
      } finally {
        clearInterval(timer);
      }
    });
    await alice.types('start');
    await alice.approve('change-leader');
    await alice.approve('wipe-follower/follower1');
    const tried = await alice.until('a second attempt', ({ retry }) => retry['follower1'] !== undefined);
    expect(tried.retry['follower1']).toMatchObject({
      step: 'ensureSlot',
      code: 'CONNECTION_LOST',
      message: 'leader: the connection broke',
    });
    const copying = await alice.until('progress', ({ progress: seen }) => seen['follower1'] !== undefined);
    expect(copying.progress['follower1']).toMatchObject({
      phase: 'copying',
      bytesDone: 50_000_000,
      bytesTotal: 100_000_000,
    });
    expect((await alice.types('show')).out).toContain('50 %, ');
    hold.release();
    expect((await alice.types('wait --timeout 20s')).code).toBe(0);
  });
});
