import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { placesScript } from '../../../../planning/commands/places.js';
import { surveyScript } from '../../../../planning/commands/survey.js';
import { readRecord, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

interface Listed {
  version: string;
  cluster: string;
  pgdata?: string;
}

interface Place {
  bench: ScriptBench;
  data: string;
  config: string;
  /** The clusters pg_lsclusters lists; all of them have the same directories but for another `pgdata`. */
  list(...clusters: Listed[]): void;
  survey(input?: Parameters<typeof surveyScript>[0]): Promise<ScriptOutcome>;
}

function place(): Place {
  const bench = scriptBench();
  const [data, config, systemd] = [bench.path('data dir'), bench.path('etc'), bench.path('systemd')];
  for (const made of [data, `${data}/base`, config, `${config}/conf.d`, systemd]) mkdirSync(made);
  writeFileSync(`${data}/PG_VERSION`, '15\n');
  writeFileSync(`${data}/control`, 'Database system identifier:           7111\n');
  writeFileSync(`${config}/postgresql.conf`, "include_dir = 'conf.d' # more\n");
  writeFileSync(`${config}/pg_hba.conf`, 'local all all peer\n');
  bench.program('pg_controldata', '[ "$1" = -D ] && cat "$2/control"');
  bench.program('postgres', 'echo "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"');
  bench.program('systemctl', '');
  const list = (...clusters: Listed[]): void => {
    const entries = clusters.map((listed) => ({ pgdata: data, ...listed, configdir: config, owneruid: 0 }));
    bench.program('pg_lsclusters', `cat <<'END'\n${JSON.stringify(entries)}\nEND`);
  };
  list({ version: '15', cluster: 'main' });
  return {
    bench,
    data,
    config,
    list,
    survey: (input = {}) =>
      bench.run(surveyScript(input), {
        '"/usr/lib/postgresql/$c->{version}/bin"': `"${bench.programs}"`,
        '/etc/systemd/system/': `${systemd}/`,
        '/etc/patroni/': `${bench.path('patroni')}/`,
      }),
  };
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('the survey of one host', () => {
  it('tells the files of its one cluster and makes no state directory', async () => {
    const { bench, config, survey } = place();
    const seen = await survey();
    expect(seen).toMatchObject({
      code: 0,
      stderr: '',
      values: {
        home: '/root',
        minor: '15.18',
        includeDirectory: 'conf.d',
        hbaReal: `${config}/pg_hba.conf`,
        exists: 'yes',
        isLink: 'no',
        isMount: 'no',
        mountsBelow: '',
        pgVersion: '15',
        entries: '3',
        standbySignal: 'no',
        processes: '',
        upgrade: '',
      },
    });
    expect(seen.text('hba')).toBe('local all all peer\n');
    expect(seen.text('controlData')).toContain('7111');
    expect(seen.values.tree).toMatch(/^\d+ 4$/);
    const [free, size, freeInodes, inodes] = (seen.values.room ?? '').split(/ +/).map(Number);
    expect(free).toBeGreaterThan(0);
    expect(size).toBeGreaterThanOrEqual(free ?? 0);
    expect(inodes).toBeGreaterThanOrEqual(freeInodes ?? 0);
    expect(seen.text('libraries')).toBe('');
    expect(Number(seen.values.ended)).toBeGreaterThanOrEqual(Number(seen.values.began));
    expect(existsSync(bench.state)).toBe(false);
  });

  it('tells where the links of the data directory lead, and what other clusters use', async () => {
    const { bench, data, list, survey } = place();
    const [wal, space, other] = [bench.path('my wal'), bench.path('space'), bench.path('other')];
    for (const made of [wal, `${space}/PG_15_1`, `${other}/pg_tblspc`, `${data}/pg_tblspc`])
      mkdirSync(made, { recursive: true });
    symlinkSync(wal, `${data}/pg_wal`);
    symlinkSync(space, `${data}/pg_tblspc/16384`);
    symlinkSync(bench.path('gone/away'), `${data}/pg_tblspc/16385`);
    symlinkSync(space, `${other}/pg_tblspc/20000`);
    list({ version: '15', cluster: 'main' }, { version: '14', cluster: 'old', pgdata: other });
    const seen = await survey({ pin: { version: '15' } });
    expect(seen).toMatchObject({ code: 0, stderr: '' });
    expect(
      Object.fromEntries(
        ['pg_wal', '16384', '16385'].map((link) => [link, readRecord(seen.text(`link.${link}`))]),
      ),
    ).toMatchObject({
      pg_wal: {
        link: 'pg_wal',
        path: wal,
        kind: 'directory',
        isMount: 'no',
        mountsBelow: '',
        enterable: 'yes',
        owner: 'root',
        entries: '',
        fileSystem: seen.values.fileSystem,
        room: expect.stringMatching(/^ *[0-9]+ +[0-9]+$/) as string,
      },
      16384: { link: 'pg_tblspc/16384', path: space, kind: 'directory', entries: 'PG_15_1/' },
      16385: { path: bench.path('gone/away'), kind: 'nowhere' },
    });
    expect(lines(seen.text('usedByOthers'))).toEqual([`14/old\t${other}`, `14/old\t${space}`]);
  });

  it('follows a data directory that is a link, and goes on where that leads nowhere', async () => {
    const { bench, data, survey } = place();
    const real = bench.path('real');
    renameSync(data, real);
    symlinkSync(real, data);
    const key = createHash('sha256').update(real).digest('hex').slice(0, 16);
    mkdirSync(`${bench.state}/op/${key}`, { recursive: true });
    writeFileSync(`${bench.state}/op/${key}/a1b2c3d4`, 'op=a1b2c3d4\n');
    const seen = await survey();
    expect(seen.values).toMatchObject({ isLink: 'yes', realPath: real, exists: 'yes', isMount: 'no' });
    expect(seen.text('record.a1b2c3d4')).toBe('op=a1b2c3d4\n');
    // As it is between the two renames of a swap.
    renameSync(real, `${real}.replaced-a1b2c3d4`);
    const between = await survey();
    expect(between).toMatchObject({ code: 0, stderr: '', values: { isLink: 'yes', realPath: real } });
    expect(between.values.exists).toBeUndefined();
    expect(between.text('record.a1b2c3d4')).toBe('op=a1b2c3d4\n');
  });

  it('tells what is where tablespaces shall lie', async () => {
    const { bench } = place();
    mkdirSync(bench.path('empty'));
    writeFileSync(bench.path('file'), '');
    symlinkSync(bench.path('empty'), bench.path('link'));
    mkdirSync(bench.path('full/PG_15_1'), { recursive: true });
    writeFileSync(bench.path('full/note to self'), '');
    const paths = ['empty', 'new one', 'no/where', 'file', 'link', 'full'].map((name) => bench.path(name));
    const seen = await bench.run(placesScript([...paths, '/proc'], 'postgres'));
    expect(seen).toMatchObject({ code: 0, stderr: '' });
    const places = [...paths, '/proc'].map((_, index) => readRecord(seen.text(`place.${String(index + 1)}`)));
    expect(
      places.map(({ kind, path, entries = '-', isMount = '-' }) => [kind, path, entries, isMount]),
    ).toEqual([
      ['directory', paths[0], '', 'no'],
      ['absent', paths[1], '-', 'no'],
      ['nowhere', paths[2], '-', '-'],
      ['other', paths[3], '-', 'no'],
      ['directory', paths[0], '', 'no'],
      ['directory', paths[5], 'PG_15_1/note to self/', 'no'],
      ['directory', '/proc', expect.any(String), 'yes'],
    ]);
  });

  it('tells what the host is', async () => {
    const { values, text } = await place().survey({ peerAddress: '127.0.0.1' });
    expect(values).toMatchObject({
      sourceAddress: '127.0.0.1',
      systemd: expect.stringMatching(/^(yes|no)$/) as string,
    });
    expect(values.architecture).toMatch(/^\w+$/);
    expect(values.glibc).toMatch(/^glibc 2\.\d+$/);
    expect(Number(values.memoryKb)).toBeGreaterThan(100_000);
    expect(lines(text('locales'))).toContain('C');
  });

  it.each<[string, Parameters<typeof surveyScript>[0], string | undefined]>([
    ['no pin', {}, undefined],
    ['a version', { pin: { version: '16' } }, 'yes'],
    ['a cluster', { pin: { cluster: 'second' } }, 'yes'],
    ['both', { pin: { version: '15', cluster: 'second' } }, 'yes'],
    ['a version with two clusters', { pin: { version: '15' } }, undefined],
    ['a cluster that is not there', { pin: { cluster: 'third' } }, undefined],
  ])('looks at the files only of the one cluster that is meant by %s', async (_, input, exists) => {
    const { list, survey } = place();
    list(
      { version: '15', cluster: 'main' },
      { version: '15', cluster: 'second' },
      { version: '16', cluster: 'main' },
    );
    const seen = await survey(input);
    expect(seen.values.exists).toBe(exists);
    expect(lines(seen.text('clusters'))).toHaveLength(3);
    expect(seen.values.ended).toBeDefined();
  });

  it('goes on without a data directory, and without any cluster', async () => {
    const { data, list, survey } = place();
    rmSync(data, { recursive: true });
    const gone = await survey();
    expect(gone).toMatchObject({ code: 0, stderr: '', values: { realPath: data, home: '/root' } });
    expect(gone.values.exists).toBeUndefined();
    list();
    const none = await survey();
    expect(none).toMatchObject({ code: 0, stderr: '' });
    expect(none.values.home).toBeUndefined();
    expect(none.text('clusters').trim()).toBe('');
  });

  it('lists libraries and extensions of these very binaries', async () => {
    const { bench, survey } = place();
    mkdirSync(bench.path('share/extension'), { recursive: true });
    for (const file of ['pg_cron.so', 'plpgsql.so', 'readme', 'share/extension/postgis.control'])
      writeFileSync(bench.path(file), '');
    bench.program(
      'pg_config',
      `[ "$1" = --pkglibdir ] && echo "${bench.directory}" || echo "${bench.path('share')}"`,
    );
    const seen = await survey();
    expect(lines(seen.text('libraries'))).toEqual(['pg_cron', 'plpgsql']);
    expect(lines(seen.text('extensions'))).toEqual(['postgis']);
  });

  it('finds what bears on recovery in every file that is included, and nothing else', async () => {
    const { bench, config, survey } = place();
    writeFileSync(
      `${config}/postgresql.conf`,
      "port = 5432\n#restore_command = 'x'\nInclude_Dir 'conf.d'\ninclude_if_exists = 'absent.conf'\ninclude 'sub/more.conf'\n",
    );
    mkdirSync(`${config}/sub`);
    writeFileSync(`${config}/sub/more.conf`, "  RESTORE_COMMAND='cp secret %p'\nhot_standby_feedback = on\n");
    writeFileSync(
      `${config}/conf.d/10-old.conf`,
      "primary_conninfo = 'password=x'\nrecovery_target = immediate",
    );
    writeFileSync(`${config}/conf.d/.hidden.conf`, 'hot_standby = off\n');
    writeFileSync(`${config}/conf.d/notes.txt`, 'hot_standby = off\n');
    // One that includes itself is an error to the server; the survey must come to an end all the same.
    writeFileSync(`${config}/conf.d/20-loop.conf`, `include '${config}/conf.d/20-loop.conf'\n`);
    const seen = await survey();
    const found = lines(seen.text('recoveryLines'));
    expect([...new Set(found)].map((line) => line.replace(bench.path('etc'), ''))).toEqual([
      "/postgresql.conf\t3\tInclude_Dir 'conf.d'",
      "/postgresql.conf\t4\tinclude_if_exists = 'absent.conf'",
      "/postgresql.conf\t5\tinclude 'sub/more.conf'",
      '/conf.d/10-old.conf\t2\trecovery_target = immediate',
      `/conf.d/20-loop.conf\t1\tinclude '${config}/conf.d/20-loop.conf'`,
      "/sub/more.conf\t1\t  RESTORE_COMMAND='cp secret %p'",
    ]);
  });

  it('sees units that are enabled and units that run, instances and timers among them', async () => {
    const { bench, survey } = place();
    const wants = bench.path('systemd/multi-user.target.wants');
    mkdirSync(wants);
    for (const unit of [
      'patroni@15-main.service',
      'repmgrd-15.service',
      'puppet.service',
      'chef-client.timer',
      'puppetserver.service',
      'ssh.service',
    ])
      symlinkSync('/nowhere', `${wants}/${unit}`);
    bench.program(
      'systemctl',
      '[ "$1" = list-units ] || exit; for arg in "$@"; do [ "$arg" != pacemaker.service ] || echo "pacemaker.service loaded active running Pacemaker"; done',
    );
    mkdirSync(bench.path('patroni'));
    for (const file of ['config.yml.in', '15-main.yml']) writeFileSync(bench.path(`patroni/${file}`), '');
    const seen = await survey();
    expect(lines(seen.text('clusterManagers'))).toEqual([
      'patroni@15-main.service enabled',
      'repmgrd-15.service enabled',
      'pacemaker.service active',
      bench.path('patroni/15-main.yml'),
    ]);
    expect(lines(seen.text('configManagement'))).toEqual([
      'chef-client.timer enabled',
      'puppet.service enabled',
    ]);
  });

  it.each<[string, string, string, string]>([
    ['a newer candidate', '"1"', '15.18-0+deb12u1', '15.19-0+deb12u1'],
    ['no newer one', '"1"', '15.19-0+deb12u1', ''],
    ['unattended upgrades that are off', '"0"', '15.18-0+deb12u1', ''],
    ['a package that is not installed', '"1"', '(none)', ''],
  ])('knows the upgrade that is pending with %s', async (_, enabled, installed, expected) => {
    const { bench, survey } = place();
    bench.program('unattended-upgrade', '');
    bench.program('apt-config', `echo 'APT::Periodic::Unattended-Upgrade ${enabled};'`);
    bench.program(
      'apt-cache',
      `[ "$(id -un)" = nobody ] && [ "$*" = "policy postgresql-15" ] && printf 'postgresql-15:\\n  Installed: ${installed}\\n  Candidate: 15.19-0+deb12u1\\n'`,
    );
    expect((await survey()).values.upgrade).toBe(expected);
  });

  it('does not know a size that takes too long to count', async () => {
    const { bench, survey } = place();
    bench.program('timeout', '[ "$2" = find ] && { echo 8; exit 124; }; shift; exec "$@"');
    const seen = await survey();
    expect(seen).toMatchObject({ code: 0, values: { tree: '' } });
  });
});

it('the source address towards the leader', async () => {
  const { values, code } = await scriptBench().run(surveyScript({ peerAddress: '127.0.0.1' }));
  expect({ address: values['sourceAddress'], code }).toEqual({ address: '127.0.0.1', code: 0 });
});
