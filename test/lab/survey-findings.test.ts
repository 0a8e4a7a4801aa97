import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../workflows/contract/plan.js';
import { newerPackage, sql } from './support/changes.js';
import { PlanScene, type Change, type Edit } from './support/plan-scene.js';
import { sharedLab } from './support/shared-lab.js';

const scene = new PlanScene(sharedLab());
beforeAll(() => scene.open());
afterAll(() => scene.close());

const DATA = '/var/lib/postgresql/15/main';
const WANTS = '/etc/systemd/system/multi-user.target.wants';
const STOP = 'systemctl stop postgresql@15-main';
const START =
  'systemctl start postgresql@15-main; until pg_isready -qh /var/run/postgresql; do sleep 0.1; done';
const stopped = (script: string): string => `cd /\n${STOP}\n${script}\n${START}`;

const dropIn = (text: string): Change => ({
  given: `printf '%s\\n' "${text}" >/etc/postgresql/15/main/conf.d/99-old.conf; chmod 644 /etc/postgresql/15/main/conf.d/99-old.conf`,
  undo: 'rm /etc/postgresql/15/main/conf.d/99-old.conf',
});

/** A unit that does nothing, under a name that means something. */
const unit = (name: string, ...verbs: string[]): Change => ({
  given: `printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/${name}.service
systemctl daemon-reload
${verbs.map((verb) => `systemctl ${verb} ${name}.service`).join('\n')}`,
  undo: `systemctl disable --now ${name}.service; rm /etc/systemd/system/${name}.service; systemctl daemon-reload`,
});

/** A directory on a file system of its own. */
const moved = (directory: string, options = 'size=8g'): Change => ({
  given: stopped(`mv ${directory} ${directory}.kept
mkdir ${directory}; mount -t tmpfs -o ${options} tmpfs ${directory}
cp -a ${directory}.kept/. ${directory}/
chown --reference=${directory}.kept ${directory}; chmod --reference=${directory}.kept ${directory}`),
  undo: stopped(`rm -r ${directory}.kept; cp -a ${directory} ${directory}.kept
umount ${directory}; rmdir ${directory}; mv ${directory}.kept ${directory}`),
});

const linkedWal: Change = {
  given: stopped(`mv ${DATA}/pg_wal /var/lib/postgresql/15/wal; ln -s ../wal ${DATA}/pg_wal`),
  undo: stopped(`rm ${DATA}/pg_wal; mv /var/lib/postgresql/15/wal ${DATA}/pg_wal`),
};

const tablespace: Change = {
  given: `install -d -o postgres -g postgres -m 700 /srv/extra; ${sql("create tablespace extra location '/srv/extra'")}`,
  undo: `${sql('drop tablespace extra')}; rmdir /srv/extra`,
};

const tablespaceAt = (path: string): Change => {
  const name = path.replace('/srv/', '').replace('/', '_');
  return {
    given: `install -d -o postgres -g postgres -m 755 $(dirname ${path}); install -d -o postgres -g postgres -m 700 ${path}; ${sql(`create tablespace ${name} location '${path}'`)}`,
    undo: `${sql(`drop tablespace ${name}`)}; rmdir ${path}`,
  };
};

const mounted = (path: string): Change => ({
  given: `mkdir ${path}; mount -t tmpfs -o size=8g tmpfs ${path}`,
  undo: `umount ${path}; rmdir ${path}`,
});

/** The whole of a file system, as if WAL had a disk of its own. */
const linkedWalOnMount: Change = {
  given: stopped(`mkdir /srv/wal; mount -t tmpfs -o mode=700,size=8g tmpfs /srv/wal
cp -a ${DATA}/pg_wal/. /srv/wal/; chown --reference=${DATA} /srv/wal
mv ${DATA}/pg_wal /srv/wal.kept; ln -s /srv/wal ${DATA}/pg_wal`),
  undo: stopped(`rm ${DATA}/pg_wal; mkdir -m 700 ${DATA}/pg_wal; chown --reference=${DATA} ${DATA}/pg_wal
cp -a /srv/wal/. ${DATA}/pg_wal/; umount /srv/wal; rm -r /srv/wal /srv/wal.kept`),
};

