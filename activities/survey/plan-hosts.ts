import { createHash } from 'node:crypto';
import { shortFingerprintLines } from '../../planning/commands/fingerprint.js';
import { fingerprintScript } from '../../planning/commands/survey.js';
import { hbaFilesOf } from '../../planning/hba-files-of.js';
import type { ServerFacts } from '../../planning/facts.js';
import { followerPlan } from '../../planning/follower-plan.js';
import { leaderPlan } from '../../planning/leader-plan.js';
import type { FollowerLook } from '../../planning/follower-look.js';
import type { SurveyInput } from '../../workflows/contract/activities.js';
import type { FollowerPlan, LeaderPlan } from '../../workflows/contract/plan.js';
import type { FollowerTarget, LeaderTarget } from '../../workflows/contract/target.js';
import { addressOf } from '../address-of.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { followerFingerprint } from './follower-fingerprint.js';
import type { SurveyedLeader } from './look-at-follower.js';

/** The leader's card, with the digest its approval is bound to. */
export function planLeader(
  { facts, server }: SurveyedLeader,
  target: LeaderTarget,
  followers: FollowerTarget[],
): LeaderPlan {
  const plan = leaderPlan(
    server,
    target,
    followers,
    new Set(facts.existingRoles.map(({ name }) => name)),
    facts.files.hbaText,
    hbaFilesOf(facts),
  );
  // Not what is said of pg_hba.conf as it is: an edit elsewhere in the file is no other change.
  const steps = plan.steps.map(({ step, host, commands }) => ({ step, host, commands }));
  const digest = createHash('sha256')
    .update(JSON.stringify([target.identity, target.postmasterStartTime, steps]))
    .digest('hex');
  return { ...plan, fingerprint: digest };
}

/** A follower's card. Its fingerprint is taken on the host, now that the class is known. */
export async function planFollower(
  context: StepContext,
  { config }: SurveyInput,
  leader: { server: ServerFacts; target: LeaderTarget },
  look: FollowerLook,
  peers: { name: string; address: string }[],
): Promise<FollowerPlan> {
  const { target } = look;
  target.unknownPeers = peers.filter(({ address }) => address === '').map(({ name }) => name);
  const follower = config.followers.find(({ name }) => name === target.name);
  if (target.remedy !== 'none' && follower !== undefined) {
    const variables = followerFingerprint(leader.target, target);
    const seen = await context.hosts.use(addressOf(config, follower), (host) =>
      runScript(host, fingerprintScript(target.location.dataDirectory, variables)),
    );
    target.fingerprint = seen.values.fingerprint ?? '';
    target.fingerprintLines = shortFingerprintLines(seen.text('lines').trim().split('\n'));
  }
  return followerPlan(config, leader, look, peers);
}
