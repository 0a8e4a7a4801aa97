import type { FailureCode } from '../../../workflows/contract/codes.js';
import type { Holder } from '../../../workflows/contract/failure.js';
import { courseOf } from '../../../planning/remedy.js';
import type { Plan } from '../../../workflows/contract/plan.js';
import type { FollowerClass, Repair, ServerUse } from '../../../workflows/contract/target.js';
import { makeConfig } from './make-plan.js';

type PlanChange = (plan: Plan) => Plan;

export const asIs: PlanChange = (plan) => plan;

/** Every follower replicates already. */
export const healthy: PlanChange = (plan) => {
  for (const follower of Object.values(plan.followers)) {
    follower.needsGate = false;
    follower.target.class = 'healthy';
  }
  if (plan.leader !== undefined) plan.leader.needsGate = false;
  return plan;
};

export const onlyHealthy =
  (name: string): PlanChange =>
  (plan) => {
    const follower = plan.followers[name];
    if (follower === undefined) return plan;
    follower.needsGate = false;
    follower.target.class = 'healthy';
    return plan;
  };

export const leaderNeedsNothing: PlanChange = (plan) => {
  if (plan.leader !== undefined) plan.leader.needsGate = false;
  return plan;
};

export const blockedBy =
  (code: FailureCode, host: string | undefined): PlanChange =>
  (plan) => {
    plan.findings.push({
      severity: 'blocker',
      code,
      message: `${host ?? 'the run'}: ${code}`,
      ...(host === undefined ? {} : { host }),
    });
    if (host !== undefined) Reflect.deleteProperty(plan.followers, host);
    return plan;
  };

/** Another run's operation is open on the host's data directory. */
export const claimedBy =
  (holder: Holder, host: string): PlanChange =>
  (plan) => {
    const message = `${host}: run ${holder.workflowId} is at work on this data directory`;
    plan.findings.push({ severity: 'blocker', code: 'HOST_CLAIMED', message, host, holder });
    return plan;
  };

/** Other data lies on the follower now. */
export const withFingerprint =
  (digit: string): PlanChange =>
  (plan) => {
    for (const { target } of Object.values(plan.followers)) target.fingerprint = digit.repeat(64);
    return plan;
  };

/** What runs on the followers is used so. */
export const usedAs =
  (use: ServerUse): PlanChange =>
  (plan) => {
    for (const { target } of Object.values(plan.followers)) target.use = { ...use };
    return plan;
  };

export const ofClass =
  (name: FollowerClass): PlanChange =>
  (plan) => {
    for (const { target } of Object.values(plan.followers)) target.class = name;
    return plan;
  };

/** The survey saw these facts of the fingerprint. */
export const withLines =
  (...lines: string[]): PlanChange =>
  (plan) => {
    for (const { target } of Object.values(plan.followers)) target.fingerprintLines = lines;
    return plan;
  };

/** An earlier run left its operation open on the hosts. */
export const adopted: PlanChange = (plan) => {
  for (const { target } of Object.values(plan.followers)) {
    target.op = { id: 'abcdef01', epoch: 2, adopted: true };
  }
  return plan;
};

/** The follower keeps its data: it is started, or repaired. */
export const kept =
  (remedy: 'start' | 'repair', repairs: Repair[] = []): PlanChange =>
  (plan) => {
    for (const follower of Object.values(plan.followers)) {
      follower.target.class = remedy === 'start' ? 'down' : 'repairable';
      follower.target.remedy = remedy;
      follower.target.repairs = repairs;
      follower.course = courseOf(makeConfig(plan.cluster), remedy, repairs);
    }
    return plan;
  };

/** The follower's data is deleted before the copy. */
export const inPlace: PlanChange = (plan) => {
  for (const follower of Object.values(plan.followers)) {
    follower.target.mode = 'in-place';
    follower.course = courseOf(makeConfig(plan.cluster), 'copy', [], 'in-place');
  }
  return plan;
};

/** Data that nobody else has: something more than the name has to be typed. */
export const identifiedBy =
  (identifier: string): PlanChange =>
  (plan) => {
    for (const follower of Object.values(plan.followers)) follower.identifier = identifier;
    return plan;
  };
