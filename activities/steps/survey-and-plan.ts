import { adopt, claimedFinding, foreignRecord, isLeaderSide } from '../../planning/adopt-operation.js';
import { copyOptionFindings } from '../../planning/findings/copy-option-findings.js';
import { boundFinding } from '../../planning/findings/finding.js';
import { followerTwice } from '../../planning/findings/follower-twice.js';
import { hostFindings } from '../../planning/findings/host-findings.js';
import { joiningFindings } from '../../planning/findings/joining-findings.js';
import { leaderFindings } from '../../planning/findings/leader-findings.js';
import { pairFindings } from '../../planning/findings/pair-findings.js';
import { roleFindings } from '../../planning/findings/role-findings.js';
import { unusableLeader } from '../../planning/findings/unusable-leader.js';
import type { ClusterFacts } from '../../planning/facts.js';
import type { FollowerLook } from '../../planning/follower-look.js';
import { courseOf, needsLeaderWork } from '../../planning/remedy.js';
import { plannedWindows } from '../../planning/planned-windows.js';
import { roleName } from '../../planning/postgres/names.js';
import { leaderTarget } from '../../planning/targets.js';
import type { SurveyInput } from '../../workflows/contract/activities.js';
import type { RunConfig } from '../../workflows/contract/config.js';
import type { Finding, Plan } from '../../workflows/contract/plan.js';
import type { FollowerTarget, LeaderTarget } from '../../workflows/contract/target.js';
import { addressOf, leaderAddress } from '../address-of.js';
import type { StepContext } from '../step.js';
import { gather } from '../survey/gather.js';
import { lookAtFollower, type SurveyedLeader } from '../survey/look-at-follower.js';
import { lookAtHost } from '../survey/look-at-host.js';
import { planFollower, planLeader } from '../survey/plan-hosts.js';

/** Step 1. Reads both sides of every pair, all hosts at once, and makes the plan of it. Changes nothing anywhere. */
export async function surveyAndPlan(input: SurveyInput, context: StepContext): Promise<Plan> {
  const { config } = input;
  const findings: Finding[] = [];
  const now = Date.now();
  const plan: Plan = {
    cluster: config.cluster,
    madeAt: new Date(now).toISOString(),
    followers: {},
    findings,
    ...plannedWindows(config, now),
  };
  const { leader: facts, followers } = await lookAtHosts(input, context, findings);
  const unusable = facts === undefined ? undefined : unusableLeader(config.leader.name, facts);
  if (unusable !== undefined) findings.push(unusable);
  if (facts?.server === undefined || unusable !== undefined) return inConfigOrder(plan, config);

  const leader: SurveyedLeader = { facts, server: facts.server };
  const looks = await lookAtFollowers(input, context, findings, leader, followers);
  const working = looks.filter((look) => needsLeaderWork(config, look.target));
  const copies = working.filter((look) => look.target.remedy === 'copy');
  const target = targetOfLeader(input, leader, looks, working.length, copies.length);
  findings.push(
    ...leaderFindings(config, facts, leader.server, target, working.length, copies.length),
    ...(working.length > 0 ? [...claimsOf(input, facts), ...hostFindings(facts, target)] : []),
    ...roleFindings(
      config.leader.name,
      facts.existingRoles.filter(({ name }) => working.some((look) => look.target.role === name)),
    ),
    ...joiningFindings(
      { ...leader, target },
      working.map((look) => look.target),
    ),
    ...looks.flatMap((look) => [...look.findings, ...pairFindings({ ...leader, target }, look)]),
  );
  plan.leader = planLeader(
    leader,
    target,
    working
      .map((look) => look.target)
      .filter(({ remedy, repairs }) => courseOf(config, remedy, repairs).includes('ensureLeaderHbaRule')),
  );
  const plans = await Promise.all(
    looks.map((look) =>
      planFollower(
        context,
        input,
        { server: leader.server, target },
        look,
        peersOf(input, looks, look.target),
      ),
    ),
  );
  for (const follower of plans) plan.followers[follower.target.name] = follower;
  findings.push(...copyOptionFindings(config, target, plans, now));
  return inConfigOrder(plan, config);
}

/** The same two round trips on every host, all hosts at once. */
export async function lookAtHosts(
  { config }: SurveyInput,
  context: StepContext,
  findings: Finding[],
): Promise<{ leader: ClusterFacts | undefined; followers: (ClusterFacts | undefined)[] }> {
  const roles = config.followers.map(({ name }) => roleName(config.replication, name));
  const [leader, ...followers] = await Promise.all([
    gather(findings, context, () =>
      context.hosts.use(leaderAddress(config), (host) => lookAtHost(host, config.leader, { roles })),
    ),
    ...config.followers.map((follower) =>
      gather(findings, context, () =>
        context.hosts.use(addressOf(config, follower), (host) =>
          lookAtHost(host, follower, { leaderAddress: config.leader.address }),
        ),
      ),
    ),
  ]);
  return { leader, followers };
}

/** Those that can be worked on, in the order of the configuration; the others leave a finding. */
async function lookAtFollowers(
  input: SurveyInput,
  context: StepContext,
  findings: Finding[],
  leader: SurveyedLeader,
  followers: (ClusterFacts | undefined)[],
): Promise<FollowerLook[]> {
  const looks = await Promise.all(
    input.config.followers.map(async (follower, index) => {
      const facts = followers[index];
      return facts === undefined
        ? undefined
        : gather(findings, context, () => lookAtFollower(input, context, leader, follower, facts));
    }),
  );
  const usable = looks.filter((look) => look !== undefined);
  findings.push(...followerTwice(usable.map(({ facts }) => facts)));
  return usable;
}

/** Another run's operation on the leader's data directory would stop the first script there. */
function claimsOf(input: SurveyInput, { files }: ClusterFacts): Finding[] {
  const claimed = foreignRecord(input, files.records);
  return claimed === undefined ? [] : [claimedFinding(input.config.leader.name, claimed)];
}

function targetOfLeader(
  input: SurveyInput,
  { facts, server }: SurveyedLeader,
  looks: FollowerLook[],
  work: number,
  copies: number,
): LeaderTarget {
  const followerOps = new Set([...Object.values(input.ops), ...looks.map((look) => look.target.op.id)]);
  const op = adopt(input, facts.files.records, input.leaderOp, (record) => isLeaderSide(record, followerOps));
  return leaderTarget(input.config, facts, server, op, work, copies);
}

/** Findings come in the order in which the hosts answered, at any length; the reader wants that of the configuration. */
export function inConfigOrder(plan: Plan, config: RunConfig): Plan {
  const order = [config.leader.name, ...config.followers.map(({ name }) => name)];
  plan.findings = plan.findings.map(boundFinding);
  plan.findings.sort((a, b) => order.indexOf(a.host ?? '') - order.indexOf(b.host ?? ''));
  return plan;
}

/** The other followers of the run, also those this survey does not look at, in the configuration's order. */
const peersOf = (
  { addresses }: SurveyInput,
  looks: FollowerLook[],
  { name: self }: FollowerTarget,
): { name: string; address: string }[] =>
  Object.entries(addresses)
    .filter(([name]) => name !== self)
    .map(([name, known]) => ({
      name,
      address: looks.find(({ target }) => target.name === name)?.target.clientAddress ?? known,
    }));
