import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../bin/command-table.js';
import { loadConfig } from '../../../client/config/load-config.js';
import { approveArguments } from '../../../lab/demo/approvals.js';
import { completeConfig, DEMO_RATE } from '../../../lab/demo/demo-config.js';
import { DemoEnd } from '../../../lab/demo/demo-end.js';
import { readDemoOptions } from '../../../lab/demo/options.js';
import { demoEnv, demoPlace, labPrefix, shownPath, statePrefix } from '../../../lab/demo/place.js';
import { insertStatement } from '../../../lab/demo/record.js';
import { endingOf, openGates, operationsOf, readView } from '../../../lab/demo/run-view.js';
import type { RunView } from '../../../lab/demo/run-view.js';
import { readUpLog } from '../../../lab/demo/start-up.js';
import { createTalk, tookLine } from '../../../lab/demo/talk.js';
import { endingLines, farewellLines, interruptedLines, summaryLines } from '../../../lab/demo/texts.js';
import { parseBytes } from '../../../planning/format.js';
import type { Decision, GateState } from '../../../workflows/contract/gates.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const ROOT = '/srv/project';
const here = demoPlace(ROOT, {});
const elsewhere = demoPlace(ROOT, { LAB_HOME: "/srv/it's a lab" });

const gate = (over: Partial<GateState> = {}): GateState => ({
  id: 'wipe-follower/follower1',
  kind: 'wipe-follower',
  name: 'follower1',
  token: 't',
  fingerprint: 'ab'.repeat(32),
  op: { id: '1f2e3d4c', epoch: 1, adopted: false },
  openedAt: '2026-11-24T20:00:00Z',
  expiresAt: '2026-11-27T20:00:00Z',
  ...over,
});

const decision: Decision = {
  ...{ gateId: 'change-leader', by: 'x', at: '', token: 't', fingerprint: '', op: '', epoch: 1 },
  verdict: 'approved',
};

function view(over: Partial<RunView> = {}, gates: GateState[] = []): RunView {
  const branch = { phase: 'gate', steps: [], gates: [], leftovers: [] } as const;
  return {
    ...{ version: 1, cluster: 'lab', phase: 'waiting', requester: 'x', startedAt: '2026-11-24T20:00:00Z' },
    ...{ decisions: [], findings: [], runId: 'r', workflowId: 'replication/lab', status: 'RUNNING' },
    leader: { ...branch, steps: [], gates: [], leftovers: [] },
    followers: { follower1: { ...branch, steps: [], gates, leftovers: [] } },
    ...over,
  };
}

describe('the options of the demo', () => {
  it.each([
    [[], { approve: false, sample: '300MB', help: false }],
    [['--approve', '--sample', '30MB'], { approve: true, sample: '30MB', help: false }],
  ])('%j', (argv, expected) => {
    expect({ ...readDemoOptions(argv) }).toEqual(expected);
  });

  it.each([[['--aprove']], [['yes']], [['--sample']]])('%j is a mistake', (argv) => {
    expect(() => readDemoOptions(argv)).toThrow(TypeError);
  });
});

describe('the place of the demo', () => {
  it('is inside the lab, which is the .lab of the project unless LAB_HOME says otherwise', () => {
    expect(here).toMatchObject({ home: '/srv/project/.lab', stateHome: '/srv/project/.lab/state' });
    expect(demoPlace(ROOT, { LAB_HOME: 'x' }).home).toBe('/srv/project/x');
    expect(elsewhere.config).toBe("/srv/it's a lab/runbook.yaml");
  });

  it('gives two clones two task queues, and one clone always the same', () => {
    expect(here.taskQueue).toBe(demoPlace(ROOT, {}).taskQueue);
    expect(here.taskQueue).not.toBe(elsewhere.taskQueue);
  });

  it('shows paths as somebody in the project would type them', () => {
    expect(shownPath(here, here.config)).toBe('.lab/runbook.yaml');
    expect(labPrefix(here) + statePrefix(here)).toBe('RUNBOOK_STATE_HOME=.lab/state ');
    expect(labPrefix(elsewhere)).toBe(`LAB_HOME='/srv/it'\\''s a lab' `);
  });

  it("keeps an operator's own Temporal profile out, but for the server TEMPORAL_ADDRESS names", () => {
    const own = { PATH: '/bin', TEMPORAL_PROFILE: 'prod', TEMPORAL_API_KEY: 'k', TEMPORAL_CLI_PATH: '/t' };
    expect(demoEnv(here, own)).toEqual({
      ...{ PATH: '/bin', TEMPORAL_CLI_PATH: '/t', TEMPORAL_CONFIG_FILE: '/srv/project/.lab/no-profile.toml' },
      ...{ LAB_HOME: here.home, RUNBOOK_STATE_HOME: here.stateHome },
    });
    expect(demoEnv(here, { ...own, TEMPORAL_ADDRESS: 'a:1' })).toMatchObject({
      ...{ TEMPORAL_ADDRESS: 'a:1', TEMPORAL_PROFILE: 'prod', RUNBOOK_STATE_HOME: here.stateHome },
    });
  });
});

