import type { RunConfig } from '../workflows/contract/config.js';
import type {
  CopyMode,
  FollowerClass,
  FollowerTarget,
  Remedy,
  Repair,
} from '../workflows/contract/target.js';
import { stepDefinition, STEPS_NOT_TAKEN, type StepId } from '../workflows/contract/steps.js';
import { IDENTIFIED_CLASSES, REFUSED_CLASSES, type Classified } from './classify.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { positionOf } from './fork.js';
import { parseConninfo } from './postgres/conninfo.js';
import { parseLsn } from './postgres/lsn.js';
import { followerSetting, isUsableSlot, slotInUse } from './standby-faults.js';

export interface Remedied {
  remedy: Remedy;
  repairs: Repair[];
  /** The slot that is there, or made again under its old name; absent: one of this operation's own. */
  slotName?: string;
  /** The name its WAL receiver has already: `synchronous_standby_names` may hold it. */
  applicationName?: string;
  /** Why a follower of this leader is copied all the same. */
  because?: string;
}

const SEGMENT_BYTES = 16 * 1024 * 1024;

/** What makes a streaming follower of it, from its class and its faults. */
export function remedyFor(
  classified: Pick<Classified, 'class' | 'faults'>,
  follower: ClusterFacts,
  leader: ServerFacts,
): Remedied {
  const { class: name, faults = [] } = classified;
  if (name === 'healthy' || REFUSED_CLASSES[name] !== undefined) return { remedy: 'none', repairs: [] };
  if (name !== 'down' && name !== 'repairable') return { remedy: 'copy', repairs: [] };
  const because = missingWal(faults.length > 0 || name === 'down', follower, leader);
  if (because !== undefined) return { remedy: 'copy', repairs: [], because };
  const repairs = (['connection', 'slot', 'settings'] as const).filter((repair) =>
    faults.some(({ kind }) => kind === repair),
  );
  const slot = slotInUse(follower);
  const there = leader.slots.find((candidate) => candidate.name === slot);
  // A slot that has lost its WAL is worth nothing any more, and neither is one of another kind.
  const keeps = slot !== '' && (there === undefined || isUsableSlot(there));
  const { application_name: applicationName } =
    parseConninfo(followerSetting(follower, 'primary_conninfo')) ?? {};
  return {
    remedy: name === 'down' && repairs.length === 0 ? 'start' : 'repair',
    repairs,
    ...(keeps ? { slotName: slot } : {}),
    ...(applicationName === undefined || applicationName === '' ? {} : { applicationName }),
  };
}

/** Follows at the moment, so it has the WAL it needs. */
const streams = ({ server }: ClusterFacts): boolean => server?.walReceiver?.status === 'streaming';

function missingWal(matters: boolean, follower: ClusterFacts, leader: ServerFacts): string | undefined {
  const { lsn } = positionOf(follower);
  const oldest = leader.oldestWalLsn;
  if (!matters || streams(follower) || lsn === undefined || oldest === null) return undefined;
  // From an archive it may get what the leader has no more.
  if (followerSetting(follower, 'restore_command') !== '') return undefined;
  const bytes = BigInt(follower.files.controlData?.walSegmentBytes ?? SEGMENT_BYTES);
  const segment = parseLsn(lsn) - (parseLsn(lsn) % bytes);
  return segment >= parseLsn(oldest)
    ? undefined
    : `it has come to ${lsn}, and the leader's WAL begins at ${oldest}: no repair brings back what lies between, so it is copied anew`;
}

/**
 * What must be typed besides the name: the system identifier of what goes, or its path where none can be read.
 * In place whatever cluster is there goes for good, so it is always asked for; `begun`: that is our own copy.
 */
export function identifierFor(
  name: FollowerClass,
  { files, server }: ClusterFacts,
  { mode, begun = false }: { mode: CopyMode; begun?: boolean },
): string | undefined {
  const systemIdentifier = server?.systemIdentifier ?? files.controlData?.systemIdentifier;
  if (IDENTIFIED_CLASSES[name] !== undefined) return systemIdentifier ?? files.realPath;
  return mode === 'in-place' && name !== 'copied' && !begun ? systemIdentifier : undefined;
}

const COPY: readonly StepId[] = [
  'ensureCredentials',
  'ensureLeaderSettings',
  'ensureLeaderHbaRule',
  'restartLeader',
  'proveAccess',
  'wipeDataDirectory',
  'ensureSlot',
  'takeBaseBackup',
  'verifyBaseBackup',
  'configureFollower',
  'rehearseFollower',
  'swapDataDirectory',
  'startFollower',
  'verifyStreaming',
  'prepareSwitchover',
  'closeOperation',
];

const REPAIR_STEPS: Record<Repair, readonly StepId[]> = {
  connection: [
    'ensureCredentials',
    'ensureLeaderSettings',
    'ensureLeaderHbaRule',
    'restartLeader',
    'proveAccess',
    'configureFollower',
  ],
  slot: ['ensureLeaderSettings', 'restartLeader', 'ensureSlot', 'configureFollower'],
  settings: ['configureFollower'],
};

const START: readonly StepId[] = ['startFollower', 'verifyStreaming', 'closeOperation'];

/**
 * The steps a remedy takes, of all the runbook's steps and in their order. This is the one place that
 * decides it: the plan carries the answer, and the workflow goes through the runbook and takes these.
 */
export function courseOf(
  config: RunConfig,
  remedy: Remedy,
  repairs: readonly Repair[] = [],
  mode: CopyMode = 'side-by-side',
): StepId[] {
  const wanted: Record<Remedy, readonly StepId[]> = {
    none: [],
    copy: COPY.filter(
      (id) =>
        (id !== 'prepareSwitchover' || config.replication.prepareSwitchover) &&
        !STEPS_NOT_TAKEN[mode].includes(id),
    ),
    start: START,
    // Runs of their own, see planning/reversal-plan.ts.
    undo: [],
    purge: [],
    repair: [...repairs.flatMap((repair) => REPAIR_STEPS[repair]), ...START],
  };
  return COPY.filter((id) => wanted[remedy].includes(id));
}

/** Whether anything is done on the leader for this follower that the leader's gate covers. */
export const needsLeaderWork = (
  config: RunConfig,
  { remedy, repairs }: Pick<FollowerTarget, 'remedy' | 'repairs'>,
): boolean => courseOf(config, remedy, repairs).some((id) => stepDefinition(id).gate === 'change-leader');
