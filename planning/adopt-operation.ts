import type { SurveyInput } from '../workflows/contract/activities.js';
import type { Finding } from '../workflows/contract/plan.js';
import type { Operation } from '../workflows/contract/target.js';
import { CODES } from '../workflows/contract/codes.js';
import type { OpenRecord } from './facts.js';

const isOurs = ({ claimant }: SurveyInput, { values }: OpenRecord): boolean =>
  values.workflowId === claimant.workflowId && values.server === claimant.server;

const isSetUp = ({ values }: OpenRecord): boolean => values.undo === undefined && values.purge === undefined;

/** An undo or a purge that was cut off: it has to end before anything else is done to the data. */
export const unfinishedReversal = (records: OpenRecord[]): OpenRecord | undefined =>
  records.find((record) => !isSetUp(record));

/** The open record of an earlier run of ours, or of this very run; not one of when this host was the leader. */
export const ownRecord = (
  input: SurveyInput,
  follower: string,
  records: OpenRecord[],
): OpenRecord | undefined =>
  records.find((record) => record.op === input.ops[follower]) ??
  records.find((record) => isOurs(input, record) && record.values.side !== 'leader');

/** Older records name no side; there the ids of the followers' operations tell. */
export const isLeaderSide = ({ op, values }: OpenRecord, followerOps: ReadonlySet<string>): boolean =>
  values.side === undefined ? !followerOps.has(op) : values.side === 'leader';

export const foreignRecord = (input: SurveyInput, records: OpenRecord[]): OpenRecord | undefined =>
  records.find((record) => !isOurs(input, record));

export function claimedFinding(host: string, { op, values }: OpenRecord): Finding {
  return {
    severity: 'blocker',
    code: 'HOST_CLAIMED',
    host,
    message: `${host}: run ${values.workflowId ?? '?'} is at work on this data directory`,
    detail: `operation ${op}, started by ${values.requester ?? '?'} on ${values.server ?? '?'} at ${values.openedAt ?? '?'}`,
    hint: CODES.HOST_CLAIMED.action,
    holder: {
      op,
      workflowId: values.workflowId ?? '',
      server: values.server ?? '',
      requester: values.requester ?? '',
    },
  };
}

/** Our own open operation is taken over: one epoch up from another run's, the same within this run. */
export function adopt(
  input: SurveyInput,
  records: OpenRecord[],
  fresh: string,
  isCandidate: (record: OpenRecord) => boolean,
): Operation {
  const record = records.find(
    (candidate) => isOurs(input, candidate) && isSetUp(candidate) && isCandidate(candidate),
  );
  if (record === undefined) return { id: fresh, epoch: 1, adopted: false };
  const epoch = Number(record.values.epoch ?? 1);
  const sameRun = record.values.runId === input.claimant.runId;
  return { id: record.op, epoch: sameRun ? epoch : epoch + 1, adopted: !sameRun };
}
