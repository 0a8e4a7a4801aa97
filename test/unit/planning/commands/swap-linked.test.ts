import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordedDirectories } from '../../../../activities/survey/read-record.js';
import { FINGERPRINT, fingerprintVariables } from '../../../../planning/commands/fingerprint.js';
import { closeJobScript, startJobScript } from '../../../../planning/commands/job.js';
import { buildScript, REFUSED } from '../../../../planning/commands/script.js';
import { fingerprintScript } from '../../../../planning/commands/survey.js';
import { swapScript } from '../../../../planning/commands/swap.js';
import type { LinkedDirectory, OldLinkedDirectory } from '../../../../workflows/contract/target.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

const OP = 'a1b2c3d4';
const POSTGRES = statSync('/var/lib/postgresql');

interface Follower {
  bench: ScriptBench;
  data: string;
  linked: LinkedDirectory[];
  oldLinked: OldLinkedDirectory[];
  start: string;
  close: string;
  swap: string;
}

/**
 * A stopped old cluster with its pg_wal and two tablespaces apart, and its copy: with pg_wal at the same place, one
 * tablespace at the same path under another oid, and one under the oid of an old one at another path.
 */
async function follower({ osUser = 'root', old = true, parts = 3 } = {}): Promise<Follower> {
  const bench = scriptBench();
  const data = bench.path('main');
  const [wal, shared, mine, fresh] = ['wal', 'my space', 'mine', 'fresh'].map((name) =>
    bench.path(`vol/${name}`),
  ) as [string, string, string, string];
  mkdirSync(bench.path('vol'));
  mkdirSync(fresh); // made by somebody beforehand, empty
  const oldLinks: [string, string][] = [
    ['pg_wal', wal],
    ['pg_tblspc/16384', mine],
    ['pg_tblspc/16385', shared],
  ];
  const oldLinked = oldLinks.map(([link, path]) => ({ link, path, replaced: `${path}.replaced-${OP}` }));
  if (old) cluster(data, 'old', oldLinked, osUser);
  const linked = (
    [
      ['pg_wal', wal],
      ['pg_tblspc/16384', fresh],
      ['pg_tblspc/16390', shared],
    ] as const
  )
    .map(([link, path]) => ({
      link,
      path,
      incoming: `${path}.incoming-${OP}`,
      replaced: `${path}.replaced-${OP}`,
    }))
    .slice(0, parts);
  bench.program('pg_controldata', 'echo "Database system identifier:           7111"');
  bench.program('systemctl', '[ "$1" != show ] || echo inactive');
  bench.program('systemd-run', `mkdir -p ${bench.path('job')}; : >"${bench.state}/jobs/${OP}/1/pid"`);
  const guard = guardOn(data);
  const variables = fingerprintVariables({
    dataDirectory: data,
    binDirectory: bench.programs,
    leader: { machineId: 'ab', systemIdentifier: '7', timeline: 1 },
    class: old ? 'fresh' : 'empty',
    mode: 'side-by-side',
  });
  const approved = await bench.run(fingerprintScript(data, variables));
  const swap = swapScript({
    guard,
    fingerprint: variables,
    approvedFingerprint: approved.values.fingerprint ?? '',
    mayBegin: true,
    hasOldDirectory: old,
    replacedDirectory: `${data}.replaced-${OP}`,
    linked,
    oldLinked: old ? oldLinked : [],
    unit: 'postgresql@15-main.service',
    oldServer: { osUser, socketDirectory: '/run', port: 5432, use: undefined, driftWalBytes: 1 },
  });
  const where = {
    mode: 'side-by-side' as const,
    osUser,
    version: '15',
    binDirectory: bench.programs,
    leaderSystemIdentifier: '7',
    linked,
  };
  const start = startJobScript(guard, where, { directory: `${data}.incoming-${OP}`, runner: 'true' });
  return { bench, data, linked, oldLinked, start, close: closeJobScript(guard, where), swap };
}

