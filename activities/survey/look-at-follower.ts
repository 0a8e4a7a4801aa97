import {
  adopt,
  claimedFinding,
  foreignRecord,
  ownRecord,
  unfinishedReversal,
} from '../../planning/adopt-operation.js';
import { classify } from '../../planning/classify.js';
import { copyMode } from '../../planning/copy-mode.js';
import type { ClusterFacts, ServerFacts } from '../../planning/facts.js';
import { followerFindings } from '../../planning/findings/follower-findings.js';
import { hostFindings } from '../../planning/findings/host-findings.js';
import { keptFindings } from '../../planning/findings/kept-findings.js';
import type { FollowerLook } from '../../planning/follower-look.js';
import { linkedDirectories, shownLinked, type Linked } from '../../planning/linked-directories.js';
import { remedyFor } from '../../planning/remedy.js';
import { followerTarget } from '../../planning/targets.js';
import type { SurveyInput } from '../../workflows/contract/activities.js';
import type { FollowerConfig } from '../../workflows/contract/config.js';
import { addressOf } from '../address-of.js';
import { stepFailure } from '../failures.js';
import type { StepContext } from '../step.js';
import { catchUp } from './catch-up.js';
import { lookAtPlaces } from './look-at-places.js';
import { losesPassword } from './loses-password.js';

export interface SurveyedLeader {
  facts: ClusterFacts;
  server: ServerFacts;
}

/** What a follower is to this leader, and what stands against it. `facts` were read before. */
export async function lookAtFollower(
  input: SurveyInput,
  context: StepContext,
  leader: SurveyedLeader,
  follower: FollowerConfig,
  facts: ClusterFacts,
): Promise<FollowerLook> {
  const { config } = input;
  refuseLeader(input, leader, follower, facts);
  refuseUnfinished(follower, facts);
  const record = ownRecord(input, follower.name, facts.files.records);
  const { flushLsn } = leader.server;
  if (facts.server?.inRecovery === true && flushLsn !== null)
    await context.hosts.use(addressOf(config, follower), (host) => catchUp(host, context, facts, flushLsn));
  const classified = classify(facts, leader.server, record);
  const op = adopt(
    input,
    facts.files.records,
    input.ops[follower.name] ?? '',
    (candidate) => candidate === record,
  );
  const remedied = remedyFor(classified, facts, leader.server);
  if (remedied.because !== undefined) classified.reasons.push(remedied.because);
  let linked: Linked = { linked: [], oldLinked: [] };
  if (remedied.remedy === 'copy') {
    facts.places = await lookAtPlaces(context, addressOf(config, follower), leader.server, facts);
    linked = linkedDirectories(leader.server, facts, op.id, record);
    classified.mode = copyMode(config, leader, facts, linked, record, classified);
    // In place a finding says why; here, why in place would not do either.
    if (classified.mode.mode === 'side-by-side') classified.reasons.push(...classified.mode.because);
  }
  const { mode } = classified.mode ?? {};
  const target = followerTarget(config, follower.name, facts, op, classified.class, remedied, mode);
  Object.assign(target, shownLinked(linked, target.mode));
  if (await losesPassword(context, config, leader.facts, target)) target.renewsPassword = true;
  const findings = followerFindings(leader, facts, target, classified);
  // Neither of these two classes has anything before it that a finding could still prevent.
  if (classified.class !== 'healthy' && classified.class !== 'copied') findings.push(...hostFindings(facts));
  findings.push(...keptFindings(follower.name, facts, Date.now()));
  const claimed = foreignRecord(input, facts.files.records);
  if (claimed !== undefined) findings.push(claimedFinding(follower.name, claimed));
  return { facts, target, classified, findings };
}

/** Not adopted: a set-up would take for its own what an undo has half put back. */
function refuseUnfinished({ name }: FollowerConfig, { files }: ClusterFacts): void {
  const record = unfinishedReversal(files.records);
  if (record === undefined) return;
  const kind = record.values.undo === undefined ? 'purge' : 'undo';
  throw stepFailure('REVERSAL_UNFINISHED', name, `its ${kind} of operation ${record.op} has not ended`, {
    hint: `Run \`runbook ${kind}\`: it goes on where it was cut off.`,
  });
}

export function refuseLeader(
  { config }: SurveyInput,
  leader: SurveyedLeader,
  follower: FollowerConfig,
  facts: ClusterFacts,
): void {
  const sameServer =
    facts.server?.postmasterStartTime === leader.server.postmasterStartTime &&
    facts.server.systemIdentifier === leader.server.systemIdentifier;
  if (facts.host.machineId === leader.facts.host.machineId || sameServer)
    throw stepFailure('FOLLOWER_IS_LEADER', follower.name, `it is the machine of the leader`, {
      detail: `machine-id ${facts.host.machineId}, host name ${facts.host.hostname}`,
      hint: `Correct \`host:\` of ${follower.name} or of ${config.leader.name} in the configuration.`,
    });
}
