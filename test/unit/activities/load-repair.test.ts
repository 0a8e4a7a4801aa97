import { describe, expect, it } from 'vitest';
import { stepFailure } from '../../../activities/failures.js';
import type { Host } from '../../../activities/hosts/host.js';
import { takeEffect } from '../../../activities/steps/load-repair.js';
import type { StepInput } from '../../../workflows/contract/activities.js';
import type { FollowerClass, Repair } from '../../../workflows/contract/target.js';
import { STANDBY_LIMITS } from '../../../planning/postgres/standby-settings.js';
import type { LeaderLimits } from '../../../activities/steps/effective-configuration.js';
import { samplePlan } from '../client/sample.js';

const limits = (value: string): LeaderLimits =>
  Object.fromEntries(STANDBY_LIMITS.map((name) => [name, value])) as LeaderLimits;

/** A follower that runs with these values; `undefined`: its server is stopped. Notes what is done to it. */
function fakeHost(running: Record<string, string> | undefined): { host: Host; done: string[] } {
  const done: string[] = [];
  let loads = 0;
  const session = {
    query: (text: string) => {
      if (text.includes('pg_hba_file_rules')) return Promise.resolve([]);
      if (text.includes('pg_conf_load_time')) return Promise.resolve([{ at: String(loads) }]);
      if (text.includes('pg_reload_conf')) {
        done.push('reload');
        loads += 1;
        return Promise.resolve([]);
      }
      return Promise.resolve(Object.entries(running ?? {}).map(([name, setting]) => ({ name, setting })));
    },
  };
  const host = {
    name: 'follower1',
    sql: (_: unknown, use: (given: unknown) => Promise<unknown>) =>
      running === undefined
        ? Promise.reject(stepFailure('POSTGRES_UNAVAILABLE', 'follower1', 'no server'))
        : use(session),
    run: (script: string) => {
      done.push(script.includes('systemctl restart') ? 'restart' : 'claim');
      return Promise.resolve({ kind: 'exited', code: 0, stdout: '', stderr: '' });
    },
  };
  return { host: host as unknown as Host, done };
}

function inputFor(name: FollowerClass, repairs: Repair[]): StepInput {
  const [follower] = Object.values(samplePlan.followers);
  return {
    claimant: { workflowId: 'replication/orders', runId: 'r', server: 's', requester: 'alice' },
    leader: samplePlan.leader?.target,
    follower: { ...follower?.target, class: name, remedy: 'repair', repairs },
    approvals: [],
  } as unknown as StepInput;
}

describe('a repaired file takes effect', () => {
  const right = { ...limits('100'), primary_slot_name: 'ours' };

  it.each<[string, FollowerClass, Repair[], Record<string, string> | undefined, string, string[]]>([
    ['by nothing, where the server has it', 'repairable', ['slot'], right, 'nothing', []],
    [
      'by a reload, under a claim of the operation',
      'repairable',
      ['slot'],
      { ...right, primary_slot_name: 'other' },
      'reload',
      ['claim', 'reload'],
    ],
    [
      'by a restart, where a limit is too low',
      'repairable',
      ['slot', 'settings'],
      { ...right, max_connections: '50' },
      'restart',
      ['restart'],
    ],
    [
      'by no restart that the card does not name',
      'repairable',
      ['slot'],
      { ...right, max_connections: '50' },
      'nothing',
      [],
    ],
    ['by its start, where it is down', 'down', ['slot'], undefined, 'start', []],
  ])('%s', async (_, name, repairs, running, needed, done) => {
    const fake = fakeHost(running);
    const wanted = { primary_slot_name: 'ours' };
    expect(await takeEffect(inputFor(name, repairs), fake.host, wanted, limits('100'))).toBe(needed);
    expect(fake.done).toEqual(done);
  });

  it('waits for a server that should run and does not answer', async () => {
    const { host } = fakeHost(undefined);
    await expect(takeEffect(inputFor('repairable', ['slot']), host, {}, limits('100'))).rejects.toThrow(
      'no server',
    );
  });
});