/** Makes the copy's directories as the job does, and fills them as pg_basebackup does. */
async function copied(setting: Parameters<typeof follower>[0] = {}): Promise<Follower> {
  const one = await follower(setting);
  expect(await one.bench.run(one.start)).toMatchObject({ code: 0, stderr: '' });
  const links = one.linked.map(({ link, incoming }) => ({ link, path: incoming }));
  cluster(`${one.data}.incoming-${OP}`, 'copy', links, setting.osUser ?? 'root');
  return one;
}

function cluster(data: string, who: string, links: { link: string; path: string }[], osUser: string): void {
  const make = (path: string): void => {
    mkdirSync(path, { recursive: true });
    if (osUser === 'postgres') chownSync(path, POSTGRES.uid, POSTGRES.gid);
  };
  for (const path of [data, `${data}/base`, `${data}/pg_tblspc`]) make(path);
  writeFileSync(`${data}/PG_VERSION`, '15\n');
  writeFileSync(`${data}/who`, who);
  if (who === 'copy') writeFileSync(`${data}/standby.signal`, '');
  for (const { link, path } of links) {
    make(path);
    if (link !== 'pg_wal') make(`${path}/PG_15_202209061`);
    writeFileSync(`${path}/who`, who);
    symlinkSync(path, `${data}/${link}`);
  }
}

const whoIn = (directory: string): string =>
  existsSync(`${directory}/who`) ? readFileSync(`${directory}/who`, 'utf8') : '-';

/** Where each link of a data directory leads, and whose that is. */
function leads(data: string): Record<string, string> {
  const links = ['pg_wal', ...readdirSync(`${data}/pg_tblspc`).map((oid) => `pg_tblspc/${oid}`)];
  return Object.fromEntries(
    links
      .filter((link) => lstatSync(`${data}/${link}`).isSymbolicLink())
      .map((link) => [link, `${whoIn(`${data}/${link}`)} ${readlinkSync(`${data}/${link}`)}`]),
  );
}

/** What could start at the data directory's path must have all of its own parts, and nobody else's. */
function expectNothingForeign({ data }: Follower): void {
  if (!existsSync(data)) return;
  for (const whose of Object.values(leads(data))) expect(whose.split(' ')[0]).toBe(whoIn(data));
}

function expectSwapped({ data, bench, linked, oldLinked }: Follower): void {
  expect([whoIn(data), whoIn(`${data}.replaced-${OP}`)]).toEqual(['copy', 'old']);
  expect(leads(data)).toEqual(Object.fromEntries(linked.map(({ link, path }) => [link, `copy ${path}`])));
  expect(leads(`${data}.replaced-${OP}`)).toEqual(
    Object.fromEntries(oldLinked.map(({ link, replaced }) => [link, `old ${replaced}`])),
  );
  expect(readdirSync(bench.path('vol')).sort()).toEqual(
    ['fresh', 'mine', 'my space', 'wal']
      .flatMap((name) =>
        name === 'fresh'
          ? [name]
          : name === 'mine'
            ? [`${name}.replaced-${OP}`]
            : [name, `${name}.replaced-${OP}`],
      )
      .sort(),
  );
  const record = bench.record(data, OP);
  expect(record).toMatchObject({ swapped: 'yes' });
  expect(recordedDirectories(record)).toEqual(
    expect.arrayContaining([
      { kind: 'old', from: data, to: `${data}.replaced-${OP}` },
      ...oldLinked.map(({ link, path, replaced }) => ({ kind: 'old', link, from: path, to: replaced })),
      ...linked.map(({ link, path, incoming }) => ({ kind: 'new', link, from: incoming, to: path })),
    ]),
  );
  // Known again by what they are, wherever they lie.
  const inodeOf = (name: string): string => record[name]?.split(' ')[1] ?? '';
  expect(inodeOf('old')).toBe(String(statSync(`${data}.replaced-${OP}`).ino));
  expect(inodeOf('new.pg_wal')).toBe(String(statSync(bench.path('vol/wal')).ino));
}

