import type { Change } from './plan-scene.js';

/** An SQL statement on the host itself. */
export const sql = (statement: string): string =>
  `cd /; setpriv --reuid=postgres --regid=postgres --init-groups psql -XAtq -h /var/run/postgresql -c "${statement}"`;

/** A repository on the host itself has a newer package, and the night's upgrade is on. */
export const newerPackage: Change = {
  given: `mkdir -p /srv/repo /etc/apt/sources.list.d /etc/apt/apt.conf.d
printf 'Package: postgresql-15\\nVersion: 15.99-0+test\\nArchitecture: %s\\nFilename: ./none.deb\\nSize: 1\\nSHA256: %064d\\nDescription: newer\\n' "$(dpkg --print-architecture)" 0 >/srv/repo/Packages
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list.d/survey-test.list
echo 'APT::Periodic::Unattended-Upgrade "1";' >/etc/apt/apt.conf.d/99survey-test
printf '#!/bin/sh\\n' >/usr/local/bin/unattended-upgrade; chmod 755 /usr/local/bin/unattended-upgrade
apt-get update -q -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/survey-test.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 >&2`,
  undo: 'rm -r /srv/repo /etc/apt/sources.list.d/survey-test.list /etc/apt/apt.conf.d/99survey-test /usr/local/bin/unattended-upgrade',
};
