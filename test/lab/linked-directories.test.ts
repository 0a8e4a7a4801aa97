import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../workflows/contract/plan.js';
import { onHost, Operator, psql, resetLab } from './support/operator.js';
import { commandsOf, journalOf, plannedOn, planOf } from './support/plan-and-journal.js';
import { sharedLab } from './support/shared-lab.js';
import { snapshots } from './support/snapshot.js';

const DATA = '/var/lib/postgresql/15/main';
/** What the configuration names is a link to it. */
const REAL = '/srv/pg/main';

/**
 * A leader with two tablespaces. The follower's old cluster has one at the path of the first, one that the leader
 * does not have, its pg_wal elsewhere, and its data directory is a link.
 */
describe('a cluster with directories outside of its data directory', () => {
  const home = sharedLab();
  let operator: Operator;
  let op = '';
  let plan: Plan;
  let oldFiles = '';

  const follower = (script: string): Promise<string> => onHost(home, 'follower1', script);
  /** Content of every table of the old cluster, wherever its files lie. */
  const digest = (suffix: string): Promise<string> =>
    follower(
      `cd / && for d in /srv/fast${suffix} /srv/mine${suffix}; do (cd "$d" && find . -type f -name '[0-9]*' -exec sha256sum {} + | sort); done`,
    );

  /** Its data is nobody else's, so the swap, or the wipe, has a gate of its own. */
  async function swapApproved(): Promise<void> {
    await operator.until('the gate of the swap', ({ followers }) =>
      followers.follower1?.gates.some(({ id, decision }) => id.startsWith('swap-') && decision === undefined),
    );
    await operator.approve('swap-follower/follower1');
  }

  beforeAll(async () => {
    await resetLab(home);
    await Promise.all([
      onHost(home, 'leader', `install -d -o postgres -g postgres -m 700 /srv/fast '/srv/slow disk'`),
      follower(`set -e
install -d -o postgres -g postgres -m 700 /srv/fast /srv/mine /srv/pg
systemctl stop postgresql@15-main
mv ${DATA} ${REAL}; ln -s ${REAL} ${DATA}
mv ${REAL}/pg_wal /srv/wal; ln -s /srv/wal ${REAL}/pg_wal
systemctl start postgresql@15-main
until pg_isready -qh /var/run/postgresql; do sleep 0.1; done`),
    ]);
    await Promise.all([
      psql(
        home,
        'leader',
        `create tablespace fast location '/srv/fast';
         create tablespace slow location '/srv/slow disk';
         create table in_fast tablespace fast as select generate_series(1, 1000) as id;
         create table in_slow tablespace slow as select generate_series(1, 500) as id;`,
      ),
      psql(
        home,
        'follower1',
        `create tablespace old_fast location '/srv/fast';
         create tablespace mine location '/srv/mine';
         create table old_in_fast tablespace old_fast as select generate_series(1, 77) as id;
         create table old_in_mine tablespace mine as select generate_series(1, 33) as id;
         vacuum freeze;
         checkpoint;`,
      ),
    ]);
    oldFiles = await digest('');
    operator = new Operator(home);
    await operator.up();
    await operator.startApproved();
    await swapApproved();
    await operator.cli('wait', '--for', 'closed', '--timeout', '90s');
    plan = await planOf(operator);
    op = plan.followers.follower1?.target.op.id ?? '';
  });
  afterAll(async () => {
    await operator.close();
    await onHost(home, 'follower1', 'umount -l /srv/fast 2>/dev/null || true');
  });

  it('is copied whole, and follows', async () => {
    const view = await operator.view();
    expect(view.outcome).toBe('done');
    expect(view.followers.follower1?.summary?.downtimeMs).toBeLessThan(5_000);
    expect(
      await psql(
        home,
        'follower1',
        `select pg_is_in_recovery(), (select count(*) from in_fast), (select count(*) from in_slow),
                (select string_agg(pg_tablespace_location(oid), ' ' order by spcname) from pg_tablespace where spcname !~ '^pg_')`,
      ),
    ).toBe('t|1000|500|/srv/fast /srv/slow disk');
    await psql(home, 'leader', 'insert into in_slow values (501)');
    await expect
      .poll(() => psql(home, 'follower1', 'select max(id) from in_slow'), { timeout: 10_000 })
      .toBe('501');
  });

  it('lies where the old one lay, and its links are as they were', async () => {
    expect(
      await follower(
        `readlink ${DATA}; readlink ${REAL}/pg_wal; readlink -f ${REAL}/pg_tblspc/*; ls -d /srv/*.incoming-* ${REAL}.incoming-* 2>/dev/null; stat -c '%U %a' /srv/wal /srv/fast '/srv/slow disk' ${REAL}`,
      ),
    ).toBe(
      [REAL, '/srv/wal', '/srv/fast', '/srv/slow disk', ...Array<string>(4).fill('postgres 700')].join('\n'),
    );
  });

  it('did exactly what the plan said, and the card says what moves', async () => {
    expect(commandsOf(await journalOf(operator, plan, 'follower1'))).toEqual(plannedOn(plan, 'follower1'));
    const aside = (path: string): string => `${path}, moved to ${path}.replaced-${op}`;
    expect(plan.followers.follower1?.destroys).toMatchObject({
      path: REAL,
      movedTo: `${REAL}.replaced-${op}`,
      elsewhere: [
        `pg_wal at ${aside('/srv/wal')}`,
        `tablespace old_fast at ${aside('/srv/fast')}`,
        `tablespace mine at ${aside('/srv/mine')}`,
      ],
    });
    expect(plan.findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(
      expect.arrayContaining(['info TABLESPACES', 'info PG_WAL_LINKED', 'info DATA_DIRECTORY_LINKED']),
    );
  });

  it('leaves the old one aside as a whole that could be started', async () => {
    expect(await digest(`.replaced-${op}`)).toBe(oldFiles);
    expect(await follower('ls -d /srv/mine 2>/dev/null || true')).toBe('');
    const options = `-c config_file=/etc/postgresql/15/main/postgresql.conf -c data_directory=${REAL}.replaced-${op} -c port=5599 -c listen_addresses= -c external_pid_file= -c unix_socket_directories=/tmp -c logging_collector=off -c primary_conninfo=`;
    const asPostgres = 'cd / && setpriv --reuid=postgres --regid=postgres --init-groups';
    const bin = '/usr/lib/postgresql/15/bin';
    expect(
      await follower(`set -e
${asPostgres} ${bin}/pg_ctl -w -s -D ${REAL}.replaced-${op} -l /tmp/old.log -o '${options}' start
${asPostgres} ${bin}/psql -XAtq -h /tmp -p 5599 -c 'select (select count(*) from old_in_fast), (select count(*) from old_in_mine)'
${asPostgres} ${bin}/pg_ctl -w -s -D ${REAL}.replaced-${op} -m fast stop`),
    ).toBe('77|33');
    expect(await psql(home, 'follower1', 'select count(*) from in_fast')).toBe('1000');
  });

  it('keeps the record of what was moved, and a second run changes nothing', async () => {
    const record = await follower(
      `grep -h -E '^(old|new)[.=]' /var/lib/pg-runbook/op/*/${op} | cut -d= -f1 | sort`,
    );
    expect(record.split('\n')).toEqual([
      expect.stringMatching(/^new\.pg_tblspc\/\d+$/),
      expect.stringMatching(/^new\.pg_tblspc\/\d+$/),
      'new.pg_wal',
      'old',
      expect.stringMatching(/^old\.pg_tblspc\/\d+$/),
      expect.stringMatching(/^old\.pg_tblspc\/\d+$/),
      'old.pg_wal',
    ]);
    const before = await snapshots(home);
    await operator.cli('start');
    await operator.cli('wait', '--for', 'closed', '--timeout', '60s');
    expect((await operator.view()).outcome).toBe('nothing-to-do');
    expect(await snapshots(home)).toEqual(before);
  });

  /** What the live server has, of either cluster. */
  const rowsIn = (...tables: string[]): Promise<string> =>
    psql(home, 'follower1', `select ${tables.map((name) => `(select count(*) from ${name})`).join(', ')}`);
  const linksOf = (data: string): Promise<string> =>
    follower(`readlink ${data}/pg_wal ${data}/pg_tblspc/* | sort`);

  it('is put back by an undo, each part with its own', async () => {
    await operator.cli('undo');
    await operator.approve('undo-replacement/follower1');
    await operator.cli('wait', '--for', 'closed', '--timeout', '60s');
    expect((await operator.view()).outcome).toBe('done');
    expect(await rowsIn('old_in_fast', 'old_in_mine')).toBe('77|33');
    expect(await linksOf(REAL)).toBe('/srv/fast\n/srv/mine\n/srv/wal');
    expect(await linksOf(`${REAL}.displaced-${op}`)).toBe(
      ['/srv/fast', '/srv/slow disk', '/srv/wal'].map((path) => `${path}.displaced-${op}`).join('\n'),
    );
  });

  it('is copied in place where a tablespace is a mount point', async () => {
    await follower('mount --bind /srv/fast /srv/fast');
    await operator.startApproved();
    await swapApproved();
    await operator.cli('wait', '--for', 'closed', '--timeout', '90s');
    const view = await operator.view();
    expect(view.outcome, JSON.stringify(view, null, 1)).toBe('done');
    plan = await planOf(operator);
    expect(plan.followers.follower1?.target.mode).toBe('in-place');
    expect(plan.findings.find(({ code }) => code === 'COPY_IN_PLACE')?.detail).toMatch(
      /tablespace fast lies at \/srv\/fast, which is a mount point/,
    );
    expect(plan.followers.follower1?.destroys?.elsewhere).toContain('tablespace mine at /srv/mine, deleted');
    expect(commandsOf(await journalOf(operator, plan, 'follower1'))).toEqual(plannedOn(plan, 'follower1'));
    expect(await rowsIn('in_fast', 'in_slow')).toBe('1000|501');
    expect(await linksOf(REAL)).toBe('/srv/fast\n/srv/slow disk\n/srv/wal');
    expect(await follower('mountpoint -q /srv/fast && ls -A /srv/mine')).toBe('');
  });
});
