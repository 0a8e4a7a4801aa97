import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stepFailure } from '../../../activities/failures.js';
import type { Host, SqlSession } from '../../../activities/hosts/host.js';
import type { StepContext } from '../../../activities/step.js';
import { takeBaseBackup } from '../../../activities/steps/take-base-backup.js';
import type { CopyProgress, StepInput } from '../../../workflows/contract/activities.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { sampleConfig } from '../planning/sample-facts.js';
import { samplePlan } from '../client/sample.js';

const MB = 1024 ** 2;
const [planned] = Object.values(samplePlan.followers);
const target = planned?.target;
const leaderTarget = samplePlan.leader?.target;
if (target === undefined || leaderTarget === undefined) throw new Error('the sample plans no copy');
const { identity } = leaderTarget;

interface Scene {
  /** What the look at the job prints, one after the other; the last one stays. `lost`: the host cannot be reached. */
  job: string[];
  leader?: 'lost';
  slot?: 'reserved' | 'gone';
  retainedMb?: number;
  boundMb?: number;
  freeMb?: number;
  /** WAL senders of a copy that nobody runs any more. */
  leftSenders?: number;
  stallMs?: number;
  /** Reads what `notify` tells. */
  notify?: string[];
}

/** Two hosts that answer as told; `did` has what was done to them, in order. */
function play(scene: Scene) {
  const did: string[] = [];
  const told: CopyProgress[] = [];
  const jobs = [...scene.job];
  let slot = scene.slot ?? 'reserved';
  let senders = scene.leftSenders ?? 0;
  const answer = (stdout: string) =>
    Promise.resolve({ kind: 'exited', code: 0, stdout, stderr: '' } as const);

  const follower = (script: string) => {
    const job = jobs[0] ?? '';
    if (job === 'lost') throw stepFailure('HOST_UNREACHABLE', 'follower1', 'no answer');
    if (script.includes("RUNNER='#!/bin/sh")) {
      did.push('start job');
      return answer('state=running\njob=/jobs/2\n');
    }
    if (script.includes('stop_job "$STATE')) {
      did.push('close job');
      return answer('');
    }
    if (jobs.length > 1) jobs.shift();
    return answer(job);
  };
  const leader = (script: string) => {
    if (script.includes('WAL=')) return answer(`free=${String((scene.freeMb ?? 10_000) * MB)}\n`);
    if (script.includes('say64 record'))
      return answer(
        `record:=${Buffer.from(`op=x\nmadeSlot=${target?.slotName ?? ''}\n`).toString('base64')}\n`,
      );
    if (script.includes('pg_terminate_backend')) did.push('journal the end of senders');
    return answer('');
  };
  const rows = (text: string): object[] => {
    if (text.includes('pg_is_in_recovery')) {
      const { machineId, systemIdentifier, timeline } = identity;
      return [{ recovery: false, machine: machineId, system: systemIdentifier, timeline }];
    }
    if (text.includes('pg_stat_progress_basebackup'))
      return [
        {
          phase: 'streaming database files',
          total: String(100 * MB),
          streamed: String(10 * MB),
          slot: slot === 'reserved',
          wal_status: 'reserved',
          restart_lsn: '0/1000000',
          retained: String((scene.retainedMb ?? 1) * MB),
          bound: String(scene.boundMb ?? 1000),
        },
      ];
    if (text.includes('select active')) return slot === 'gone' ? [] : [{ active: senders > 0 }];
    if (text.includes('count(*)::int as senders')) return [{ senders }];
    if (text.includes('select pg_terminate_backend')) {
      did.push('end senders');
      senders = 0;
    }
    if (text.includes('select pg_drop_replication_slot')) {
      did.push('drop slot');
      slot = 'gone';
    }
    return [];
  };
  const session: SqlSession = {
    query: <Row extends object>(text: string) => Promise.resolve(rows(text) as Row[]),
  };
  const hosts: Record<string, Host> = {
    follower1: {
      name: 'follower1',
      run: async (script) => follower(script),
      sql: () => Promise.reject(new Error('not asked')),
    },
    leader: { name: 'leader', run: async (script) => leader(script), sql: (_, use) => use(session) },
  };
  const context: StepContext = {
    hosts: {
      use: (address, work) => {
        if (address.name === 'leader' && scene.leader === 'lost')
          return Promise.reject(stepFailure('HOST_UNREACHABLE', 'leader', 'no answer'));
        const host = hosts[address.name];
        if (host === undefined) throw new Error(address.name);
        return work(host);
      },
      close: () => Promise.resolve(),
    },
    signal: new AbortController().signal,
    progress: (details) => told.push(details as CopyProgress),
    lastProgress: undefined,
    isPatient: () => true,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 20)),
  };
  const input = {
    config: {
      ...sampleConfig(),
      ...(scene.notify === undefined ? {} : { notify: { command: scene.notify } }),
    },
    claimant: { workflowId: 'replication/orders', runId: 'run', server: 'here', requester: 'alice' },
    leader: leaderTarget,
    follower: target,
    approvals: [],
    ...(scene.stallMs === undefined ? {} : { copyStallMs: scene.stallMs }),
  } as StepInput;
  return { did, told, result: takeBaseBackup(input, context) };
}

const RUNNING = 'state=running\njob=/jobs/1\n';
const COPIED = 'state=running\ncopied=yes\njob=/jobs/1\n';

