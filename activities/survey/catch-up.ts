import { isLevel } from '../../planning/classify.js';
import type { ClusterFacts } from '../../planning/facts.js';
import type { Host } from '../hosts/host.js';
import type { StepContext } from '../step.js';

const CATCH_UP_MS = 3_000;

/**
 * Reads a follower's positions again until it is level with what the leader had flushed. An idle pair is level
 * at once; a busy one may be some milliseconds behind the moment the leader was read. One round trip: the
 * polling stays within one session.
 */
export async function catchUp(
  host: Host,
  context: StepContext,
  { listing, server }: ClusterFacts,
  flushLsn: string,
): Promise<void> {
  if (server === undefined || isLevel(server, flushLsn)) return;
  const deadline = Date.now() + CATCH_UP_MS;
  await host.sql(listing, async (session) => {
    while (Date.now() < deadline && !isLevel(server, flushLsn)) {
      const [row] = await session.query<{ replay: string | null; receive: string | null }>(
        'select pg_last_wal_replay_lsn()::text as replay, pg_last_wal_receive_lsn()::text as receive',
      );
      server.replayLsn = row?.replay ?? null;
      server.receiveLsn = row?.receive ?? null;
      await context.sleep(100);
    }
  });
}
