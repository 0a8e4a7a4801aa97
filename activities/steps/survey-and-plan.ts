import { createHash } from 'node:crypto';
import { fingerprintVariables, shortFingerprintLines } from '../../planning/commands/fingerprint.js';
import { fingerprintScript } from '../../planning/commands/survey.js';
import { adopt, claimedFinding, foreignRecord, ownRecord } from '../../planning/adopt-operation.js';
import { classify, isLevel } from '../../planning/classify.js';
import type { ClusterFacts, ServerFacts } from '../../planning/facts.js';
import { boundFinding } from '../../planning/findings/finding.js';
import { followerFindings } from '../../planning/findings/follower-findings.js';
import { joiningFindings } from '../../planning/findings/joining-findings.js';
import { leaderFindings } from '../../planning/findings/leader-findings.js';
import { pairFindings } from '../../planning/findings/pair-findings.js';
import { roleFindings } from '../../planning/findings/role-findings.js';
import { followerPlan, leaderPlan, type FollowerLook } from '../../planning/make-plan.js';
import { followerTarget, leaderTarget } from '../../planning/targets.js';
import type { SurveyInput } from '../../workflows/contract/activities.js';
import type { FollowerConfig, RunConfig } from '../../workflows/contract/config.js';
import type {
  Finding,
  FollowerPlan,
  FollowerTarget,
  LeaderTarget,
  Plan,
} from '../../workflows/contract/plan.js';
import { addressOf, leaderAddress } from '../address-of.js';
import { StepFailure, stepFailure } from '../failures.js';
import type { Host } from '../hosts/host.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { lookAtHost } from '../survey/look-at-host.js';
import { roleFacts } from '../survey/role-facts.js';

const CATCH_UP_MS = 3_000;

/** Step 1. Reads both sides of every pair, all hosts at once, and makes the plan of it. Changes nothing anywhere. */
export async function surveyAndPlan(input: SurveyInput, context: StepContext): Promise<Plan> {
  const { config } = input;
  const findings: Finding[] = [];
  const [leader, ...followers] = await Promise.all([
    gather(findings, context, () =>
      context.hosts.use(leaderAddress(config), (host) => lookAtHost(host, config.leader, undefined)),
    ),
    ...config.followers.map((follower) =>
      gather(findings, context, () =>
        context.hosts.use(addressOf(config, follower), (host) =>
          lookAtHost(host, follower, config.leader.address),
        ),
      ),
    ),
  ]);
  const plan: Plan = { cluster: config.cluster, madeAt: new Date().toISOString(), followers: {}, findings };
  const server = leader === undefined ? undefined : usableLeader(findings, config.leader.name, leader);
  if (leader === undefined || server === undefined) return inConfigOrder(plan, config);

  const looks: FollowerLook[] = [];
  for (const [index, follower] of config.followers.entries()) {
    const facts = followers[index];
    if (facts === undefined) continue;
    const look = await gather(findings, context, () =>
      lookAtFollower(input, context, { facts: leader, server }, follower, facts),
    );
    if (look !== undefined) looks.push(look);
  }
  const working = looks.filter(({ classified }) => classified.class !== 'healthy');
  const followerOps = new Set([...Object.values(input.ops), ...looks.map((look) => look.target.op.id)]);
  const op = adopt(input, leader.files.records, input.leaderOp, (record) => !followerOps.has(record.op));
  const target = leaderTarget(config, leader, server, op, working.length);
  findings.push(
    ...leaderFindings(config, leader, server, target, working.length),
    ...joiningFindings(
      { facts: leader, server, target },
      working.map((look) => look.target),
    ),
    ...looks.flatMap((look) => [...look.findings, ...pairFindings({ facts: leader, server, target }, look)]),
  );
  plan.leader = await plannedLeader(
    context,
    input,
    leader,
    server,
    target,
    working.map((look) => look.target),
    findings,
  );
  for (const look of looks)
    plan.followers[look.target.name] = await plannedFollower(
      context,
      input,
      { server, target },
      look,
      peersOf(looks, look.target),
    );
  return inConfigOrder(plan, config);
}

/** Findings come in the order in which the hosts answered, at any length; the reader wants that of the configuration. */
function inConfigOrder(plan: Plan, config: RunConfig): Plan {
  const order = [config.leader.name, ...config.followers.map(({ name }) => name)];
  plan.findings = plan.findings.map(boundFinding);
  plan.findings.sort((a, b) => order.indexOf(a.host ?? '') - order.indexOf(b.host ?? ''));
  return plan;
}

/**
 * A host that cannot be used is a finding of the plan, so that all of them are seen at once. One that does not
 * answer is waited for as long as the step is patient; then it blocks its own part of the run, not the others'.
 */
async function gather<T>(
  findings: Finding[],
  context: StepContext,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StepFailure) || error.kind === 'bug') throw error;
    if (error.kind === 'retry' && context.isPatient()) throw error;
    findings.push({ severity: 'blocker', ...error.problem });
    return undefined;
  }
}

