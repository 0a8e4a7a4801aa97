import { fingerprintVariables } from '../planning/commands/fingerprint.js';
import type { ReversalScriptInput } from '../planning/commands/put-back.js';
import type { StepInput } from '../workflows/contract/activities.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { StepId } from '../workflows/contract/steps.js';
import { followerGuard } from './guards.js';

/** What the fingerprint of an undo or a purge is made of, besides what the host itself shows. */
export const reversalFingerprint = ({ identity }: LeaderTarget, { location, remedy }: FollowerTarget) => ({
  dataDirectory: location.dataDirectory,
  binDirectory: location.binDirectory,
  leader: identity,
  class: '',
  mode: remedy,
});

/** What the scripts of an undo and a purge begin with. */
export const reversalScriptInput = (
  input: StepInput,
  step: StepId,
  commands: string[],
): ReversalScriptInput => ({
  guard: followerGuard(input, step, commands),
  fingerprint: fingerprintVariables(reversalFingerprint(input.leader, input.follower)),
  approvedFingerprint: input.follower.fingerprint,
});
