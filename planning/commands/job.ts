import { shellQuote } from '../shell-quote.js';
import type { LinkedDirectory } from '../../workflows/contract/plan.js';
import { DURABLE } from './durable.js';
import { FINGERPRINT } from './fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from './guard.js';
import { LINKED, linkedVariable } from './linked.js';
import { PROCESSES } from './processes.js';
import { REMOVE_INCOMING } from './remove-incoming.js';
import { buildScript } from './script.js';

/**
 * The detached copy. A job is a directory `jobs/<op>/<n>` and a transient unit of its own, so that it
 * outlives ssh, the worker and the Temporal server; whoever comes back finds everything in the files:
 *
 *   lock    held (fd 9) by the runner and every descendant: "running" cannot lie
 *   pid     pid, start time and boot id of the runner
 *   copied  pg_basebackup ended well
 *   result  `verified <sha256 of backup_manifest>`, `copy-failed <status>` or `verify-failed <status>`
 *   log     everything the programs said
 *   closed  the job has failed and its directory was cleaned; the next one may begin
 */
const JOB = `
newest_job() { ls "$STATE/jobs/$OP" 2>/dev/null | sort -n | tail -n 1; }
unit_of() { echo "pg-runbook-copy-$OP-$1"; }
boot_id() { cat /proc/sys/kernel/random/boot_id; }
start_time() { # PID; nothing for a zombie: it is dead
  s=$(cat "/proc/$1/stat" 2>/dev/null) && s=\${s##*") "} && set -- $s && [ "$1" != Z ] && echo "\${20}"
}
lock_is_held() { [ -f "$1/lock" ] && ! flock -n -s "$1/lock" true; }
job_state() { # DIRECTORY: sets state, result, note
  note=
  look_at_job "$1"
  # Between two looks a running job may have ended: only what is seen again is believed.
  case $state in orphaned | vanished) look_at_job "$1" ;; esac
}
look_at_job() {
  result=$(cat "$1/result" 2>/dev/null)
  if [ -f "$1/closed" ]; then state=closed
  elif [ -n "$result" ]; then state=ended
  elif lock_is_held "$1"; then
    state=running
    read -r pid born boot <"$1/pid" 2>/dev/null || pid=
    if [ -n "$pid" ] && [ "$boot $born" != "$(boot_id) $(start_time "$pid")" ]; then state=orphaned; fi
  elif [ -f "$1/pid" ]; then
    state=vanished
    read -r pid born boot <"$1/pid"
    [ "$boot" = "$(boot_id)" ] || note=rebooted
  elif systemctl -q is-active "$(unit_of "\${1##*/}")" 2>/dev/null; then state=running
  else state=unstarted
  fi
}
holders() { for p in /proc/[0-9]*; do [ "$(readlink "$p/fd/9")" != "$1/lock" ] || echo "\${p#/proc/}"; done 2>/dev/null; }
lock_is_free() { ! lock_is_held "$1"; }
stop_job() { # DIRECTORY: nothing of the job lives when this returns
  systemctl stop "$(unit_of "\${1##*/}")" 2>/dev/null
  await 10 lock_is_free "$1" && return
  for pid in $(holders "$1"); do kill -KILL "$pid" 2>/dev/null; done
  await 10 lock_is_free "$1" || refuse STOP_FAILED "the copy job $1 does not end"
}
`;

/** What the transient unit runs, as root; the programs themselves run as the cluster's owner. */
export function jobRunner(input: {
  osUser: string;
  backupArguments: string[];
  verifyArguments: string[];
  incomingDirectory: string;
}): string {
  const as = `cd / && exec setpriv --reuid=${shellQuote(input.osUser)} --regid=${shellQuote(input.osUser)} --init-groups env LC_ALL=C HOME=/`;
  const words = (argv: string[]): string => argv.map(shellQuote).join(' ');
  return `#!/bin/sh
set -u
umask 077
put() { printf '%s\\n' "$2" >"$1.tmp" && sync "$1.tmp" && mv -T "$1.tmp" "$1" && sync .; }
trap : TERM INT HUP # a stop ends the programs; the runner lives on to record how
exec 9>>lock
flock -w 5 9 || exit 75
s=$(cat "/proc/$$/stat"); s=\${s##*") "}; set -- $s
put pid "$$ \${20} $(cat /proc/sys/kernel/random/boot_id)"
(${as} ${words(input.backupArguments)}) </dev/null >>log 2>&1
rc=$?
if [ "$rc" != 0 ]; then put result "copy-failed $rc"; exit 0; fi
put copied yes
manifest=$(sha256sum ${shellQuote(`${input.incomingDirectory}/backup_manifest`)} | cut -d' ' -f1)
(${as} ${words(input.verifyArguments)}) </dev/null >>log 2>&1
rc=$?
if [ "$rc" = 0 ]; then put result "verified $manifest"; else put result "verify-failed $rc"; fi
`;
}

