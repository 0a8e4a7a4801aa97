import { restartLeaderScript } from '../../planning/commands/leader-files.js';
import { isSettingReached } from '../../planning/postgres/leader-settings.js';
import { restartCommands } from '../../planning/step-commands.js';
import { serverLogCommand, serviceCommand } from '../../planning/service.js';
import type { LeaderStepInput, StepResult } from '../../workflows/contract/activities.js';
import { StepFailure, stepFailure } from '../failures.js';
import { leaderGuard } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { requireLeaderApproval } from '../require-approval.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { serverFacts } from '../survey/server-facts.js';

const RESTART_MS = 60_000;

interface Postmaster {
  startTime: string;
  pid: number;
  unequal: string[];
  faults: string[];
  pending: string[];
}

/**
 * Step 5. Needed iff a wanted setting's running value differs. Only the postmaster on the approved card is
 * restarted, and only once: one that was started since and still differs is a case for a person.
 */
export async function restartLeader(input: LeaderStepInput, context: StepContext): Promise<StepResult> {
  return onLeader(input, context, async (host) => {
    const before = await look(input, host);
    const approved = input.leader.postmasterStartTime;
    if (before.unequal.length === 0) {
      const restarted = before.startTime !== approved;
      return {
        changed: restarted && restartWasPlanned(input),
        evidence: restarted
          ? `running since ${before.startTime}, every setting in effect`
          : 'no restart needed',
      };
    }
    requireLeaderApproval(input.approvals, host.name);
    refuseUnsafe(input, host, before);
    await runScript(
      host,
      restartLeaderScript(leaderGuard(input, 'restartLeader', restartCommands(input.leader)), {
        unit: input.leader.location.unit,
        pid: before.pid,
      }),
    );
    const after = await awaitRestart(input, host, context);
    if (after.unequal.length > 0)
      throw stepFailure(
        'LEADER_RESTART_FAILED',
        host.name,
        `it was restarted, but ${after.unequal.join(', ')} did not change`,
        { hint: 'Look at its configuration; it is not restarted again.' },
      );
    return { changed: true, evidence: `restarted; running since ${after.startTime}` };
  });
}

const restartWasPlanned = ({ leader }: LeaderStepInput): boolean =>
  leader.settings.some(({ restart }) => restart);

async function look(input: LeaderStepInput, host: Host): Promise<Postmaster> {
  return leaderSql(input, host, async (session) => {
    const facts = await serverFacts(session, Number(input.leader.location.version));
    const [row] = await session.query<{ pid: string }>(
      "select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) as pid",
    );
    const wanted = input.leader.settings;
    const values = await session.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [wanted.map(({ name }) => name)],
    );
    return {
      startTime: facts.postmasterStartTime,
      pid: Number(row?.pid),
      unequal: wanted
        .filter(
          (change) =>
            change.restart &&
            !isSettingReached(change, values.find(({ name }) => name === change.name)?.setting ?? ''),
        )
        .map(({ name }) => name),
      faults: [...facts.fileErrors, ...facts.hbaErrors],
      pending: facts.pendingRestart.filter((name) => !wanted.some((change) => change.name === name)),
    };
  });
}

function refuseUnsafe({ leader }: LeaderStepInput, host: Host, seen: Postmaster): void {
  const hint = '`runbook resume` surveys again.';
  if (seen.startTime !== leader.postmasterStartTime)
    throw stepFailure(
      'RESTART_NOT_SAFE',
      host.name,
      'it was restarted since the approval, and the settings are still not in effect',
      {
        detail: `It runs since ${seen.startTime}; the card said ${leader.postmasterStartTime}. Not in effect: ${seen.unequal.join(', ')}.`,
        hint,
      },
    );
  if (seen.faults.length > 0)
    throw stepFailure(
      'CONF_FILE_ERRORS',
      host.name,
      'its configuration has errors; a restart would leave it down',
      { detail: seen.faults.join('; '), hint: 'Correct them, then resume.' },
    );
  const unapproved = seen.pending.filter((name) => !leader.pendingEdits.includes(name));
  if (unapproved.length > 0)
    throw stepFailure(
      'RESTART_NOT_SAFE',
      host.name,
      `a restart would bring up changes nobody approved: ${unapproved.join(', ')}`,
      { hint },
    );
}

/** systemctl was not waited for: pg_ctlcluster polls for two seconds, the server answers after a fraction of one. */
async function awaitRestart(input: LeaderStepInput, host: Host, context: StepContext): Promise<Postmaster> {
  const deadline = Date.now() + RESTART_MS;
  for (;;) {
    const seen = await look(input, host).catch((error: unknown) => {
      if (
        error instanceof StepFailure &&
        (error.problem.code === 'POSTGRES_UNAVAILABLE' ||
          error.problem.code === 'CONNECTION_LOST' ||
          error.problem.code === 'POSTGRES_ERROR')
      )
        return undefined;
      throw error;
    });
    if (seen !== undefined && seen.startTime !== input.leader.postmasterStartTime) return seen;
    if (Date.now() > deadline)
      throw stepFailure('LEADER_RESTART_FAILED', host.name, 'it does not answer a minute after its restart', {
        detail: serviceCommand(input.leader.location, 'restart'),
        hint: `Look at it at once: ${serverLogCommand(input.leader.location)}`,
      });
    await context.sleep(100);
  }
}