const refusal = (detail: RegExp): object => ({
  code: REFUSED,
  refused: { code: 'SWAP_UNEXPECTED', detail: expect.stringMatching(detail) as string },
});

describe('the swap of a cluster with tablespaces and a linked pg_wal', () => {
  it('moves all of the old one aside and all of the copy in', async () => {
    const one = await copied({ osUser: 'postgres' });
    expect(await one.bench.run(one.swap)).toMatchObject({ code: 0, stderr: '', values: { changed: 'yes' } });
    expectSwapped(one);
    expect(lstatSync(`${one.data}/pg_tblspc/16384`).uid).toBe(POSTGRES.uid);
    expect(await one.bench.run(one.swap)).toMatchObject({ code: 0, values: { changed: 'no' } });
    expectSwapped(one);
  });

  it('ends the same wherever it was cut off, and nothing foreign ever lies at its path', async () => {
    const whole = await copied();
    const { effects } = await whole.bench.runCut(whole.swap, 0);
    expectSwapped(whole);
    // Each of 8 directories is moved, each of 6 links is made beside and renamed, and there are the notes.
    expect(effects).toBeGreaterThan(8 + 12);
    const seen = new Set<string>();
    await atEveryCut(effects, async (at) => {
      const one = await copied();
      await one.bench.runCut(one.swap, at);
      seen.add(whoIn(one.data));
      expectNothingForeign(one);
      expect(await one.bench.run(one.swap)).toMatchObject({ code: 0, stderr: '' });
      expectSwapped(one);
    });
    expect(seen).toEqual(new Set(['old', '-', 'copy']));
  }, 60_000);

  it('leads to no tablespace that the copy itself has dropped meanwhile, as the leader did', async () => {
    const one = await copied();
    rmSync(`${one.data}.incoming-${OP}/pg_tblspc/16390`);
    expect(await one.bench.run(one.swap)).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(leads(one.data)).sort()).toEqual(['pg_tblspc/16384', 'pg_wal']);
    expect(whoIn(one.bench.path('vol/my space'))).toBe('copy');
  });

  it('moves the copy in where there was nothing, over an empty directory', async () => {
    const one = await copied({ old: false });
    expect(await one.bench.run(one.swap)).toMatchObject({ code: 0, stderr: '' });
    expect(leads(one.data)).toEqual(
      Object.fromEntries(one.linked.map(({ link, path }) => [link, `copy ${path}`])),
    );
  });
});