describe('the configuration of the demo', () => {
  it('is what lab up writes, with a rate and a task queue of its own', () => {
    const config = join(temporaryDirectory(), 'runbook.yaml');
    const fromLab = `version: 1
cluster: lab
leader: { name: leader, host: 10.77.1.11, address: 10.77.1.11 }
followers:
  - { name: follower1, host: 10.77.1.12 }
ssh: { user: ops }
replication: { role: replication, password: generate, slotWalLimit: 1GB, tls: require }
`;
    writeFileSync(config, fromLab);
    completeConfig({ ...here, config });
    const first = loadConfig(config);
    expect(first.config.copy.maxRateBytesPerSecond).toBe(parseBytes(DEMO_RATE));
    expect(first.temporal.taskQueue).toBe(here.taskQueue);
    writeFileSync(config, fromLab);
    completeConfig({ ...here, config });
    expect(loadConfig(config).digest).toBe(first.digest);
  });
});

describe('what the demo makes of a run', () => {
  it.each([
    [view({}, [gate()]), 'waiting'],
    [view({ status: 'COMPLETED', outcome: 'done' }), 'done'],
    [view({ status: 'COMPLETED', outcome: 'nothing-to-do' }), 'nothing-to-do'],
    [view({ status: 'COMPLETED', outcome: 'rejected' }), 'refused'],
    [view({ status: 'COMPLETED', outcome: 'cancelled' }), 'refused'],
    [view({ status: 'COMPLETED', outcome: 'partial' }), 'failed'],
    [view({ status: 'COMPLETED', outcome: 'aborted' }), 'failed'],
    [view({ status: 'TERMINATED' }), 'failed'],
  ])('%#: %s', (run, ending) => {
    expect(endingOf(run)).toBe(ending);
  });

  it('waits for a decision where a branch is parked', () => {
    const run = view();
    run.leader.failure = {
      ...{ code: 'COMMAND_FAILED', message: 'm', failureId: 'f', step: 'restartLeader', kind: 'ask' },
      ...{ at: '', actions: ['retry'] },
    };
    expect(endingOf(run)).toBe('parked');
  });

  it('finds the gates nobody has decided, and the operations of all', () => {
    const open = gate({ id: 'wipe-follower/follower1', op: { id: '00000002', epoch: 1, adopted: false } });
    const run = view({}, [gate({ decision }), open]);
    expect(openGates(run)).toEqual([open]);
    expect(operationsOf(run)).toEqual(['1f2e3d4c', '00000002']);
  });

  it('tells no run from one that cannot be read, and keeps the message', () => {
    const answer = (error: object) => ({ code: 7, stdout: JSON.stringify({ error }) });
    expect(readView(answer({ code: 'RUN_NOT_FOUND', message: 'no run' }))).toBeUndefined();
    const read = () => readView(answer({ code: 'WORKER_ABSENT', message: 'gone', hint: 'start one' }));
    expect(read).toThrow('error:   gone [WORKER_ABSENT]\nhint:    start one');
    expect(() => readView({ code: 7, stdout: '' })).toThrow(DemoEnd);
    expect(readView({ code: 3, stdout: JSON.stringify(view()) })).toEqual(view());
  });

  it('approves with the name and the first twelve digits on the card, as the command line takes it', () => {
    const args = approveArguments('lab', gate());
    expect(args.join(' ')).toBe(
      'approve lab --gate wipe-follower/follower1 --confirm follower1 --fingerprint abababababab --by demo-approver',
    );
    const known = COMMANDS.find(({ name }) => name === 'approve')?.options.map(
      ({ flags }) => flags.split(' ')[0],
    );
    expect(known).toEqual(expect.arrayContaining(args.filter((word) => word.startsWith('--'))));
  });
});

