import { appendFileSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withSqlSession } from '../../../activities/postgres/sql-session.js';
import { connectSsh } from '../../../activities/ssh/connect.js';
import type { SshConnection } from '../../../activities/ssh/connection.js';
import { roleFacts } from '../../../activities/survey/role-facts.js';
import { serverFacts } from '../../../activities/survey/server-facts.js';
import { serverFactsSql } from '../../../activities/survey/server-facts-sql.js';
import type { ServerFacts } from '../../../planning/facts.js';
import { parseLsn } from '../../../planning/postgres/lsn.js';
import { startPostgres, type RealPostgres } from '../postgres/real-postgres.js';
import { startSshd, type RealSshd } from '../ssh/real-sshd.js';
import { until } from '../ssh/until.js';

let sshd: RealSshd;
let leader: RealPostgres;
let standby: RealPostgres;
let connection: SshConnection;
beforeAll(async () => {
  [sshd, leader] = await Promise.all([startSshd(), startPostgres()]);
  [connection, standby] = await Promise.all([connectSsh(sshd.address), startPostgres(leader)]);
}, 60_000);
afterAll(async () => {
  await connection.close();
  await standby.remove();
  await Promise.all([sshd.stop(), leader.remove()]);
});

const query = (server: RealPostgres, text: string, values: unknown[] = []) =>
  withSqlSession(connection, server.endpoint, (session) => session.query(text, values));
const factsOf = (server: RealPostgres, version = 15): Promise<ServerFacts> =>
  withSqlSession(connection, server.endpoint, (session) => serverFacts(session, version));
const lookedUp = async (server: RealPostgres, expression: string): Promise<unknown> =>
  (await query(server, `select ${expression} as value`))[0]?.['value'];

/** Facts that are read at any moment; those that move are tested by themselves. */
const SHAPES: Record<string, string> = {};
for (const name of ['inRecovery', 'replayPaused', 'recordWouldBeNoticed']) SHAPES[name] = 'boolean';
for (const name of ['timeline', 'majorVersion', 'walSenders', 'databaseBytes', 'userTables', 'subscriptions'])
  SHAPES[name] = 'number';
for (const name of ['clientSessions', 'preparedTransactions']) SHAPES[name] = 'number';
for (const name of ['systemIdentifier', 'serverVersion', 'postmasterStartTime']) SHAPES[name] = 'string';

describe('the facts of roles', () => {
  it('tell how a password is kept, and never what it is', async () => {
    for (const statement of [
      "create role fit login replication password 'secret'",
      'create role bare',
      "create role late login replication password 'secret' valid until '2020-01-01'",
      "create role old login replication password 'md5d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2'",
    ])
      await query(leader, statement);
    const names = ['bare', 'fit', 'late', 'nobody', 'old'];
    const found = await withSqlSession(connection, leader.endpoint, (session) => roleFacts(session, names));
    expect(found).toEqual([
      { name: 'bare', canLogin: false, canReplicate: false, expired: false, password: 'none' },
      { name: 'fit', canLogin: true, canReplicate: true, expired: false, password: 'scram' },
      { name: 'late', canLogin: true, canReplicate: true, expired: true, password: 'scram' },
      { name: 'old', canLogin: true, canReplicate: true, expired: false, password: 'md5' },
    ]);
    for (const name of names.filter((one) => one !== 'nobody')) await query(leader, `drop role ${name}`);
  });
});

