import { readPassfileScript } from '../../planning/commands/follower-files.js';
import type { ClusterFacts } from '../../planning/facts.js';
import { findPgpassPassword } from '../../planning/postgres/pgpass.js';
import type { RunConfig } from '../../workflows/contract/config.js';
import type { FollowerTarget } from '../../workflows/contract/target.js';
import { followerAddress, leaderAddress } from '../address-of.js';
import { matchesVerifier } from '../postgres/scram.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/**
 * Whether the password of a follower's own, generated role cannot be had any more: its password file is gone
 * or was changed. Nobody else uses such a role, so a repair gives it a new one; any other role is never touched.
 */
export async function losesPassword(
  { hosts }: StepContext,
  config: RunConfig,
  leader: ClusterFacts,
  target: FollowerTarget,
): Promise<boolean> {
  const { repairs = [], role, passfile, name } = target;
  if (!repairs.includes('connection') || config.replication.password.kind !== 'generate') return false;
  const [row] = await hosts.use(leaderAddress(config), (host) =>
    host.sql(leader.listing, (session) =>
      session.query<{ rolpassword: string | null }>('select rolpassword from pg_authid where rolname = $1', [
        role,
      ]),
    ),
  );
  if (row === undefined) return false;
  const file = await hosts.use(followerAddress(config, name), (host) =>
    runScript(host, readPassfileScript(passfile)),
  );
  const password = findPgpassPassword(file.text('content'), role);
  if (password === undefined || row.rolpassword === null) return true;
  return !matchesVerifier(password, row.rolpassword);
}
