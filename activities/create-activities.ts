import type { Activities } from '../workflows/contract/activities.js';
import type { ReadReportInput, ReportInput } from '../workflows/contract/report.js';
import type { HostPool } from './hosts/host.js';
import type { ReportFiles } from './report-files.js';
import { defineStep } from './step.js';
import { closeOperation } from './steps/close-operation.js';
import { configureFollower } from './steps/configure-follower.js';
import { ensureCredentials } from './steps/ensure-credentials.js';
import { ensureLeaderHbaRule } from './steps/ensure-leader-hba-rule.js';
import { ensureLeaderSettings } from './steps/ensure-leader-settings.js';
import { ensureSlot } from './steps/ensure-slot.js';
import { keepRehearsal } from './steps/keep-rehearsal.js';
import { lookBeforeSwap } from './steps/look-before-swap.js';
import { notify } from './steps/notify.js';
import { prepareSwitchover } from './steps/prepare-switchover.js';
import { proveAccess } from './steps/prove-access.js';
import { readReport } from './steps/read-report.js';
import { rehearseFollower } from './steps/rehearse-follower.js';
import { restartLeader } from './steps/restart-leader.js';
import { purgeReplaced } from './steps/purge-replaced.js';
import { startFollower } from './steps/start-follower.js';
import { surveyAndPlan } from './steps/survey-and-plan.js';
import { surveyReplaced } from './steps/survey-replaced.js';
import { swapDataDirectory } from './steps/swap-data-directory.js';
import { takeBaseBackup, verifyBaseBackup } from './steps/take-base-backup.js';
import { takeOver } from './steps/take-over.js';
import { undoFollower } from './steps/undo-follower.js';
import { undoLeader } from './steps/undo-leader.js';
import { undoReplacement } from './steps/undo-replacement.js';
import { verifyStreaming } from './steps/verify-streaming.js';
import { wipeDataDirectory } from './steps/wipe-data-directory.js';
import { writeReport } from './steps/write-report.js';
import { withdrawFromLeader } from './steps/withdraw-from-leader.js';

/** A host that does not answer must not hold up the end of a run; what is left is then listed. */
const UNDO_PATIENCE_MS = 2 * 60_000;

/** Who was not told by then reads it elsewhere. */
const NOTIFY_PATIENCE_MS = 10 * 60_000;

/** The runbook's steps over real hosts; `reports` is where the worker keeps what it tells of runs. The caller closes the pool when its worker has ended. */
export function createActivities(hosts: HostPool, reports: ReportFiles): Activities {
  return {
    surveyAndPlan: defineStep(hosts, 'surveyAndPlan', surveyAndPlan),
    ensureCredentials: defineStep(hosts, 'ensureCredentials', ensureCredentials),
    ensureLeaderSettings: defineStep(hosts, 'ensureLeaderSettings', ensureLeaderSettings),
    ensureLeaderHbaRule: defineStep(hosts, 'ensureLeaderHbaRule', ensureLeaderHbaRule),
    restartLeader: defineStep(hosts, 'restartLeader', restartLeader),
    proveAccess: defineStep(hosts, 'proveAccess', proveAccess),
    wipeDataDirectory: defineStep(hosts, 'wipeDataDirectory', wipeDataDirectory),
    ensureSlot: defineStep(hosts, 'ensureSlot', ensureSlot),
    takeBaseBackup: defineStep(hosts, 'takeBaseBackup', takeBaseBackup),
    verifyBaseBackup: defineStep(hosts, 'verifyBaseBackup', verifyBaseBackup),
    configureFollower: defineStep(hosts, 'configureFollower', configureFollower),
    rehearseFollower: defineStep(hosts, 'rehearseFollower', rehearseFollower),
    keepRehearsal: defineStep(hosts, 'rehearseFollower', keepRehearsal, Number.POSITIVE_INFINITY),
    lookBeforeSwap: defineStep(hosts, 'surveyAndPlan', lookBeforeSwap),
    swapDataDirectory: defineStep(hosts, 'swapDataDirectory', swapDataDirectory),
    startFollower: defineStep(hosts, 'startFollower', startFollower),
    verifyStreaming: defineStep(hosts, 'verifyStreaming', verifyStreaming),
    prepareSwitchover: defineStep(hosts, 'prepareSwitchover', prepareSwitchover),
    closeOperation: defineStep(hosts, 'closeOperation', closeOperation),
    surveyReplaced: defineStep(hosts, 'surveyAndPlan', surveyReplaced),
    undoReplacement: defineStep(hosts, 'undoReplacement', undoReplacement),
    withdrawFromLeader: defineStep(hosts, 'withdrawFromLeader', withdrawFromLeader),
    purgeReplaced: defineStep(hosts, 'purgeReplaced', purgeReplaced),
    takeOver: defineStep(hosts, 'surveyAndPlan', takeOver),
    notify: defineStep(hosts, 'closeOperation', notify, NOTIFY_PATIENCE_MS),
    writeReport: defineStep(hosts, 'closeOperation', (input: ReportInput, context) =>
      writeReport(input, context, reports),
    ),
    readReport: defineStep(
      hosts,
      'surveyAndPlan',
      (input: ReadReportInput, context) => readReport(input, context, reports),
      0,
    ),
    undoFollower: defineStep(hosts, 'closeOperation', undoFollower, UNDO_PATIENCE_MS),
    undoLeader: defineStep(hosts, 'closeOperation', undoLeader, UNDO_PATIENCE_MS),
  };
}
