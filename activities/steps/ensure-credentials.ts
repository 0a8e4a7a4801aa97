import {
  claimScript,
  readPassfileScript,
  writePassfileScript,
} from '../../planning/commands/follower-files.js';
import { findPgpassPassword, pgpassLine } from '../../planning/postgres/pgpass.js';
import {
  createRoleStatement,
  newPasswordCommands,
  newPasswordStatement,
  passfileCommands,
  roleCommands,
} from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import { followerGuard, followerGuardOnLeader } from '../guards.js';
import type { Host, SqlSession } from '../hosts/host.js';
import { leaderSql, onLeader, underAdvisoryLock } from '../on-leader.js';
import { matchesVerifier, scramVerifier } from '../postgres/scram.js';
import { requireLeaderApproval } from '../require-approval.js';
import { runScript } from '../run-script.js';
import { generatePassword, readPassword, Secret } from '../secrets.js';
import type { StepContext } from '../step.js';

/**
 * Step 2. The follower's password file first, then the role with a verifier computed from it, so that a
 * run that is cut off between the two finds the password again. Neither leaves this activity.
 */
export async function ensureCredentials(input: StepInput, context: StepContext): Promise<StepResult> {
  const file = await context.hosts.use(followerAddress(input.config, input.follower.name), (host) =>
    ensurePassfile(input, host),
  );
  const { follower } = input;
  const role = await onLeader(input, context, (host) => ensureRole(input, host, file.password));
  return {
    changed: file.changed || role.changed,
    evidence: `${input.follower.passfile} ${file.changed ? 'written' : 'was right'}; role ${follower.role} ${role.changed ? (follower.renewsPassword ? 'has a new password' : 'created') : 'was right'}`,
  };
}

async function ensurePassfile(input: StepInput, host: Host): Promise<{ changed: boolean; password: Secret }> {
  const { leader, follower } = input;
  const { values, text } = await runScript(host, readPassfileScript(follower.passfile));
  const password = await passwordOf(input, text('content'));
  const wanted = pgpassLine({
    host: leader.address,
    port: leader.location.port,
    database: '*',
    user: follower.role,
    password: password.reveal(),
  });
  if (text('content') === wanted && values.mode === `600 ${follower.location.osUser}`)
    return { changed: false, password };
  const guard = followerGuard(input, 'ensureCredentials', passfileCommands(leader, follower));
  await runScript(
    host,
    writePassfileScript(guard, follower.passfile, follower.location.osUser, wanted.trimEnd()),
  );
  return { changed: true, password };
}

async function passwordOf({ config, follower }: StepInput, content: string): Promise<Secret> {
  const source = config.replication.password;
  if (source.kind !== 'generate') return readPassword(source);
  const there = findPgpassPassword(content, follower.role);
  return there === undefined ? generatePassword() : new Secret(there);
}

interface RoleRow {
  rolcanlogin: boolean;
  rolreplication: boolean;
  expired: boolean;
  rolpassword: string | null;
}

async function ensureRole(input: StepInput, host: Host, password: Secret): Promise<{ changed: boolean }> {
  const { follower } = input;
  const found = await leaderSql(input, host, (session) => readRole(session, follower.role));
  if (found !== undefined) {
    if (isRenewed(input, found, password)) return renewPassword(input, host, password);
    checkRole(input, host, found, password);
    return { changed: false };
  }
  const guard = followerGuardOnLeader(input, 'ensureCredentials', roleCommands(follower));
  await runScript(host, claimScript(guard, { madeRole: follower.role }));
  await leaderSql(input, host, (session) =>
    underAdvisoryLock(session, input.config.cluster, async () => {
      const meanwhile = await readRole(session, follower.role);
      if (meanwhile === undefined)
        await session.query(createRoleStatement(follower.role, scramVerifier(password.reveal())));
      else checkRole(input, host, meanwhile, password);
    }),
  );
  return { changed: true };
}

/** The leader's card said so: the role is this follower's own, and its password is lost. */
const isRenewed = ({ follower }: StepInput, { rolpassword }: RoleRow, password: Secret): boolean =>
  follower.renewsPassword === true &&
  (rolpassword === null || !matchesVerifier(password.reveal(), rolpassword));

async function renewPassword(input: StepInput, host: Host, password: Secret): Promise<{ changed: boolean }> {
  const { role } = input.follower;
  requireLeaderApproval(input.approvals, input.leader.name);
  const guard = followerGuardOnLeader(input, 'ensureCredentials', newPasswordCommands(input.follower));
  await runScript(host, claimScript(guard, { madePassword: role }));
  await leaderSql(input, host, (session) =>
    underAdvisoryLock(session, input.config.cluster, () =>
      session.query(newPasswordStatement(role, scramVerifier(password.reveal()))),
    ),
  );
  return { changed: true };
}

async function readRole(session: SqlSession, role: string): Promise<RoleRow | undefined> {
  const [row] = await session.query<RoleRow>(
    `select rolcanlogin, rolreplication, coalesce(rolvaliduntil < now(), false) as expired, rolpassword from pg_authid where rolname = $1`,
    [role],
  );
  return row;
}

function checkRole({ follower }: StepInput, host: Host, row: RoleRow, password: Secret): void {
  const faults = [
    ...(row.rolcanlogin ? [] : ['NOLOGIN']),
    ...(row.rolreplication ? [] : ['NOREPLICATION']),
    ...(row.expired ? ['its password has expired'] : []),
  ];
  if (faults.length > 0)
    throw stepFailure(
      'ROLE_UNFIT',
      host.name,
      `role ${follower.role} cannot replicate: ${faults.join(', ')}`,
      {
        hint: 'Correct the role, or name another one with `replication.role`.',
      },
    );
  if (row.rolpassword === null || !matchesVerifier(password.reveal(), row.rolpassword))
    throw stepFailure(
      'ROLE_PASSWORD_DIFFERS',
      host.name,
      `role ${follower.role} exists with another password than ${follower.name}'s password file`,
      {
        detail:
          row.rolpassword?.startsWith('md5') === true
            ? 'Its password is stored as MD5; the pg_hba.conf line asks for SCRAM.'
            : 'It was not changed: others may use it.',
        hint: 'Give its password with `replication.password`, or name another role with `replication.role`.',
      },
    );
}
