import { ask, bug, retry, type CodeDefinition } from './code-definition.js';

/** Codes of the steps that change something. */
export const STEP_CODES = {
  PLAN_OUTDATED: ask(
    'The host has changed since the approval: what would be replaced is not what was approved. Nothing was replaced.',
    'The run surveys again and opens its gates anew; read the new card.',
  ),
  PLAN_UNSTABLE: ask(
    'Three times in a row the host had changed between the approval and the step it was for. Something keeps changing it. Nothing was replaced.',
    'Find out what changes it and stop that; then `runbook resume` surveys again and opens the gate anew.',
  ),
  WINDOW_CLOSED: ask(
    'The step begins only inside of its window (`copy.beginWindow`, `approval.swapWindow`), and when its turn came the window was closed: no worker was there in time, or the clocks of worker and Temporal server differ. Nothing was touched.',
    'The run waits for the window by itself. If it asks instead, compare the clocks, then `runbook resume`.',
  ),
  STALE_ATTEMPT: ask(
    'Another run has taken over this operation on the host, so this one may no longer act.',
    'Nothing here: look at the other run with `runbook show`.',
  ),
  LEADER_RESTART_FAILED: ask(
    'The leader did not come back after its restart, or the restart did not bring the setting.',
    "Look at the leader's log at once.",
  ),
  RESTART_NOT_SAFE: ask(
    'The leader was not restarted: it was restarted meanwhile, or the restart would bring up changes nobody approved.',
    '`runbook resume` surveys again.',
  ),
  ACCESS_DENIED: ask(
    'The follower cannot open a replication connection to the leader.',
    'The detail is what the server or the network said.',
  ),
  WRONG_SERVER: ask(
    "The follower reached a PostgreSQL server at the leader's address, but not the leader.",
    'Check `leader.address`: a load balancer, a proxy, or another machine answers there.',
  ),
  CLIENT_ADDRESS_DIFFERS: ask(
    'The leader sees the follower under another address than the pg_hba.conf line has.',
    "Set the follower's `address:` to the one the detail names.",
  ),
  COPY_FAILED: ask(
    'pg_basebackup failed.',
    'The detail is what it said. The old server still runs. `runbook resume` copies again.',
  ),
  COPY_INTERRUPTED: retry(
    'The connection between pg_basebackup and the leader broke, or the leader took no connection. A base backup cannot be resumed where it stopped.',
    'Nothing; the copy begins again by itself. If it keeps happening, look at the network and at the leader.',
  ),
  COMPRESSION_UNSUPPORTED: ask(
    'The copy cannot be compressed as `copy.compress` says: PostgreSQL before 15 cannot, nor one that was built without zstd. Where the plan can tell, it copies uncompressed and warns; else pg_basebackup refuses before it copies anything.',
    'Set `copy.compress: none`, or install packages that have zstd on both hosts.',
  ),
  COPY_NO_SPACE: ask(
    "The follower's disk filled up during the copy. The old server still runs.",
    'Make room, then `runbook resume`.',
  ),
  COPY_DISK_LOW: ask(
    'The copy was stopped, and removed, because its file system had come down to the reserve that is kept free (5 %, at least 2 GB). The old server still runs.',
    'Make room, then `runbook resume` copies again.',
  ),
  COPY_STALLED: ask(
    'The copy has not grown for a long time, neither as the leader shows it nor on the disk. Unless the message says otherwise it was left as it is and may still go on by itself.',
    'Find out what holds it: the network, a disk, a stopped process. `runbook resume` attaches to it again; `--abort` ends it.',
  ),
  LEADER_WAL_BUDGET: ask(
    "The WAL held back for the copy came too close to what the leader may hold: four fifths of max_slot_wal_keep_size, or of half the room on the file system of pg_wal. To keep the leader safe the copy was stopped and its slot dropped. The follower's old server still runs.",
    'Make room on the leader, raise max_slot_wal_keep_size, or copy when it writes less; then `runbook resume` copies again.',
  ),
  REHEARSAL_FAILED: ask(
    "The copy's own server, started beside the old one, does not start, stream or replay. The old server still runs.",
    'The detail is the end of its log. Put it right and `runbook resume`, or `runbook resume --skip` to swap without a rehearsal.',
  ),
  VERIFY_FAILED: ask(
    'The copy does not match its manifest: it is damaged. It was not used; the old server still runs.',
    'Suspect disk or memory. `runbook resume` copies again.',
  ),
  FOLLOWER_CONFIG_UNSAFE: ask(
    "With the follower's own configuration the new server would not follow the leader (recovery target, promote trigger, too low a setting).",
    'Correct the setting that the detail names.',
  ),
  SWAP_UNEXPECTED: ask(
    'The directories are not in a state the swap knows. Nothing was touched.',
    'The detail lists what is there; put it right by hand.',
  ),
  STOP_FAILED: ask(
    "The follower's old server did not stop.",
    'Look at what keeps it; then `runbook resume`.',
  ),
  FOLLOWER_START_FAILED: ask(
    'The follower did not come up on its new data directory.',
    'The detail is the end of its log. The old data lies aside, untouched.',
  ),
  NOT_STREAMING: ask(
    'The follower runs, but does not stream from the leader.',
    'The detail says what is missing.',
  ),
  NOT_REPLAYING: ask(
    'The follower receives WAL but did not replay the marker in time.',
    'A long query on the follower, a paused replay or a delay setting holds it back.',
  ),
  NOTIFY_FAILED: retry(
    'The command or the address in `notify` could not be told. The run goes on without it; it is tried again for ten minutes.',
    "Look at the worker's log. The command runs on the worker, as its user.",
  ),
  INTERNAL: bug(
    'The runbook met a situation its authors did not foresee. It stopped rather than guess.',
    'Report it with the detail. `runbook resume` tries again.',
  ),
} as const satisfies Record<string, CodeDefinition>;
