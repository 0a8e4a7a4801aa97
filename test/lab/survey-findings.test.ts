import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Finding } from '../../workflows/contract/plan.js';
import { PlanScene, type PlannedCase } from './support/plan-scene.js';

const scene = new PlanScene(inject('labHome'));
beforeAll(() => scene.open());
afterAll(() => scene.close());

const DATA = '/var/lib/postgresql/15/main';
const STOP = 'systemctl stop postgresql@15-main';
const START =
  'systemctl start postgresql@15-main; until pg_isready -qh /var/run/postgresql; do sleep 0.1; done';
const stopped = (script: string): string => `cd /\n${STOP}\n${script}\n${START}`;

/** An SQL statement on the host itself. */
const sql = (statement: string): string =>
  `cd /; setpriv --reuid=postgres --regid=postgres --init-groups psql -XAtq -h /var/run/postgresql -c "${statement}"`;

const dropIn = (text: string): Pick<PlannedCase, 'given' | 'undo'> => ({
  given: `printf '%s\\n' "${text}" >/etc/postgresql/15/main/conf.d/99-old.conf; chmod 644 /etc/postgresql/15/main/conf.d/99-old.conf`,
  undo: 'rm /etc/postgresql/15/main/conf.d/99-old.conf',
});

/** A unit that does nothing, under a name that means something. */
const unit = (name: string, ...verbs: string[]): Pick<PlannedCase, 'given' | 'undo'> => ({
  given: `printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/${name}.service
systemctl daemon-reload
${verbs.map((verb) => `systemctl ${verb} ${name}.service`).join('\n')}`,
  undo: `systemctl disable --now ${name}.service; rm /etc/systemd/system/${name}.service; systemctl daemon-reload`,
});

/** The data directory's parent, or a part of the data directory, on a file system of its own. */
const moved = (directory: string, options = 'size=8g'): Pick<PlannedCase, 'given' | 'undo'> => ({
  given: stopped(`mv ${directory} ${directory}.kept
mkdir ${directory}; mount -t tmpfs -o ${options} tmpfs ${directory}
cp -a ${directory}.kept/. ${directory}/
chown --reference=${directory}.kept ${directory}; chmod --reference=${directory}.kept ${directory}`),
  undo: stopped(`umount ${directory}; rmdir ${directory}; mv ${directory}.kept ${directory}`),
});

interface Expected {
  told: string;
  severity: Finding['severity'];
  code: string;
  host?: string;
  message: RegExp;
  detail?: RegExp;
}

