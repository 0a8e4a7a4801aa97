import { expect, it } from 'vitest';
import type { Host } from '../../../activities/hosts/host.js';
import { refuseBesideCopy } from '../../../activities/steps/ensure-slot.js';
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
