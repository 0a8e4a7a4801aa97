/**
 * Who starts and stops servers on the host: systemd, by the cluster's unit; where it does not run, Debian's
 * pg_ctlcluster. Neither is waited for: its exit status proves nothing, and it takes two seconds longer than the
 * server; whoever calls this looks at the server itself.
 *
 * libpq looks for certificates and passwords in HOME, so a server must not be given the home of whoever starts it.
 *
 * Variables: DATA; UNIT, also without systemd, where it names the cluster (postgresql@15-main.service).
 */
export const SERVICE = `
runs_systemd() { [ -d /run/systemd/system ]; }
detached() { setsid -f "$@" </dev/null >/dev/null 2>&1 8>&-; } # 8: the lock of this script
own_environment() { env -i LC_ALL=C.UTF-8 PATH="$PATH" HOME="$(getent passwd "$(stat -L -c %u "$DATA")" | cut -d: -f6)" "$@"; }
cluster_ctl() { # ACTION
  instance=\${UNIT#postgresql@}; instance=\${instance%.service}
  own_environment setsid -f pg_ctlcluster "\${instance%%-*}" "\${instance#*-}" "$1" </dev/null >/dev/null 2>&1 8>&-
}
start_server() { if runs_systemd; then systemctl start --no-block "$UNIT"; else cluster_ctl start; fi; }
stop_server() { if runs_systemd; then systemctl stop --no-block "$UNIT"; else cluster_ctl stop; fi; }
restart_server() { if runs_systemd; then systemctl restart --no-block "$UNIT"; else cluster_ctl restart; fi; }
unit_state() { if runs_systemd; then systemctl show -p ActiveState --value "$UNIT"; else echo inactive; fi; }
unit_is_down() { case $(unit_state) in inactive | failed) return 0 ;; *) return 1 ;; esac; }
reload_units() { ! runs_systemd || systemctl daemon-reload; }
`;