describe('the facts of a server', () => {
  it.each(['leader', 'standby'])('have the right types on a %s', async (side) => {
    const facts = await factsOf(side === 'leader' ? leader : standby);
    for (const [name, type] of Object.entries(SHAPES))
      expect([name, typeof facts[name as keyof ServerFacts]]).toEqual([name, type]);
    expect(facts.postmasterStartTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect([facts.fileErrors, facts.hbaErrors, facts.pendingRestart, facts.editedFiles]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(facts.extensionsInUse).toEqual(['plpgsql']);
    expect(facts.databaseLocales).toEqual(
      ['postgres', 'template1'].map((database) => ({
        database,
        provider: 'c',
        collate: 'C',
        ctype: 'C',
        version: null,
        actualVersion: null,
      })),
    );
    expect(facts.archiver).toBeNull();
    expect(facts.settings).toMatchObject({
      wal_level: { setting: 'replica', context: 'postmaster', pendingRestart: false },
      wal_segment_size: { setting: '16777216' },
      data_checksums: { setting: 'off' },
      synchronous_standby_names: { setting: '' },
    });
    expect(facts.settings).not.toHaveProperty('allow_alter_system'); // 17 has it
  });

  it('tell a leader and its standby apart', async () => {
    await until(
      async () => (await factsOf(standby)).walReceiver?.status === 'streaming',
      () => 'the standby does not stream',
    );
    const [ours, theirs] = [await factsOf(leader), await factsOf(standby)];
    expect(ours).toMatchObject({
      inRecovery: false,
      replayLsn: null,
      receiveLsn: null,
      walReceiver: null,
      walSenders: 1,
      standbys: [{ state: 'streaming', syncState: 'async', clientAddress: null }],
    });
    expect(ours.walBytesPerSecond).toBeGreaterThan(0);
    expect(theirs).toMatchObject({
      walBytesPerSecond: null,
      inRecovery: true,
      flushLsn: null,
      oldestWalLsn: null,
      standbys: [],
    });
    expect(theirs.systemIdentifier).toBe(ours.systemIdentifier);
    expect(theirs.walReceiver).toMatchObject({ slot: null, timeline: 1 });
    expect(parseLsn(theirs.receiveLsn ?? '')).toBeGreaterThan(0n);
  });

  it('name the oldest segment that is still there', async () => {
    const { oldestWalLsn } = await factsOf(leader);
    const name = await lookedUp(leader, `pg_walfile_name('${oldestWalLsn ?? ''}'::pg_lsn + 1)`);
    const names = await query(
      leader,
      'select min(name collate "C") as name from pg_ls_waldir() where name ~ \'^[0-9A-F]{24}$\'',
    );
    expect(name).toBe(names[0]?.['name']);
  });

  it('count clients, and name at most ten of them, never ourselves', async () => {
    const open = (): Promise<unknown> =>
      withSqlSession(connection, leader.endpoint, async (session) => {
        await session.query("set application_name to 'billing'");
        await session.query('select pg_sleep(30) /* holds */');
      }).catch(() => undefined);
    const held = [open(), open()];
    await until(
      async () => (await factsOf(leader)).clientSessions === 2,
      () => 'the sessions do not show',
    );
    const facts = await factsOf(leader);
    expect(facts.sessions).toEqual(
      [1, 2].map(() => ({ database: 'postgres', user: 'postgres', application: 'billing', address: null })),
    );
    await query(
      leader,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'billing'",
    );
    await Promise.all(held);
    expect((await factsOf(leader)).clientSessions).toBe(0);
  });

  it('see who would notice a record that is written', async () => {
    const noticed = async (): Promise<boolean> => (await factsOf(leader)).recordWouldBeNoticed;
    expect(await noticed()).toBe(false);
    await query(leader, 'create publication nothing');
    expect(await noticed()).toBe(false);
    await query(leader, 'create publication everything for all tables');
    expect(await noticed()).toBe(true);
    await query(leader, 'drop publication everything');
    await query(
      leader,
      'create function public.noticed() returns event_trigger language plpgsql as $$ begin end $$',
    );
    await query(leader, 'create event trigger noticing on ddl_command_end execute function public.noticed()');
    expect(await noticed()).toBe(true);
    await query(leader, 'alter event trigger noticing disable');
    expect(await noticed()).toBe(false);
    await query(leader, 'drop event trigger noticing');
    await query(leader, 'drop function public.noticed()');
    await query(leader, 'drop publication nothing');
  });

  it("list a template of somebody's own, and not those that initdb made", async () => {
    await query(leader, 'create database house_style is_template true');
    const { databases, databaseSizes } = await factsOf(leader);
    expect(databases).toEqual(['house_style', 'postgres']);
    expect(databaseSizes.house_style).toBeGreaterThan(1_000_000);
    await query(leader, 'alter database house_style is_template false');
    await query(leader, 'drop database house_style');
  });

  it('tell the versions a database was made with and has now', async () => {
    await query(
      leader,
      "create database sorted template template0 locale_provider icu icu_locale 'en' locale 'C' encoding 'UTF8'",
    );
    const sorted = async () =>
      (await factsOf(leader)).databaseLocales.find(({ database }) => database === 'sorted');
    const { version } = (await sorted()) ?? {};
    expect(version).toMatch(/^\d+\.\d+/);
    expect(await sorted()).toMatchObject({ provider: 'i', collate: 'C', actualVersion: version });
    await query(leader, "update pg_database set datcollversion = '1.2' where datname = 'sorted'");
    expect(await sorted()).toMatchObject({ version: '1.2', actualVersion: version });
    expect((await factsOf(leader)).icuCollationVersion).toMatch(/^\d+\.\d+/);
    await query(leader, 'drop database sorted');
  });

  it('tell an archiver that fails, and prepared transactions', async () => {
    for (const [name, value] of [
      ['archive_mode', 'on'],
      ['archive_command', 'false'],
      ['max_prepared_transactions', '2'],
    ])
      await query(leader, `alter system set ${name ?? ''} = '${value ?? ''}'`);
    const before = await factsOf(leader);
    expect(before.pendingRestart).toEqual(['archive_mode', 'max_prepared_transactions']);
    expect(before.fileErrors).toEqual([]);
    await leader.stop();
    await leader.start();
    await withSqlSession(connection, leader.endpoint, async (session) => {
      await session.query('begin');
      await session.query('create table public.held (id int)');
      await session.query("prepare transaction 'forgotten'");
    });
    await query(leader, 'select pg_switch_wal()');
    await until(
      async () => ((await factsOf(leader)).archiver?.failedCount ?? 0) > 0,
      () => 'the archiver does not fail',
    );
    const facts = await factsOf(leader);
    expect(facts).toMatchObject({ preparedTransactions: 1, archiver: { lastArchivedAt: null } });
    expect(facts.archiver?.lastFailedWal).toMatch(/^[0-9A-F]{24}$/);
    expect(facts.archiver?.lastFailedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    await query(leader, "rollback prepared 'forgotten'");
  });

  it('mask a password in the connection string', async () => {
    for (const [given, seen] of [
      ['host=h password=secret user=u', 'host=h password=******** user=u'],
      [`host=h password = 'se\\'c ret' user=u`, 'host=h password = ******** user=u'],
      ['postgresql://u:sec%20ret@h/x', 'postgresql://u:********@h/x'],
      ['host=h passfile=/p/x.pgpass', 'host=h passfile=/p/x.pgpass'],
    ]) {
      await query(standby, `alter system set primary_conninfo = '${given?.replaceAll("'", "''") ?? ''}'`);
      await query(standby, 'select pg_reload_conf()');
      await until(
        async () => (await factsOf(standby)).settings['primary_conninfo']?.setting === seen,
        () => `not masked as ${seen ?? ''}`,
      );
      expect(JSON.stringify(await factsOf(standby))).not.toMatch(/sec|ret/);
    }
    await query(standby, 'alter system reset primary_conninfo');
  });

  it('see an edited file that nobody has loaded', async () => {
    const file = String(await lookedUp(leader, "current_setting('hba_file')"));
    appendFileSync(file, '# edited\n');
    const later = new Date(Date.now() + 5_000); // the server's time has microseconds, the file's only seconds
    utimesSync(file, later, later);
    expect((await factsOf(leader)).editedFiles).toEqual([file]);
    utimesSync(file, 0, 0);
    expect((await factsOf(leader)).editedFiles).toEqual([]);
  });

  it('run as the statement for older and newer versions too', async () => {
    // Only a server of that version proves it; what 15 does not know would fail here already.
    const facts = await factsOf(leader, 13);
    expect(facts.databaseLocales.map(({ actualVersion }) => actualVersion)).toEqual([null, null]);
    expect(facts.walBytesPerSecond).toBeNull();
    expect(serverFactsSql(13)).not.toMatch(/pg_database_collation_actual_version|pg_stat_wal\b/);
    expect(serverFactsSql(14)).not.toContain('pg_database_collation_actual_version');
    for (const column of ['datlocprovider', 'datcollversion', 'file_name'])
      for (const version of [13, 18])
        expect(
          serverFactsSql(version).replaceAll(/to_jsonb\(\w+\)->>'\w+'( as file_name)?/g, ''),
        ).not.toMatch(new RegExp(`\\w\\.${column}`));
  });
});
