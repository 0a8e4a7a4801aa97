import { CLUSTER_MANAGER_FILES, CLUSTER_MANAGERS, CONFIG_MANAGEMENT } from '../host-services.js';

/** Programs of every Debian system that our scripts use. */
const TOOLS = 'flock setpriv setsid findmnt sha256sum base64 awk sed stat ip perl';
const SYSTEMD_TOOLS = 'systemd-run systemctl';

/**
 * What a host is, its clusters left aside. A program that is missing leaves its fact empty; nothing here
 * can fail the survey. Reads only. Needs SERVICE.
 */
export const HOST_FACTS = `
source_address() { ip -o route get "$1" 2>/dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p'; }
services() { # NAME...: units of these names that start by themselves or run, one a line
  patterns=$(for name in "$@"; do printf '%s ' "$name.service" "$name.timer" "$name@*" "$name-[0-9]*" "$name[0-9]*"; done)
  set -f; set -- $patterns; set +f
  for pattern in "$@"; do # links, not list-unit-files: that one does not tell which instances are enabled
    for link in /etc/systemd/system/*.wants/$pattern /etc/systemd/system/*.requires/$pattern /run/systemd/system/*.wants/$pattern; do
      [ ! -L "$link" ] || echo "\${link##*/} enabled"
    done
  done | sort -u
  if ! runs_systemd; then
    for name in "$@"; do ! pgrep -x "$name" >/dev/null || echo "$name active"; done
    return
  fi
  timeout 5 systemctl list-units --plain --no-legend --no-pager --state=active,activating,reloading -- "$@" 2>/dev/null | awk '{ print $1, "active" }'
}
files_of() { for file in $1; do [ ! -f "$file" ] || echo "$file"; done; }
host_facts() {
  say machineId "$(cat /etc/machine-id)"
  say hostname "$(hostname)"
  say addresses "$(ip -o addr show 2>/dev/null | awk '{ sub("/.*", "", $4); print $4 }' | tr '\\n' ' ')"
  say systemd "$(runs_systemd && echo yes || echo no)"
  # capability 19, SYS_PTRACE: without it even root may not follow /proc/PID/cwd of another user's process
  say seesProcesses "$([ $((0x$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status) >> 19 & 1)) = 0 ] && echo no || echo yes)"
  say missing "$(for tool in ${TOOLS} $(! runs_systemd || echo ${SYSTEMD_TOOLS}); do command -v "$tool" >/dev/null || printf '%s ' "$tool"; done)"
  say architecture "$(uname -m)"
  say glibc "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
  say memoryKb "$(sed -n 's/^MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo 2>/dev/null)"
  locale -a 2>/dev/null | say64 locales
  { services ${CLUSTER_MANAGERS.join(' ')}; files_of '${CLUSTER_MANAGER_FILES.join(' ')}'; } | say64 clusterManagers
  { services ${CONFIG_MANAGEMENT.join(' ')}; files_of '${CONFIG_MANAGEMENT.map((name) => `/etc/cron.d/${name}`).join(' ')}'; } | say64 configManagement
}
`;