const REPORT = `
report() {
  n=$(newest_job)
  say swapped "$(rec swapped)"
  say incoming "$([ -d "$DATA.incoming-$OP" ] && echo yes || echo no)"
  if [ -z "$n" ]; then say state absent; return; fi
  J=$STATE/jobs/$OP/$n
  job_state "$J"
  say state "$state"; say result "$result"; say note "$note"; say number "$n"; say job "$J"
  say copied "$([ -f "$J/copied" ] && echo yes || echo no)"
  tail -c 3000 "$J/log" 2>/dev/null | say64 log
}
`;

/** Looks at the newest job of the operation. Reads only. */
export function jobStatusScript(dataDirectory: string, op: string): string {
  return buildScript({
    variables: { DATA: dataDirectory, OP: op },
    functions: [GUARD, PROCESSES, JOB, REPORT],
    body: `
REC=$STATE/op/$(state_key)/$OP
report
`,
  });
}

/** Starts the next job, unless one is there that has not been closed: then it only reports it. */
export function startJobScript(
  guard: GuardInput,
  osUser: string,
  runner: string,
  linked: readonly LinkedDirectory[] = [],
): string {
  return buildScript({
    variables: {
      ...guardVariables(guard),
      OSUSER: osUser,
      RUNNER: runner,
      LINKED: linkedVariable(linked),
    },
    functions: [DURABLE, GUARD, PROCESSES, FINGERPRINT, LINKED, JOB, REPORT],
    body: `
journaled=
journal_once() { [ -n "$journaled" ] || journal; journaled=yes; }
guard
[ -z "$(rec swapped)" ] || { report; exit 0; }
n=$(newest_job)
if [ -n "$n" ]; then
  job_state "$STATE/jobs/$OP/$n"
  case $state in closed) n=$((n + 1)) ;; unstarted) ;; *) report; exit 0 ;; esac
else n=1; fi
J=$STATE/jobs/$OP/$n
incoming=$DATA.incoming-$OP
each_linked make_beside # before the note of the copy itself: with that one there, all of these are
if [ ! -d "$incoming" ]; then
  journal_once
  [ -z "$(rec incomingInode)" ] || forget incomingInode # of a directory that somebody else has removed
  mkdir -m 700 "$incoming" && chown -h "$OSUSER:" "$incoming" && sync_dir "\${incoming%/*}" || refuse COMMAND_FAILED "could not make $incoming"
fi
[ -n "$(rec incomingInode)" ] || note incomingInode "$(stat -c %i "$incoming")"
mkdir -p "$J"
printf '%s' "$RUNNER" | put "$J/run"
systemd-run --quiet --collect --unit="$(unit_of "$n")" --description="pg-replication-runbook: base backup of operation $OP" \\
  --property=Type=exec --property=KillMode=control-group --property=TimeoutStopSec=20 --working-directory="$J" /bin/sh "$J/run" >&2 ||
  refuse COMMAND_FAILED "systemd-run did not start the copy"
await 5 test -f "$J/pid"
report
`,
  });
}

/** Ends a failed, vanished or orphaned job for good and removes its directory, so that another may begin. */
export function closeJobScript(
  guard: GuardInput,
  osUser: string,
  linked: readonly LinkedDirectory[] = [],
): string {
  return buildScript({
    variables: { ...guardVariables(guard), OSUSER: osUser, LINKED: linkedVariable(linked) },
    functions: [DURABLE, GUARD, PROCESSES, FINGERPRINT, LINKED, JOB, REMOVE_INCOMING],
    body: `
guard
[ -z "$(rec swapped)" ] || refuse SWAP_UNEXPECTED "operation $OP has swapped already"
n=$(newest_job)
[ ! -d "$DATA.incoming-$OP" ] || journal
if [ -n "$n" ]; then stop_job "$STATE/jobs/$OP/$n"; fi
remove_incoming
if [ -n "$n" ]; then date -u +%FT%TZ | put "$STATE/jobs/$OP/$n/closed"; fi
`,
  });
}
