import { copyDirectory, type CopyDirectoryInput } from './copy-directory.js';
import { DURABLE } from './durable.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { copiedBytes, JOB_STATE } from './job-state.js';
import { JOB_UNIT } from './job-unit.js';
import { PROCESSES } from './processes.js';
import { REHEARSAL } from './rehearsal.js';
import { buildScript } from './script.js';
import { SERVICE } from './service.js';

const JOB = [GUARD, PROCESSES, SERVICE, JOB_UNIT, JOB_STATE];

const REPORT = `
report() {
  n=$(newest_job)
  say swapped "$(rec swapped)"
  say incoming "$([ -d "$TARGET" ] && echo yes || echo no)"
  if [ -z "$n" ]; then say state absent; return; fi
  J=$STATE/jobs/$OP/$n
  job_state "$J"
  say state "$state"; say result "$result"; say note "$note"; say number "$n"; say job "$J"
  say copied "$([ -f "$J/copied" ] && echo yes || echo no)"
  say complete "$(is_complete && echo yes || echo no)"
  tail -c 3000 "$J/log" 2>/dev/null | say64 log
}
`;

export interface JobStatusInput {
  /** The follower's data directory, as its record knows it. */
  dataDirectory: string;
  op: string;
  /** Every directory that is copied into; the first is the data directory to be. */
  directories: string[];
  /** Also how much stands on disk, which takes a walk through all of it. */
  measure: boolean;
}

/** Looks at the newest job of the operation. Reads only. */
export function jobStatusScript({ dataDirectory, op, directories, measure }: JobStatusInput): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op, TARGET: directories[0] ?? '' },
    functions: [...JOB, REPORT, copiedBytes(directories)],
    body: `
REC=$STATE/op/$(state_key)/$OP
report
${measure ? 'say bytes "$(copied_bytes)"' : ''}
`,
  });
}

/**
 * Starts the next job, unless one is there that has not been closed: then it only reports it. One that is gone
 * but has copied everything is started once more, to verify.
 */
export function startJobScript(
  guard: GuardInput,
  where: CopyDirectoryInput,
  job: { directory: string; runner: string },
): string {
  const { variables, functions } = copyDirectory(where);
  return buildScript({
    variables: { ...guardVariables(guard), ...variables, TARGET: job.directory, RUNNER: job.runner },
    functions: [DURABLE, ...JOB, REPORT, ...functions],
    body: `
journaled=
guard
[ -z "$(rec swapped)" ] || { report; exit 0; }
n=$(newest_job)
J=$STATE/jobs/$OP/$n
state=absent
[ -z "$n" ] || job_state "$J"
case $state in
  absent | closed) n=$((\${n:-0} + 1)) J=$STATE/jobs/$OP/$n ;;
  unstarted) ;;
  vanished | orphaned)
    is_complete || { report; exit 0; }
    stop_job "$J"
    [ ! -f "$J/result" ] || { report; exit 0; }
    echo yes | put "$J/copied"
    rm -f "$J/pid"
    ;;
  *) report; exit 0 ;;
esac
make_copy_directory
mkdir -p "$J"
printf '%s' "$RUNNER" | put "$J/run"
start_unit "$n" "$J" || refuse COMMAND_FAILED "the copy was not started"
await 5 test -f "$J/pid"
report
`,
  });
}

/** Ends a failed, vanished or orphaned job for good and clears its directory, so that another may begin. */
export function closeJobScript(guard: GuardInput, where: CopyDirectoryInput): string {
  const { variables, functions } = copyDirectory(where);
  return buildScript({
    variables: { ...guardVariables(guard), ...variables },
    functions: [DURABLE, REHEARSAL, ...JOB, ...functions],
    body: `
guard
[ -z "$(rec swapped)" ] || refuse SWAP_UNEXPECTED "operation $OP has swapped already"
n=$(newest_job)
if holds_a_copy; then journal; fi
if [ -n "$n" ]; then stop_job "$STATE/jobs/$OP/$n"; fi
stop_rehearsal
rm -f "$STATE/rehearsal/$OP.log"
clear_copy_directory
if [ -n "$n" ]; then date -u +%FT%TZ | put "$STATE/jobs/$OP/$n/closed"; fi
`,
  });
}
