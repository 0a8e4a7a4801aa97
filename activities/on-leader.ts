import type { Claimant } from '../workflows/contract/activities.js';
import type { RunConfig } from '../workflows/contract/config.js';
import type { LeaderTarget } from '../workflows/contract/target.js';
import { leaderAddress } from './address-of.js';
import { stepFailure } from './failures.js';
import type { Host, SqlSession } from './hosts/host.js';
import type { StepContext } from './step.js';

export interface LeaderInput {
  config: RunConfig;
  claimant: Claimant;
  leader: LeaderTarget;
}

/** Works on the leader's host. */
export const onLeader = <T>(
  input: LeaderInput,
  context: StepContext,
  use: (host: Host) => Promise<T>,
): Promise<T> => context.hosts.use(leaderAddress(input.config), use);

/**
 * An SQL session on the leader, after a look that it still is the leader of the plan: a session on
 * another machine, another cluster or a demoted leader would change the wrong server.
 */
export const leaderSql = <T>(
  input: LeaderInput,
  host: Host,
  use: (session: SqlSession) => Promise<T>,
): Promise<T> =>
  host.sql(input.leader.location, async (session) => {
    await checkLeader(host, session, input.leader);
    return use(session);
  });

interface Seen {
  recovery: boolean;
  machine: string;
  system: string;
  timeline: number;
}

async function checkLeader(host: Host, session: SqlSession, { identity }: LeaderTarget): Promise<void> {
  const [seen] = await session.query<Seen>(
    `select pg_is_in_recovery() as recovery, btrim(pg_read_file('/etc/machine-id'), e' \\n') as machine,
            (select system_identifier::text from pg_control_system()) as system,
            (select timeline_id from pg_control_checkpoint()) as timeline`,
  );
  if (seen === undefined) throw new Error('no row of the identity query');
  const differences = [
    ...(seen.recovery ? ['it is in recovery'] : []),
    ...(seen.machine === identity.machineId
      ? []
      : [`machine-id ${seen.machine}, planned ${identity.machineId}`]),
    ...(seen.system === identity.systemIdentifier
      ? []
      : [`system identifier ${seen.system}, planned ${identity.systemIdentifier}`]),
    ...(seen.timeline === identity.timeline
      ? []
      : [`timeline ${String(seen.timeline)}, planned ${String(identity.timeline)}`]),
  ];
  if (differences.length > 0)
    throw stepFailure('LEADER_CHANGED', host.name, 'it is not the leader that was surveyed', {
      detail: differences.join('; '),
      hint: 'Find out whether there was a failover. `runbook resume` surveys again.',
    });
}

/** Runs of one cluster exclude each other on the leader, also against a person's copy of our statements. */
export async function underAdvisoryLock<T>(
  session: SqlSession,
  cluster: string,
  work: () => Promise<T>,
): Promise<T> {
  const key = `pg-replication-runbook/${cluster}`;
  await session.query('select pg_advisory_lock(hashtextextended($1, 0))', [key]);
  try {
    return await work();
  } finally {
    await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]);
  }
}