const repmgrdInstance: Change = {
  given: `mkdir -p ${WANTS}; ln -s /lib/systemd/system/repmgrd@.service ${WANTS}/repmgrd@15-main.service`,
  undo: `rm ${WANTS}/repmgrd@15-main.service`,
};

const patroniFile: Change = {
  given: 'mkdir /etc/patroni; touch /etc/patroni/15-main.yml',
  undo: 'rm -r /etc/patroni',
};

const startConf: Change = {
  given: "sed -i 's/^auto/manual/' /etc/postgresql/15/main/start.conf",
  undo: "sed -i 's/^manual/auto/' /etc/postgresql/15/main/start.conf",
};

const secondCluster: Change = {
  given: 'pg_createcluster 15 second -- --no-sync',
  undo: 'pg_dropcluster 15 second',
};

/** Another cluster has a tablespace at a path where the leader has one, too. */
const sharedWithSecond: Change = {
  given: 'mkdir /srv/shared; ln -s /srv/shared /var/lib/postgresql/15/second/pg_tblspc/20000',
  undo: 'rm /var/lib/postgresql/15/second/pg_tblspc/20000; rmdir /srv/shared',
};

const pinned: Edit = (config) => {
  for (const follower of config.followers) follower.postgres = { version: '15', cluster: 'main' };
};

interface Case {
  told: string;
  changes: Partial<Record<'leader' | 'follower1', Change[]>>;
  edit?: Edit;
  /** `severity CODE host`, a word more where there are two of these, and what message and detail say. */
  found: Record<string, RegExp>;
}

