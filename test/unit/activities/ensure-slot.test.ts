import { expect, it } from 'vitest';
import type { Host } from '../../../activities/hosts/host.js';
import { describeSlot, refuseBesideCopy, type SlotRow } from '../../../activities/steps/ensure-slot.js';
import type { StepContext } from '../../../activities/step.js';
import type { StepInput } from '../../../workflows/contract/activities.js';
import { sampleConfig } from '../planning/sample-facts.js';
import { samplePlan } from '../client/sample.js';

const [follower] = Object.values(samplePlan.followers);
const input = { config: sampleConfig(), follower: follower?.target } as unknown as StepInput;
const leader = { name: 'leader' } as Host;

/** A follower whose job is as told; nothing but the job's state is asked of it. */
function contextWith(told: string): StepContext {
  const host = {
    name: 'follower1',
    run: () => Promise.resolve({ kind: 'exited', code: 0, stdout: told, stderr: '' }),
  };
  return {
    hosts: { use: (_: unknown, use: (given: unknown) => Promise<unknown>) => use(host) },
  } as unknown as StepContext;
}

it.each([
  ['no copy', 'state=absent\n', false],
  ['a copy that failed and is taken anew', 'state=ended\nresult=copy-failed 1\n', false],
  ['a copy that is in place', 'state=ended\ncopied=yes\nswapped=yes\n', false],
  ['a copy that was complete, and is removed', 'state=closed\nresult=verify-failed 1\ncopied=yes\n', false],
  ['a copy at work', 'state=running\n', true],
  ['a complete copy', 'state=ended\ncopied=yes\n', true],
  ['a complete copy that is verified', 'state=running\ncopied=yes\n', true],
])('a slot that is gone, beside %s', async (_, told, refused) => {
  const made = refuseBesideCopy(input, contextWith(told), leader);
  if (!refused) await made;
  else await expect(made).rejects.toMatchObject({ problem: { code: 'SLOT_LOST', host: 'leader' } });
});

const idle: SlotRow = {
  slot_type: 'physical',
  temporary: false,
  active_pid: null,
  client_address: null,
  application_name: null,
  wal_status: 'reserved',
  restart_lsn: '0/3000000',
};

it.each<[string, Partial<SlotRow>, RegExp]>([
  ['not used', {}, /^slot rb reserves WAL from 0\/3000000/],
  ['used by the follower itself', { active_pid: 7, client_address: '10.0.0.2' }, /^slot rb reserves WAL/],
  ['used from elsewhere', { active_pid: 7, client_address: '10.0.0.9' }, /SLOT_CONFLICT/],
  ['used on the leader', { active_pid: 7, client_address: null }, /SLOT_CONFLICT/],
  ['logical', { slot_type: 'logical' }, /SLOT_CONFLICT/],
  ['lost', { wal_status: 'lost' }, /SLOT_LOST/],
])('a slot that is %s', (_, change, said) => {
  const told = (): string => {
    try {
      return describeSlot(leader, 'rb', { ...idle, ...change }, '10.0.0.2');
    } catch (error) {
      return (error as { problem: { code: string } }).problem.code;
    }
  };
  expect(told()).toMatch(said);
});
