import { randomUUID } from 'node:crypto';
import { formatDuration } from '../../planning/format.js';
import { claimScript } from '../../planning/commands/follower-files.js';
import {
  RECORD_WOULD_BE_NOTICED,
  recordStatements,
  streamingCommands,
} from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { awaitReplay, type ReplayPair } from '../await-replay.js';
import { stepFailure } from '../failures.js';
import { followerGuardOnLeader } from '../guards.js';
import type { SqlSession } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { tellReplay } from '../replay-progress.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { writeMarker } from '../write-marker.js';

/**
 * Step 14. `state = streaming` proves nothing; that a marker written now on the leader is replayed on the
 * follower does. Where nobody would notice, a row is written and read back as well: the test of the manual procedure.
 */
export async function verifyStreaming(input: StepInput, context: StepContext): Promise<StepResult> {
  const nonce = randomUUID();
  const endpoint = input.follower.location;
  return onLeader(input, context, (leaderHost) =>
    context.hosts.use(followerAddress(input.config, input.follower.name), async (followerHost) => {
      const recorded = await leaderSql(input, leaderHost, (session) => writesRecord(input, session));
      const guard = followerGuardOnLeader(
        input,
        'verifyStreaming',
        streamingCommands(input.follower, recorded),
      );
      await runScript(leaderHost, claimScript(guard));
      const marker = await leaderSql(input, leaderHost, (session) => writeMarker(session, nonce));
      const pair = { leaderHost, followerHost, endpoint };
      const tell = tellReplay(context, `verifyStreaming/${input.follower.op.id}`, marker);
      const { delay } = await awaitReplay(input, context, pair, marker, { tell });
      if (delay > 0)
        return {
          changed: false,
          evidence: `marker ${marker} received, slot ${input.follower.slotName} active; it replays ${formatDuration(delay)} late, by its recovery_min_apply_delay`,
        };
      const record = recorded ? await testRecord(input, context, pair, nonce) : undefined;
      return {
        changed: recorded,
        evidence: `marker ${marker} replayed, slot ${input.follower.slotName} active; ${record ?? 'no record was written: a publication or event trigger would have noticed'}`,
      };
    }),
  );
}

/** No record that the card does not have, and none that somebody would notice by now. */
async function writesRecord({ leader }: StepInput, session: SqlSession): Promise<boolean> {
  if (leader.noRecord === true) return false;
  const [row] = await session.query<{ noticed: boolean }>(`select ${RECORD_WOULD_BE_NOTICED} as noticed`);
  return row?.noticed === false;
}

/** Writes a row on the leader and reads it on the follower, in a schema of its own that is dropped again in this step. */
async function testRecord(
  input: StepInput,
  context: StepContext,
  pair: ReplayPair,
  nonce: string,
): Promise<string> {
  const { leaderHost, followerHost, endpoint } = pair;
  const { createSchema, createTable, insert, select, drop } = recordStatements(input.follower);
  const written = await leaderSql(input, leaderHost, async (session) => {
    await session.query(drop); // what an attempt that was cut off has left
    await session.query(createSchema);
    await session.query(createTable);
    await session.query(insert, [nonce]);
    const [row] = await session.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    return row?.lsn ?? '0/0';
  });
  try {
    await awaitReplay(input, context, pair, written);
    const read = await followerHost.sql(endpoint, (session) => session.query<{ nonce: string }>(select));
    if (read[0]?.nonce !== nonce)
      throw stepFailure(
        'NOT_REPLAYING',
        input.follower.name,
        'the record written on the leader was not read on the follower',
        { detail: `read: ${JSON.stringify(read)}` },
      );
    return 'a record written on the leader was read on the follower';
  } finally {
    await leaderSql(input, leaderHost, (session) => session.query(drop));
  }
}