function usableLeader(findings: Finding[], name: string, { server }: ClusterFacts): ServerFacts | undefined {
  if (server === undefined) {
    findings.push({
      severity: 'blocker',
      code: 'LEADER_DOWN',
      host: name,
      message: `${name}: PostgreSQL does not run`,
      hint: 'Start it there and find out why it was down.',
    });
    return undefined;
  }
  if (!server.inRecovery) return server;
  findings.push({
    severity: 'blocker',
    code: 'LEADER_IN_RECOVERY',
    host: name,
    message: `${name}: the leader is itself a follower (in recovery)`,
    hint: 'Name the real leader in the configuration.',
  });
  return undefined;
}

async function lookAtFollower(
  input: SurveyInput,
  context: StepContext,
  leader: { facts: ClusterFacts; server: ServerFacts },
  follower: FollowerConfig,
  facts: ClusterFacts,
): Promise<FollowerLook> {
  const { config } = input;
  const sameServer =
    facts.server?.postmasterStartTime === leader.server.postmasterStartTime &&
    facts.server.systemIdentifier === leader.server.systemIdentifier;
  if (facts.host.machineId === leader.facts.host.machineId || sameServer)
    throw stepFailure('FOLLOWER_IS_LEADER', follower.name, `it is the machine of the leader`, {
      detail: `machine-id ${facts.host.machineId}, host name ${facts.host.hostname}`,
      hint: `Correct \`host:\` of ${follower.name} or of ${config.leader.name} in the configuration.`,
    });
  const record = ownRecord(input, follower.name, facts.files.records);
  if (facts.server?.inRecovery === true && leader.server.flushLsn !== null)
    await context.hosts.use(addressOf(config, follower), (host) =>
      catchUp(host, context, facts, leader.server.flushLsn ?? '0/0'),
    );
  const classified = classify(facts, leader.server, record);
  const op = adopt(
    input,
    facts.files.records,
    input.ops[follower.name] ?? '',
    (candidate) => candidate === record,
  );
  const target = followerTarget(config, follower.name, facts, op, classified.class);
  const findings = followerFindings(leader, facts, target, classified);
  const claimed = foreignRecord(input, facts.files.records);
  if (claimed !== undefined) findings.push(claimedFinding(follower.name, claimed));
  return { facts, target, classified, findings };
}

/** An idle pair is level at once; a busy one may be some milliseconds behind the moment the leader was read. */
async function catchUp(
  host: Host,
  context: StepContext,
  facts: ClusterFacts,
  flushLsn: string,
): Promise<void> {
  const { server } = facts;
  if (server === undefined) return;
  const deadline = Date.now() + CATCH_UP_MS;
  while (Date.now() < deadline && !isLevel(server, flushLsn)) {
    const [row] = await host.sql(facts.listing, (session) =>
      session.query<{ replay: string | null; receive: string | null }>(
        'select pg_last_wal_replay_lsn()::text as replay, pg_last_wal_receive_lsn()::text as receive',
      ),
    );
    server.replayLsn = row?.replay ?? null;
    server.receiveLsn = row?.receive ?? null;
    await context.sleep(100);
  }
}

async function plannedLeader(
  context: StepContext,
  { config }: SurveyInput,
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
  followers: FollowerTarget[],
  findings: Finding[],
): Promise<NonNullable<Plan['leader']>> {
  const roles = await context.hosts.use(leaderAddress(config), (host) =>
    host.sql(facts.listing, (session) =>
      roleFacts(
        session,
        followers.map(({ role }) => role),
      ),
    ),
  );
  findings.push(...roleFindings(target.name, roles));
  const plan = leaderPlan(
    server,
    target,
    followers,
    new Set(roles.map(({ name }) => name)),
    facts.files.hbaText,
  );
  const digest = createHash('sha256')
    .update(JSON.stringify([target.identity, target.postmasterStartTime, plan.steps]))
    .digest('hex');
  return { ...plan, fingerprint: digest };
}

async function plannedFollower(
  context: StepContext,
  { config }: SurveyInput,
  leader: { server: ServerFacts; target: LeaderTarget },
  look: FollowerLook,
  peers: { name: string; address: string }[],
): Promise<FollowerPlan> {
  const { target } = look;
  const follower = config.followers.find(({ name }) => name === target.name);
  if (look.classified.class !== 'healthy' && follower !== undefined) {
    const variables = followerFingerprint(leader.target, target);
    const seen = await context.hosts.use(addressOf(config, follower), (host) =>
      runScript(host, fingerprintScript(target.location.dataDirectory, variables)),
    );
    target.fingerprint = seen.values.fingerprint ?? '';
    target.fingerprintLines = shortFingerprintLines(seen.text('lines').trim().split('\n'));
  }
  return followerPlan(config, leader, look, peers);
}

export const followerFingerprint = (leader: LeaderTarget, target: FollowerTarget): Record<string, string> =>
  fingerprintVariables({
    dataDirectory: target.location.dataDirectory,
    binDirectory: target.location.binDirectory,
    leader: leader.identity,
    class: target.class,
    mode: 'side-by-side',
  });

const peersOf = (looks: FollowerLook[], target: FollowerTarget): { name: string; address: string }[] =>
  looks
    .filter((look) => look.target.name !== target.name)
    .map((look) => ({ name: look.target.name, address: look.target.clientAddress }));
