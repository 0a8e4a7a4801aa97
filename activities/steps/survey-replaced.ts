import { reversalFingerprintScript } from '../../planning/commands/reversal-record.js';
import { shortFingerprintLines } from '../../planning/commands/fingerprint.js';
import { classifyData, type Classified } from '../../planning/classify.js';
import type { ClusterFacts } from '../../planning/facts.js';
import { blockOn, finding } from '../../planning/findings/finding.js';
import { purgeFindings, undoFindings } from '../../planning/findings/reversal-findings.js';
import { unusableLeader } from '../../planning/findings/unusable-leader.js';
import { chooseReversal, type Choice } from '../../planning/reversal.js';
import { reversalPlan } from '../../planning/reversal-plan.js';
import { slotInUse } from '../../planning/standby-faults.js';
import { followerTarget, leaderTarget } from '../../planning/targets.js';
import type { ReversalSurveyInput } from '../../workflows/contract/activities.js';
import type { FollowerConfig } from '../../workflows/contract/config.js';
import type { Finding, FollowerPlan, Plan } from '../../workflows/contract/plan.js';
import type {
  FollowerTarget,
  KeptDirectory,
  LeaderTarget,
  Reversal,
} from '../../workflows/contract/target.js';
import { addressOf, leaderAddress } from '../address-of.js';
import { reversalFingerprint } from '../reversal-script-input.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { catchUp } from '../survey/catch-up.js';
import { gather } from '../survey/gather.js';
import { refuseLeader, type SurveyedLeader } from '../survey/look-at-follower.js';
import { planLeader } from '../survey/plan-hosts.js';
import { inConfigOrder, lookAtHosts } from './survey-and-plan.js';
import { recordOf } from '../record-of.js';

type Chosen = Extract<Choice, { op: unknown }>;

/** The survey of an undo or a purge: the same look at all hosts, and a plan of what was set aside. Changes nothing. */
export async function surveyReplaced(input: ReversalSurveyInput, context: StepContext): Promise<Plan> {
  const { config } = input;
  const findings: Finding[] = [];
  const plan: Plan = { cluster: config.cluster, madeAt: new Date().toISOString(), followers: {}, findings };
  const { leader: facts, followers } = await lookAtHosts(input, context, findings);
  const unusable = facts === undefined ? undefined : unusableLeader(config.leader.name, facts);
  if (unusable !== undefined) findings.push(unusable);
  if (facts?.server === undefined || unusable !== undefined) return inConfigOrder(plan, config);
  const leader: SurveyedLeader = { facts, server: facts.server };
  const target = leaderTarget(
    config,
    facts,
    leader.server,
    { id: input.leaderOp, epoch: 1, adopted: false },
    0,
  );
  // Nothing of the leader's own is changed: what was made there for a follower is covered by the follower's gate.
  plan.leader = { ...planLeader(leader, target, []), needsGate: false, steps: [] };
  const plans = await Promise.all(
    config.followers.map(async (follower, index) => {
      const seen = followers[index];
      if (seen === undefined) return undefined;
      return gather(findings, context, () =>
        surveyFollower(input, context, { leader, target, findings }, follower, seen),
      );
    }),
  );
  for (const one of plans) if (one !== undefined) plan.followers[one.target.name] = one;
  return inConfigOrder(plan, config);
}

interface Surveyed {
  leader: SurveyedLeader;
  target: LeaderTarget;
  findings: Finding[];
}