describe('the step of the copy', () => {
  it('attaches to the copy that runs, shows it, and ends with it', async () => {
    const { result, did, told } = play({ job: [RUNNING, RUNNING, COPIED] });
    expect(await result).toEqual({ changed: false, evidence: 'pg_basebackup ended well (/jobs/1)' });
    expect(did).toEqual([]);
    expect(told.map(({ phase, bytesDone, wal }) => [phase, bytesDone, wal?.budgetBytes])).toEqual([
      ['copying', 10 * MB, 1000 * MB],
      ['copying', 10 * MB, 1000 * MB],
    ]);
  });

  it('ends what an earlier copy has left on the leader before it starts one', async () => {
    const { result, did } = play({ job: ['state=absent\n', COPIED], leftSenders: 2 });
    expect((await result).changed).toBe(true);
    expect(did).toEqual(['journal the end of senders', 'end senders', 'start job']);
  });

  it('starts a copy that is only to be verified without asking the leader', async () => {
    const { result, did } = play({
      job: ['state=vanished\ncomplete=yes\njob=/jobs/1\n', COPIED],
      leader: 'lost',
    });
    await result;
    expect(did).toEqual(['start job']);
  });

  it('starts none where the slot is gone', async () => {
    const { result, did } = play({ job: ['state=absent\n'], slot: 'gone' });
    await expect(result).rejects.toMatchObject({ problem: { code: 'SLOT_LOST', host: 'leader' } });
    expect(did).toEqual(['close job']);
  });

  it('stops the copy and drops the slot when the WAL comes to four fifths of its budget', async () => {
    const { result, did } = play({ job: [RUNNING], retainedMb: 800 });
    await expect(result).rejects.toMatchObject({
      problem: {
        code: 'LEADER_WAL_BUDGET',
        message: 'leader: 800 MB of WAL are held back for the copy of follower1, of 1000 MB at most',
      },
    });
    expect(did).toEqual(['close job', 'drop slot']);
  });

  it('tells once that the WAL has come to half of it, and remembers that for whoever attaches next', async () => {
    const file = join(temporaryDirectory(), 'told');
    const { result, told } = play({
      job: [RUNNING, RUNNING, COPIED],
      retainedMb: 600,
      notify: ['/bin/sh', '-c', `cat >>'${file}'`],
    });
    await result;
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      {
        event: 'wal-warning',
        branch: 'follower1',
        message: 'leader: the copy of follower1 holds back 600 MB of 1000 MB of WAL',
      },
    ]);
    expect(told.map(({ walTold }) => walTold)).toEqual([true, true]);
  });

  it('does so too where only the disk of the leader is the limit', async () => {
    const { result } = play({ job: [RUNNING], retainedMb: 800, boundMb: -1, freeMb: 900 });
    await expect(result).rejects.toMatchObject({ problem: { code: 'LEADER_WAL_BUDGET' } });
  });

  it('protects the leader also while the follower cannot be reached', async () => {
    const { result, did } = play({ job: ['lost'], retainedMb: 900 });
    await expect(result).rejects.toMatchObject({
      problem: {
        code: 'LEADER_WAL_BUDGET',
        detail: expect.stringContaining('The copy itself is still there') as string,
      },
    });
    expect(did).toEqual(['drop slot']);
  });

  it('only looks again where the follower cannot be reached and the leader is well', async () => {
    const { result, did } = play({ job: ['lost'] });
    await expect(result).rejects.toMatchObject({ problem: { code: 'HOST_UNREACHABLE' } });
    expect(did).toEqual([]);
  });

  it('leaves no slot behind a failure that asks a person, and says so where it cannot', async () => {
    const failed = { job: ['state=ended\nresult=verify-failed 1\n'] };
    const one = play(failed);
    await expect(one.result).rejects.toMatchObject({ problem: { code: 'VERIFY_FAILED' } });
    expect(one.did).toEqual(['close job', 'drop slot']);
    const other = play({ ...failed, leader: 'lost' });
    await expect(other.result).rejects.toMatchObject({
      problem: {
        code: 'VERIFY_FAILED',
        detail: expect.stringContaining('is still there: leader: no answer') as string,
      },
    });
  });

  it('keeps the slot for a copy that begins again by itself', async () => {
    const { result, did } = play({ job: ['state=vanished\n'] });
    await expect(result).rejects.toMatchObject({ problem: { code: 'COPY_INTERRUPTED' } });
    expect(did).toEqual(['close job']);
  });

  it('asks about a copy that stands still and leaves it alone', async () => {
    const { result, did } = play({ job: [`${RUNNING}bytes=5\n`], stallMs: 300 });
    await expect(result).rejects.toMatchObject({
      problem: { code: 'COPY_STALLED', detail: "It was left as it is. The leader's view: copying." },
    });
    expect(did).toEqual([]);
  });

  it('gives it up where nothing bounds what the slot would hold back meanwhile', async () => {
    const { result, did } = play({ job: [RUNNING], stallMs: 300, boundMb: -1 });
    await expect(result).rejects.toMatchObject({
      problem: { code: 'COPY_STALLED', detail: expect.stringContaining('stopped and removed') as string },
    });
    expect(did).toEqual(['close job', 'drop slot']);
  });
});