describe('the swap refuses, and moves nothing,', () => {
  const everything = (bench: ScriptBench): string[] =>
    readdirSync(bench.directory, { recursive: true, encoding: 'utf8' }).filter(
      (path) => !path.startsWith('state'),
    );

  it.each<[string, (one: Follower) => void, RegExp]>([
    [
      'where something has come up at a place of the copy',
      ({ bench }) => writeFileSync(bench.path('vol/fresh/mine'), ''),
      /^there is something at .*\/fresh$/,
    ],
    [
      'where a place aside is taken',
      ({ bench }) => mkdirSync(bench.path(`vol/mine.replaced-${OP}`)),
      /^both .*\/mine and .* exist$/,
    ],
    [
      'a part of the copy that is not the one on record',
      ({ bench }) => {
        const part = bench.path(`vol/wal.incoming-${OP}`);
        renameSync(part, `${part}.kept`);
        mkdirSync(part);
      },
      /wal\.incoming-.* is not the directory that operation/,
    ],
    [
      'a copy whose pg_wal is no link',
      ({ data }) => {
        rmSync(`${data}.incoming-${OP}/pg_wal`);
        mkdirSync(`${data}.incoming-${OP}/pg_wal`);
      },
      /pg_wal is not a link$/,
    ],
  ])('%s', async (_, change, detail) => {
    const one = await copied();
    change(one);
    const before = everything(one.bench);
    expect(await one.bench.run(one.swap)).toMatchObject(refusal(detail));
    expect(everything(one.bench)).toEqual(before);
    expect(one.bench.record(one.data, OP)).not.toHaveProperty('intent');
  });

  it('other directories than those of the plan', async () => {
    const one = await copied();
    const others = one.swap.replace(/\n?pg_tblspc\/16390[^\n']*/, '');
    expect(await one.bench.run(others)).toMatchObject(refusal(/^the copy was made with other directories/));
    const links = one.swap.replace(/(OLD_LINKED='[^']*)\npg_tblspc\/16384[^\n']*/, '$1');
    expect(await one.bench.run(links)).toMatchObject(refusal(/^the links in .* do not lead where/));
  });

  it('in its middle, what somebody has moved meanwhile', async () => {
    const cut = await copied();
    await cut.bench.run(cut.swap.replace('\n    move_noted old\n', '\n    move_noted old; exit 9\n'));
    const part = cut.bench.path('vol/mine');
    renameSync(part, `${part}.elsewhere`);
    expect(await cut.bench.run(cut.swap)).toMatchObject(refusal(/is neither at .* nor at/));
    expect(existsSync(cut.data)).toBe(false);
    renameSync(`${part}.elsewhere`, part);
    expect(await cut.bench.run(cut.swap)).toMatchObject({ code: 0 });
    expectSwapped(cut);
  });
});

describe('the directories of a copy', () => {
  const made = ({ bench }: Follower): string[] =>
    readdirSync(bench.path('vol')).filter((name) => name.includes('.incoming-'));

  const run = async ({ bench }: Follower, script: string): Promise<ScriptOutcome> => {
    const outcome = await bench.run(script);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    return outcome;
  };

  it('are made before it, noted, its own, and removed with it', async () => {
    const one = await follower({ osUser: 'postgres' });
    await run(one, one.start);
    expect(made(one)).toHaveLength(3);
    for (const { link, incoming } of one.linked) {
      const { uid, mode, ino } = statSync(incoming);
      expect([uid, mode & 0o777]).toEqual([POSTGRES.uid, 0o700]);
      expect(one.bench.record(one.data, OP)[`new.${link}`]?.split(' ')[1]).toBe(String(ino));
    }
    for (const { incoming } of one.linked) writeFileSync(`${incoming}/rows`, '');
    await run(one, one.close);
    expect(made(one)).toEqual([]);
    expect(recordedDirectories(one.bench.record(one.data, OP))).toEqual([]);
    expect(['wal', 'my space', 'mine'].map((name) => whoIn(one.bench.path(`vol/${name}`)))).toEqual([
      'old',
      'old',
      'old',
    ]);
  });

  it('are made and removed wherever that was cut off', async () => {
    const [parts, begun] = [1, { parts: 1 }];
    const whole = await follower(begun);
    const { effects } = await whole.bench.runCut(whole.start, 0);
    await atEveryCut(effects, async (at) => {
      const one = await follower(begun);
      await one.bench.runCut(one.start, at);
      // Who sees that the copy has a note may rely on those of its parts.
      const record = one.bench.record(one.data, OP);
      if ('incomingInode' in record) expect(recordedDirectories(record)).toHaveLength(parts);
      if (at % 2 === 0) {
        await run(one, one.start);
        expect(recordedDirectories(one.bench.record(one.data, OP))).toHaveLength(parts);
      }
      await run(one, one.close);
      expect([made(one), recordedDirectories(one.bench.record(one.data, OP))]).toEqual([[], []]);
    });
    const closing = await copied(begun);
    const closed = await closing.bench.runCut(closing.close, 0);
    await atEveryCut(closed.effects, async (at) => {
      const one = await copied(begun);
      await one.bench.runCut(one.close, at);
      await run(one, one.close);
      expect([made(one), recordedDirectories(one.bench.record(one.data, OP))]).toEqual([[], []]);
    });
  }, 60_000);

  it('are not removed when they are not what was made, and never through a link', async () => {
    const one = await copied();
    const [part] = one.linked;
    if (part === undefined) throw new Error('there is no part');
    renameSync(part.incoming, `${part.incoming}.kept`);
    symlinkSync(part.path, part.incoming);
    expect(await one.bench.run(one.close)).toMatchObject(refusal(/is not the directory that operation/));
    expect(whoIn(realpathSync(part.incoming))).toBe('old');
  });

  it('are left alone once a swap has begun', async () => {
    const one = await copied();
    await one.bench.run(one.swap.replace('\n  move_linked\n', '\n  move_linked; exit 9\n'));
    expect(await one.bench.run(one.close)).toMatchObject(refusal(/was cut off in its swap/));
    await run(one, one.swap);
    expectSwapped(one);
  });
});

describe('the directories of a copy in place', () => {
  /** The old cluster is gone; its tablespace at `old` and what was its pg_wal are empty. */
  async function emptied(): Promise<{ bench: ScriptBench; start: string; close: string; data: string }> {
    const bench = scriptBench();
    const data = bench.path('main');
    const [wal, old, fresh] = [bench.path('vol/wal'), bench.path('vol/old'), bench.path('vol/my new')];
    for (const directory of [data, wal, old]) mkdirSync(directory, { recursive: true });
    const look = buildScript({
      variables: { D: data },
      functions: [FINGERPRINT],
      body: 'say fs "$(file_system_of "$D")"',
    });
    const fileSystem = (await bench.run(look)).values.fs ?? '';
    const line = (path: string): string =>
      `${fileSystem} ${String(statSync(path).ino)} ${Buffer.from(path).toString('base64')}`;
    const guard = guardOn(data);
    bench.claimed(guard, {
      wiped: 'yes',
      wipes: line(data),
      'wipes.pg_wal': line(wal),
      'wipes.pg_tblspc.16390': line(old),
    });
    bench.program('pg_controldata', 'exit 1');
    bench.program('systemctl', 'true');
    bench.program('systemd-run', `: >"${bench.state}/jobs/${OP}/1/pid"`);
    const places = [
      ['pg_wal', wal],
      ['pg_tblspc/16384', old],
      ['pg_tblspc/16390', fresh],
    ] as const;
    const where = {
      mode: 'in-place' as const,
      osUser: 'root',
      version: '15',
      binDirectory: bench.programs,
      leaderSystemIdentifier: '7',
      linked: places.map(([link, path]) => ({
        link,
        path,
        incoming: path,
        replaced: `${path}.replaced-${OP}`,
      })),
    };
    const start = startJobScript(guard, where, { directory: data, runner: 'true' });
    return { bench, data, start, close: closeJobScript(guard, where) };
  }

  it('are made where the old cluster had none, and emptied with the rest, those alone', async () => {
    const { bench, data, start, close } = await emptied();
    const space = bench.path('vol/my new');
    expect(await bench.run(start)).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(space)).toBe(true);
    // The oid is that of an old one elsewhere: neither note replaces the other.
    expect(Object.keys(bench.record(data, OP))).toEqual(
      expect.arrayContaining([
        'wipes.pg_tblspc.16390',
        'wipes.pg_tblspc.new16384',
        'wipes.pg_tblspc.new16390',
      ]),
    );
    for (const name of ['my new', 'old', 'wal']) {
      mkdirSync(bench.path(`vol/${name}/PG_15_202209061/5`), { recursive: true });
      writeFileSync(bench.path(`vol/${name}/PG_15_202209061/5/1`), 'rows');
    }
    writeFileSync(`${data}/PG_VERSION`, '15\n');
    expect(await bench.run(close)).toMatchObject({ code: 0, stderr: '' });
    for (const directory of [data, space, bench.path('vol/old'), bench.path('vol/wal')])
      expect(readdirSync(directory)).toEqual([]);
  });

  it('are not copied into where something else is', async () => {
    const { bench, data, start } = await emptied();
    mkdirSync(bench.path('vol/my new'));
    writeFileSync(bench.path('vol/my new/notes'), 'mine');
    expect(await bench.run(start)).toMatchObject(refusal(/my new is not an empty directory of root$/));
    expect(readdirSync(data)).toEqual([]);
  });
});
