import { randomUUID } from 'node:crypto';
import {
  holdReplicationConnectionScript,
  releaseConnectionScript,
} from '../../planning/commands/prove-access.js';
import { followerConninfo } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { runScript, type ScriptResult } from '../run-script.js';
import type { StepContext } from '../step.js';

/**
 * Step 6. From the follower itself, with the very credentials it will use: IDENTIFY_SYSTEM under a nonce as
 * application_name. The leader, asked over ssh, must show that nonce: then it is this postmaster that
 * answers at the address, and the client address is the one it really sees. Never "already done".
 */
export async function proveAccess(input: StepInput, context: StepContext): Promise<StepResult> {
  const { leader, follower } = input;
  const nonce = `pg-runbook-${randomUUID()}`;
  const seen = await context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const connection = runScript(
      host,
      holdReplicationConnectionScript({
        osUser: follower.location.osUser,
        binDirectory: follower.location.binDirectory,
        conninfo: followerConninfo(leader, follower, nonce),
        nonce,
      }),
    );
    const attempt = { ended: false };
    void connection.then(
      () => (attempt.ended = true),
      () => (attempt.ended = true),
    );
    const address = await onLeader(input, context, (leaderHost) =>
      lookFor(input, leaderHost, context, nonce, () => attempt.ended),
    );
    if (!attempt.ended) await runScript(host, releaseConnectionScript(nonce));
    return { address, said: await connection, host };
  });
  return judge(input, seen);
}

/** Waits for the nonce among the leader's connections, as long as the follower's attempt lasts. */
function lookFor(
  input: StepInput,
  host: Host,
  context: StepContext,
  nonce: string,
  isOver: () => boolean,
): Promise<string | undefined> {
  return leaderSql(input, host, async (session) => {
    for (;;) {
      const over = isOver();
      const [row] = await session.query<{ address: string }>(
        'select host(client_addr) as address from pg_stat_activity where application_name = $1',
        [nonce],
      );
      if (row !== undefined || over) return row?.address;
      await context.sleep(50);
    }
  });
}

function judge(
  { leader, follower }: StepInput,
  seen: { address: string | undefined; said: ScriptResult; host: Host },
): StepResult {
  const { address, said, host } = seen;
  const identified = (said.values.identified ?? '').split(' ');
  if (identified[0] === '')
    throw stepFailure(
      'ACCESS_DENIED',
      host.name,
      `it cannot open a replication connection to ${leader.address}:${String(leader.location.port)}`,
      {
        detail: said.text('error').trim(),
        hint: 'Check the network between the two hosts and what the leader says in its log.',
      },
    );
  if (address === undefined || identified[0] !== leader.identity.systemIdentifier)
    throw stepFailure(
      'WRONG_SERVER',
      host.name,
      `the server at ${leader.address}:${String(leader.location.port)} is not the leader`,
      {
        detail: `It has system identifier ${identified[0] ?? '?'}; the leader ${leader.identity.systemIdentifier} did not see the connection.`,
        hint: 'Check `leader.address`: another machine, a proxy or a load balancer answers there.',
      },
    );
  if (address !== follower.clientAddress)
    throw stepFailure(
      'CLIENT_ADDRESS_DIFFERS',
      host.name,
      `the leader sees it as ${address}, its pg_hba.conf line says ${follower.clientAddress}`,
      {
        hint: `Set \`address: ${address}\` for ${follower.name} in the configuration; then \`runbook resume --config FILE\`.`,
      },
    );
  return {
    changed: false,
    evidence: `the leader saw ${follower.role} from ${address}, system identifier ${leader.identity.systemIdentifier}`,
  };
}
