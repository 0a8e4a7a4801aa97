import type { Moment } from './kill-points.js';
import { onHost } from './operator.js';
import { until } from './until.js';

/**
 * A place inside a script of ours on a host: a program stands in front of the real one in root's PATH and waits
 * for ever before, or after, the first call whose arguments match. The script itself is not changed. The wait
 * is noted in /run, which a power cut empties: after it the program is let through.
 * @param match pattern of `case`, e.g. `*.incoming-*`
 */
export const holdProgram = (
  home: string,
  host: string,
  program: string,
  moment: Moment,
  match: string,
): Promise<string> =>
  onHost(
    home,
    host,
    `cat >/usr/local/sbin/${program} <<'END'
#!/bin/sh
real=/usr/bin/${program}
matches() { case "$*" in ${match}) ;; *) return 1 ;; esac; }
if [ -e /run/hold-${program} ] && matches "$@"; then
  ${moment === 'after' ? '$real "$@" || exit' : ':'}
  touch /run/held-${program}
  while [ -e /run/hold-${program} ]; do sleep 0.1; done
  ${moment === 'after' ? 'exit 0' : ':'}
fi
exec $real "$@"
END
chmod 755 /usr/local/sbin/${program}
rm -f /run/held-${program}
touch /run/hold-${program}
sync`,
  );

export const untilHeld = (home: string, host: string, program: string): Promise<true> =>
  until(`${program} is held on ${host}`, async () =>
    (await onHost(home, host, `[ ! -e /run/held-${program} ] || echo held`)) === 'held' ? true : undefined,
  );