async function surveyFollower(
  input: ReversalSurveyInput,
  context: StepContext,
  { leader, target: leaderTarget, findings }: Surveyed,
  follower: FollowerConfig,
  facts: ClusterFacts,
): Promise<FollowerPlan> {
  const { kind, config, claimant } = input;
  refuseLeader(input, leader, follower, facts);
  const { flushLsn } = leader.server;
  const host = addressOf(config, follower);
  if (facts.server?.inRecovery === true && flushLsn !== null)
    await context.hosts.use(host, (opened) => catchUp(opened, context, facts, flushLsn));
  const classified = classifyData(facts, leader.server);
  const choice = chooseReversal(kind, facts.files, claimant);
  if (!('op' in choice)) {
    const { code, because, blocks } = choice;
    findings.push(
      blocks ? blockOn(follower.name)(code, because) : finding('info', code, follower.name, because),
    );
    const id = input.ops[follower.name] ?? '';
    const none = { remedy: 'none', repairs: [] } as const;
    const idle = followerTarget(
      config,
      follower.name,
      facts,
      { id, epoch: 1, adopted: false },
      classified.class,
      { ...none, repairs: [] },
    );
    return reversalPlan(leaderTarget, idle, facts, false);
  }
  const target = targetOf(input, follower, facts, classified, choice);
  target.reversal = await reversalOf(input, context, leaderTarget, target, choice);
  findings.push(
    ...(kind === 'undo'
      ? undoFindings(leader.server, facts, target, choice.record.values)
      : purgeFindings(facts, target, classified)),
  );
  const script = reversalFingerprintScript(
    target.location.dataDirectory,
    target.op.id,
    reversalFingerprint(leaderTarget, target),
  );
  const seen = await context.hosts.use(host, (opened) => runScript(opened, script));
  target.fingerprint = seen.values.fingerprint ?? '';
  target.fingerprintLines = shortFingerprintLines(seen.text('lines').trim().split('\n'));
  return reversalPlan(leaderTarget, target, facts, kind === 'purge' && leaderTarget.noRecord !== true);
}

function targetOf(
  { config, kind }: ReversalSurveyInput,
  follower: FollowerConfig,
  facts: ClusterFacts,
  classified: Classified,
  { op, record }: Chosen,
): FollowerTarget {
  const slotName = slotInUse(facts);
  const target = followerTarget(config, follower.name, facts, op, classified.class, {
    remedy: kind,
    repairs: [],
    ...(slotName === '' ? {} : { slotName }),
  });
  return record.values.madePassfile === undefined
    ? target
    : { ...target, passfile: record.values.madePassfile };
}

async function reversalOf(
  { config, kind }: ReversalSurveyInput,
  context: StepContext,
  leader: LeaderTarget,
  target: FollowerTarget,
  { directories, record }: Chosen,
): Promise<Reversal> {
  const { values } = record;
  const replacedAt = values.closedAt === undefined ? {} : { replacedAt: values.closedAt };
  if (kind === 'purge')
    return {
      directories,
      ...replacedAt,
      ...(directories.some((directory) => directory.kind === 'replaced') ? { needsStream: true } : {}),
    };
  const made = await context.hosts.use(leaderAddress(config), (host) =>
    recordOf(host, leader.location.dataDirectory, target.op.id),
  );
  const named = {
    slot: made.madeSlot,
    hbaLine: made.madeHbaLine,
    role: made.madeRole,
    passfile: values.madePassfile,
  };
  return {
    directories: [...copyDirectories(target, values), ...directories],
    ...replacedAt,
    ...(values.oldRan === 'yes' ? { startsFormer: true } : {}),
    ...(values.madeSwitchoverLines === undefined
      ? {}
      : { hbaKeys: values.madeSwitchoverLines.split(' ').filter((key) => key !== '') }),
    made: Object.fromEntries(Object.entries(named).filter(([, name]) => name !== undefined)),
  };
}

/** Where the copy goes: its data directory, and what its links lead to (`new.<link>` of the record). */
function copyDirectories(
  { location: { dataDirectory }, op }: FollowerTarget,
  values: Record<string, string>,
): KeptDirectory[] {
  const aside = (path: string, link?: string): KeptDirectory => ({
    op: op.id,
    kind: 'displaced',
    ...(link === undefined ? {} : { link }),
    path,
    keptAs: `${path}.displaced-${op.id}`,
    sizeBytes: 0,
  });
  const linked = Object.entries(values).flatMap(([name, value]) => {
    if (!name.startsWith('new.')) return [];
    const path = Buffer.from(value.split(' ')[3] ?? '', 'base64').toString('utf8');
    return [aside(path, name.slice('new.'.length))];
  });
  return [aside(dataDirectory), ...linked];
}