const cases: (Expected & Omit<PlannedCase, 'host'>)[] = [
  {
    told: 'a restore command left in conf.d',
    ...dropIn("# of the last disaster\nrestore_command = 'cp /archive/%f %p'"),
    severity: 'blocker',
    code: 'RECOVERY_LEFTOVERS',
    message: /would not follow the leader$/,
    detail: /^restore_command at \/etc\/postgresql\/15\/main\/conf\.d\/99-old\.conf:2$/,
  },
  {
    told: 'a delay left in conf.d',
    ...dropIn("recovery_min_apply_delay = '1h'"),
    severity: 'warning',
    code: 'RECOVERY_SETTINGS_STAY',
    message: /changes how it replays$/,
    detail: /^recovery_min_apply_delay at .*99-old\.conf:1$/,
  },
  {
    told: 'Patroni, enabled and not started',
    ...unit('patroni', 'enable'),
    severity: 'blocker',
    code: 'CLUSTER_MANAGED',
    message: /in charge of it: patroni\.service enabled$/,
  },
  {
    told: 'Patroni, started on the leader and not enabled',
    ...unit('patroni', 'start'),
    host: 'leader',
    severity: 'blocker',
    code: 'CLUSTER_MANAGED',
    message: /in charge of it: patroni\.service active$/,
  },
  {
    told: 'an instance of repmgrd',
    given: `mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/repmgrd@.service /etc/systemd/system/multi-user.target.wants/repmgrd@15-main.service`,
    undo: 'rm /etc/systemd/system/multi-user.target.wants/repmgrd@15-main.service',
    severity: 'blocker',
    code: 'CLUSTER_MANAGED',
    message: /repmgrd@15-main\.service enabled$/,
  },
  {
    told: "Patroni's configuration alone",
    given: 'mkdir /etc/patroni; touch /etc/patroni/15-main.yml',
    undo: 'rm -r /etc/patroni',
    severity: 'warning',
    code: 'CLUSTER_MANAGER_CONFIGURED',
    message: /: \/etc\/patroni\/15-main\.yml$/,
  },
  {
    told: 'keepalived',
    ...unit('keepalived', 'start'),
    severity: 'warning',
    code: 'ADDRESS_MOVES',
    message: /keepalived\.service active$/,
  },
  {
    told: 'puppet',
    ...unit('puppet', 'enable'),
    host: 'leader',
    severity: 'warning',
    code: 'CONFIG_MANAGED',
    message: /puppet\.service enabled$/,
  },
  {
    told: 'a newer package that unattended-upgrades will install',
    given: `mkdir -p /srv/repo /etc/apt/sources.list.d /etc/apt/apt.conf.d
printf 'Package: postgresql-15\\nVersion: 15.99-0+test\\nArchitecture: %s\\nFilename: ./none.deb\\nSize: 1\\nSHA256: %064d\\nDescription: newer\\n' "$(dpkg --print-architecture)" 0 >/srv/repo/Packages
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list.d/survey-test.list
echo 'APT::Periodic::Unattended-Upgrade "1";' >/etc/apt/apt.conf.d/99survey-test
printf '#!/bin/sh\\n' >/usr/local/bin/unattended-upgrade; chmod 755 /usr/local/bin/unattended-upgrade
apt-get update -q -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/survey-test.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 >&2`,
    undo: `rm -r /srv/repo /etc/apt/sources.list.d/survey-test.list /etc/apt/apt.conf.d/99survey-test /usr/local/bin/unattended-upgrade`,
    severity: 'warning',
    code: 'UPGRADE_PENDING',
    message: /PostgreSQL 15 from 15\.\d+ to package version 15\.99-0\+test, and restart it$/,
  },
  {
    told: 'a second cluster beside the pinned one',
    given: 'pg_createcluster 15 second -- --no-sync',
    undo: 'pg_dropcluster 15 second',
    edit: (config) => {
      for (const follower of config.followers) follower.postgres = { version: '15', cluster: 'main' };
    },
    severity: 'info',
    code: 'OTHER_CLUSTERS',
    message: /left alone: 15\/second$/,
  },
  {
    told: 'a data directory that is a link',
    given: stopped(`mv ${DATA} ${DATA}.kept; ln -s main.kept ${DATA}`),
    undo: stopped(`rm ${DATA}; mv ${DATA}.kept ${DATA}`),
    severity: 'blocker',
    code: 'DATA_DIRECTORY_LINKED',
    message: /a link to \/var\/lib\/postgresql\/15\/main\.kept$/,
  },
  {
    told: 'a data directory that is a mount point',
    ...moved(DATA),
    severity: 'blocker',
    code: 'DATA_DIRECTORY_MOUNTED',
    message: /is a mount point$/,
  },
  {
    told: 'a mount below the data directory',
    ...moved(`${DATA}/pg_wal`),
    severity: 'blocker',
    code: 'MOUNT_BELOW',
    message: /is mounted: \/var\/lib\/postgresql\/15\/main\/pg_wal$/,
  },
  {
    told: 'a pg_wal that is a link',
    given: stopped(`mv ${DATA}/pg_wal /var/lib/postgresql/15/wal; ln -s ../wal ${DATA}/pg_wal`),
    undo: stopped(`rm ${DATA}/pg_wal; mv /var/lib/postgresql/15/wal ${DATA}/pg_wal`),
    severity: 'blocker',
    code: 'PG_WAL_LINKED',
    message: /its pg_wal is a link$/,
  },
  {
    told: 'a tablespace',
    given: `install -d -o postgres -g postgres -m 700 /srv/extra; ${sql("create tablespace extra location '/srv/extra'")}`,
    undo: `${sql('drop tablespace extra')}; rmdir /srv/extra`,
    severity: 'blocker',
    code: 'TABLESPACES',
    message: /it has tablespaces$/,
  },
  {
    told: 'a file system with too few inodes',
    ...moved('/var/lib/postgresql/15', 'size=8g,nr_inodes=2500'),
    severity: 'blocker',
    code: 'INODES_SHORT',
    message: /its file system \/var\/lib\/postgresql\/15 has \d+ free inodes, the copy needs \d+$/,
    detail: /^\d{3,} files on the leader \+ 10 %/,
  },
  {
    told: 'a file system with too few bytes',
    ...moved('/var/lib/postgresql/15', 'size=1g'),
    severity: 'blocker',
    code: 'NO_ROOM_SIDE_BY_SIDE',
    message: /its file system \/var\/lib\/postgresql\/15 has \d+ MB free, the copy needs \d+ MB$/,
    detail: /of data \+ 5 % .* \+ a reserve of 2048 MB .* = \d+ MB\.$/,
  },
];

describe('the survey tells of a host, and changes nothing on it', () => {
  it.each(cases)('$told', async ({ host = 'follower1', severity, code, message, detail, ...made }) => {
    const seen = await scene.look({ host, ...made });
    expect(
      seen.findings.map((finding) => `${finding.severity} ${finding.code} ${finding.host ?? ''}`),
    ).toEqual([`${severity} ${code} ${host}`]);
    expect(seen.findings[0]?.message).toMatch(message);
    if (detail !== undefined) expect(seen.findings[0]?.detail).toMatch(detail);
    expect(seen.code).toBe(severity === 'blocker' ? 3 : 0);
  });

  it('of one cluster under the names of two followers', async () => {
    const { code, findings } = await scene.plan((config) => {
      config.followers.push({ ...config.followers[0], name: 'follower2' });
    });
    expect(findings.map((finding) => `${finding.code} ${finding.host ?? ''}`)).toEqual([
      'FOLLOWER_TWICE follower2',
    ]);
    expect(findings[0]?.message).toMatch(/the same cluster as follower1$/);
    expect(code).toBe(3);
  });

  it('of nothing, when all of it is undone', async () => {
    expect(await scene.plan()).toEqual({ code: 0, findings: [] });
  });
});