const cases: Case[] = [
  {
    told: 'what would fight the run or end recovery',
    changes: {
      leader: [unit('patroni', 'start')],
      follower1: [
        dropIn("# of the last disaster\nrestore_command = 'cp /archive/%f %p'"),
        unit('patroni', 'enable'),
        repmgrdInstance,
      ],
    },
    found: {
      'blocker CLUSTER_MANAGED leader': /in charge of it: patroni\.service active$/,
      'blocker RECOVERY_LEFTOVERS follower1':
        /\nrestore_command at \/etc\/postgresql\/15\/main\/conf\.d\/99-old\.conf:2$/,
      'blocker CLUSTER_MANAGED follower1':
        /in charge of it: patroni\.service enabled, repmgrd@15-main\.service enabled$/,
    },
  },
  {
    told: 'what a person should know',
    changes: {
      leader: [unit('puppet', 'enable')],
      follower1: [
        dropIn("recovery_min_apply_delay = '1h'"),
        patroniFile,
        unit('keepalived', 'start'),
        startConf,
        newerPackage,
        secondCluster,
      ],
    },
    edit: pinned,
    found: {
      'warning CONFIG_MANAGED leader': /puppet\.service enabled$/,
      'warning RECOVERY_SETTINGS_STAY follower1': /\nrecovery_min_apply_delay at .*99-old\.conf:1$/,
      'warning CLUSTER_MANAGER_CONFIGURED follower1': /: \/etc\/patroni\/15-main\.yml$/,
      'warning ADDRESS_MOVES follower1': /keepalived\.service active$/,
      'warning AUTOSTART_OFF follower1': /start\.conf says manual: a reboot leaves it down$/,
      'warning UPGRADE_PENDING follower1':
        /PostgreSQL 15 from 15\.\d+ to package version 15\.99-0\+test, and restart it$/,
      'info OTHER_CLUSTERS follower1': /left alone: 15\/second$/,
    },
  },
  {
    told: 'a data directory that is a mount point',
    changes: { follower1: [moved(DATA)] },
    found: {
      'warning COPY_IN_PLACE follower1': /cannot be had back.*\nIn place, because: .*is a mount point\.$/,
    },
  },
  {
    told: 'a mount below the data directory; a linked pg_wal and a tablespace stand against nothing',
    changes: { follower1: [moved(`${DATA}/pg_subtrans`), linkedWal, tablespace] },
    found: {
      'info PG_WAL_LINKED follower1': /its pg_wal is a link to \/var\/lib\/postgresql\/15\/wal; /,
      'blocker MOUNT_BELOW follower1': /is mounted: \/var\/lib\/postgresql\/15\/main\/pg_subtrans$/,
    },
  },
  {
    told: 'why tablespaces of the leader, or pg_wal, could not be moved along',
    changes: {
      leader: ['taken', 'shared', 'mounted', 'no/where'].map((path) => tablespaceAt(`/srv/${path}`)),
      follower1: [
        secondCluster,
        sharedWithSecond,
        { given: 'mkdir /srv/taken; touch /srv/taken/notes', undo: 'rm -r /srv/taken' },
        mounted('/srv/mounted'),
        linkedWalOnMount,
      ],
    },
    edit: (config) => {
      pinned(config);
      config.copy = { mode: 'side-by-side' };
    },
    found: {
      'info TABLESPACES leader': /mounted at \/srv\/mounted, no_where at \/srv\/no\/where, /,
      'blocker LINKED_PARENT_MISSING follower1': /tablespace no_where would lie at \/srv\/no\/where, but /,
      'blocker LINKED_PATH_SHARED follower1': /\/srv\/shared, of tablespace shared, is used .*: 15\/second$/,
      'blocker LINKED_PATH_TAKEN follower1': /\/srv\/taken, of tablespace taken, .*\nIt holds notes\.$/,
      'info PG_WAL_LINKED follower1': /is a link to \/srv\/wal; /,
      'blocker LINKED_PATH_MOUNTED follower1 pg_wal': /pg_wal lies at \/srv\/wal, which is a mount point/,
      'blocker LINKED_PATH_MOUNTED follower1':
        /tablespace mounted lies at \/srv\/mounted, which is a mount point/,
      'info OTHER_CLUSTERS follower1': /15\/second$/,
    },
  },
  {
    told: 'a file system with too few bytes and inodes',
    changes: { follower1: [moved('/var/lib/postgresql/15', 'size=1g,nr_inodes=2500')] },
    found: {
      'blocker NO_ROOM_SIDE_BY_SIDE follower1':
        /system \/var\/lib\/postgresql\/15 has \d+ MB free, the copy needs \d+ MB\n.*of data \+ 5 % .* a reserve of 2048 MB .* = \d+ MB\.$/,
      'blocker INODES_SHORT follower1':
        /system \/var\/lib\/postgresql\/15 has \d+ free inodes, the copy needs \d+\n\d{3,} files on the leader \+ 10 %/,
    },
  },
];

const told = ({ message, detail }: Finding): string =>
  [message, detail].filter((text) => text !== undefined).join('\n');

describe('the survey tells of its hosts, and changes nothing on them', () => {
  it.each(cases)('$told', async ({ changes, edit, found }) => {
    const { code, findings } = await scene.look(changes, edit);
    expect(findings.map(({ severity, code: name, host = '' }) => `${severity} ${name} ${host}`)).toEqual(
      Object.keys(found).map((key) => key.split(' ').slice(0, 3).join(' ')),
    );
    for (const [index, pattern] of Object.values(found).entries())
      expect(findings.slice(index, index + 1).map(told)).toEqual([expect.stringMatching(pattern)]);
    expect(code).toBe(Object.keys(found).some((key) => key.startsWith('blocker')) ? 3 : 0);
  });

  it('one cluster under the names of two followers', async () => {
    const { code, findings } = await scene.plan((config) => {
      config.followers.push({ ...config.followers[0], name: 'follower2' });
    });
    expect(findings.map((finding) => `${finding.code} ${finding.host ?? ''}`)).toEqual([
      'FOLLOWER_TWICE follower2',
    ]);
    expect(findings[0]?.message).toMatch(/the same cluster as follower1$/);
    expect(code).toBe(3);
  });

  it('nothing, when all of it is undone', async () => {
    expect(await scene.plan()).toMatchObject({ code: 0, findings: [] });
  });
});
