import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterLocation, FollowerTarget } from '../../workflows/contract/target.js';
import { serviceCommand } from '../service.js';
import type { Classified } from '../classify.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { shellQuote } from '../shell-quote.js';
import type { StandbyFault } from '../standby-faults.js';
import { finding } from './finding.js';

/** What stands against starting or repairing a follower of this leader, and what was seen of it. */
export function repairFindings(
  facts: ClusterFacts,
  leader: ServerFacts,
  target: FollowerTarget,
  { reasons, faults = [] }: Classified,
): Finding[] {
  const { name: host, remedy, repairs = [], location } = target;
  const found: Finding[] = [];
  if (Number(facts.listing.version) !== leader.majorVersion)
    found.push(
      finding(
        'blocker',
        'VERSION_MISMATCH',
        host,
        `it has PostgreSQL ${facts.listing.version}, the leader ${String(leader.majorVersion)}`,
      ),
    );
  const has = (wanted: StandbyFault['kind']): boolean => faults.some(({ kind }) => kind === wanted);
  if (has('signal')) found.push(signalMissing(host, location));
  if (has('paused'))
    found.push(
      finding('blocker', 'REPLAY_PAUSED', host, 'its replay is paused, and the runbook never resumes it', {
        detail: `Somebody paused it, perhaps to look at an older state. It has replayed ${facts.server?.replayLsn ?? 'nothing'}.`,
        hint: 'When nobody needs the pause any more, run `SELECT pg_wal_replay_resume()` there.',
      }),
    );
  else if (!has('signal') && faults.length > 0 && repairs.length === 0)
    found.push(
      finding(
        'blocker',
        'FOLLOWER_REPAIRABLE',
        host,
        'it does not follow as it should, and nothing about it is to repair',
        {
          detail: `${reasons.join('; ')}.`,
          hint: 'Look for a long query there, a slow network or a full disk; `runbook resume` looks again.',
        },
      ),
    );
  if (repairs.includes('connection') && target.clientAddress === '')
    found.push(
      finding('blocker', 'CLIENT_ADDRESS_DIFFERS', host, 'no route to the leader tells its source address', {
        hint: "Set the follower's `address:`.",
      }),
    );
  const clients = facts.server?.clientSessions ?? 0;
  if (repairs.includes('settings') && clients > 0)
    found.push(
      finding('blocker', 'FOLLOWER_IN_USE', host, `clients are connected to it: ${String(clients)}`, {
        detail: 'Its limits can only be raised by a restart, which ends their connections.',
        hint: 'Disconnect them first; `pg_stat_activity` there lists them.',
      }),
    );
  if (remedy === 'start')
    found.push(
      finding('info', 'FOLLOWER_DOWN', host, `it is this leader's follower, and is stopped`, {
        hint: `It is started with \`${serviceCommand(location, 'start')}\`.`,
      }),
    );
  else if (repairs.length > 0)
    found.push(
      finding(
        'info',
        'FOLLOWER_REPAIRABLE',
        host,
        "it is this leader's follower, and is repaired without a copy",
        {
          detail: `${reasons.join('; ')}.`,
        },
      ),
    );
  return found;
}

/** It runs on what it has read at its start; the next one, after a reboot in the night, reads the directory again. */
const signalMissing = (host: string, { osUser, dataDirectory }: ClusterLocation): Finding =>
  finding(
    'blocker',
    'STANDBY_SIGNAL_MISSING',
    host,
    'it follows, but its next start would make a second leader of it',
    {
      detail: `${dataDirectory} has no standby.signal; the server read it when it started.`,
      hint: `Make it again there: \`install -o ${osUser} -g ${osUser} -m 600 /dev/null ${shellQuote(`${dataDirectory}/standby.signal`)}\`.`,
    },
  );
