import { randomUUID } from 'node:crypto';
import { claimScript } from '../../planning/commands/follower-files.js';
import { rehearsalLogScript } from '../../planning/commands/rehearsal.js';
import { rehearsalSocketDirectory, rehearsalUnit } from '../../planning/postgres/rehearsal.js';
import { markerCommands } from '../../planning/step-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { awaitReplay } from '../await-replay.js';
import { StepFailure } from '../failures.js';
import { followerGuardOnLeader } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { runScript } from '../run-script.js';
import { tellReplay } from '../replay-progress.js';
import { rehearsalFailed, startRehearsal } from '../start-rehearsal.js';
import type { StepContext } from '../step.js';
import { writeMarker } from '../write-marker.js';

/** Nobody queries it, so nothing may hold up its replay for long; and it tries to connect every 5 s. */
const stillMs = (streams: boolean): number => (streams ? 30_000 : 15_000);

/**
 * Step 11. The copy's own server runs beside the old one, which still serves, with the configuration the new one
 * will have. It streams from the leader and replays a marker, and goes on until the swap stops it, so that the
 * slot is used meanwhile. What it fails on would have been found with nothing to fall back on.
 */
export async function rehearseFollower(input: StepInput, context: StepContext): Promise<StepResult> {
  const { follower } = input;
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const { state, changed } = await startRehearsal(input, context, host);
    if (state === 'swapped') return { changed: false, evidence: 'the copy is in place already' };
    const marker = await onLeader(input, context, async (leaderHost) => {
      const commands = markerCommands();
      await runScript(leaderHost, claimScript(followerGuardOnLeader(input, 'rehearseFollower', commands)));
      const written = await leaderSql(input, leaderHost, (session) => writeMarker(session, randomUUID()));
      const socketDirectory = rehearsalSocketDirectory(follower.op.id);
      const pair = { leaderHost, followerHost: host, endpoint: { ...follower.location, socketDirectory } };
      const tell = tellReplay(context, rehearsalUnit(follower.op.id), written);
      await awaitReplay(input, context, pair, written, { tell, stillMs }).catch(async (error: unknown) => {
        throw await failureOf(input, host, error);
      });
      return written;
    });
    return {
      changed,
      evidence: `the copy's server streams beside the old one and has replayed marker ${marker}`,
    };
  });
}

/** The log of a server that has ended, or that runs and does not follow, says more than any view. */
async function failureOf({ follower }: StepInput, host: Host, error: unknown): Promise<unknown> {
  if (!(error instanceof StepFailure)) return error;
  const { dataDirectory } = follower.location;
  const seen = await runScript(host, rehearsalLogScript(dataDirectory, follower.op.id));
  if (seen.values.running === 'no') return rehearsalFailed(follower, seen, 'ended');
  if (error.problem.code === 'NOT_STREAMING') return rehearsalFailed(follower, seen, 'does not stream');
  return error.problem.code === 'NOT_REPLAYING' ? rehearsalFailed(follower, seen, 'does not replay') : error;
}