describe('the words of the demo', () => {
  const facts = {
    leader: { name: 'leader', changes: ['role r'], starts: 1, runningSince: '2026-11-24 22:16:04+00' },
    followers: {
      follower1: { changes: ['c'], downtimeMs: 640, oldData: { path: '/var/old', bytes: 40_308_736 } },
    },
  };

  it('sums up what has changed', () => {
    expect(summaryLines(facts)).toEqual([
      ...['leader:', '  role r', '  restarted once; running since 2026-11-24 22:16:04+00', ''],
      ...['follower1:', '  c', '  its old server was away for 0.64 s'],
      ...['  its old data, 38 MB, lies in', '    /var/old'],
    ]);
  });

  it.each([
    [0, 'not restarted'],
    [2, 'restarted twice'],
    [5, 'restarted 5 times'],
  ])('says it when the leader was started %i times', (starts, words) => {
    const lines = summaryLines({ ...facts, leader: { ...facts.leader, starts } });
    expect(lines).toContain(`  ${words}; running since 2026-11-24 22:16:04+00`);
  });

  const texts = [
    farewellLines(
      here,
      'lab',
      'follower1',
      `http://127.0.0.1:45467/namespaces/default/workflows/replication%2Flab`,
    ),
    interruptedLines(here),
    ...(['refused', 'waiting', 'parked', 'failed'] as const).map((ending) =>
      endingLines(here, 'lab', ending),
    ),
    insertStatement('01a20f9f-ebdb-7e85').split('\n'),
  ].flat();

  it('are ASCII and fit 80 columns', () => {
    for (const line of texts) expect(line).toMatch(/^[ -~]{0,80}$/);
  });

  it('name only commands there are, by the launcher of the clone', () => {
    const named = texts.flatMap((line) => [...line.matchAll(/bin\/runbook (\S+)/g)].map(([, name]) => name));
    expect(new Set(named)).toEqual(new Set(['lab', 'show', 'approve', 'cancel', 'resume']));
    for (const name of named) expect(COMMANDS.map((command) => command.name)).toContain(name);
  });

  it('say how to remove everything, however the demo ends', () => {
    for (const lines of [interruptedLines(elsewhere), farewellLines(elsewhere, 'lab', 'follower1')])
      expect(lines).toContain(`  ${labPrefix(elsewhere)}bin/runbook lab destroy`);
  });

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('are coloured on a terminal only (terminal: %s, %j)', (isTTY, env, colored) => {
    let out = '';
    const talk = createTalk({ isTTY, write: (text) => (out += text) }, env);
    talk.heading('a');
    talk.command('b');
    talk.label('c');
    talk.line('d');
    expect(out.includes('\u001b')).toBe(colored);
    // eslint-disable-next-line no-control-regex
    expect(out.replaceAll(/\u001b\[[\d;]+m/g, '')).toBe('\n== a\n$ b\nc\nd\n');
  });

  it('keep the columns of the lab', () => {
    expect(tookLine('up', 'server and worker are up', 2449)).toBe(
      'up           server and worker are up                                      2.4 s',
    );
  });
});

describe('the log of runbook up', () => {
  it('tells both addresses', () => {
    const log =
      'Temporal server: 127.0.0.1:45013\nTemporal UI:     http://127.0.0.1:38395\nDatabase:        /x\nReady.\n';
    expect(readUpLog(log)).toEqual({ address: '127.0.0.1:45013', uiAddress: 'http://127.0.0.1:38395' });
  });

  it("tells none where the server is somebody else's, or not ready yet", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(Object.keys(readUpLog(`x${text.replaceAll('\n', ' ')}`))).toEqual([]);
      }),
    );
  });
});
