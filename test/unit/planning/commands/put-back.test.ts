import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FINGERPRINT, fingerprintVariables } from '../../../../planning/commands/fingerprint.js';
import { putBackScript } from '../../../../planning/commands/put-back.js';
import { purgeScript } from '../../../../planning/commands/purge.js';
import {
  closeReversalScript,
  reversalFingerprintScript,
} from '../../../../planning/commands/reversal-record.js';
import { buildScript, REFUSED } from '../../../../planning/commands/script.js';
import type { ReversalKind, ServerUse } from '../../../../workflows/contract/target.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

const OP = 'a1b2c3d4';
const POSTGRES = statSync('/var/lib/postgresql');
const b64 = (text: string): string => Buffer.from(text).toString('base64');

interface Replaced {
  bench: ScriptBench;
  data: string;
  space: string;
  script: string;
  run(script?: string): Promise<ScriptOutcome>;
}

interface Setting {
  kind?: ReversalKind;
  running?: boolean;
  /** What psql says: clients, walsenders, WAL. */
  psql?: string;
  use?: ServerUse;
}

/**
 * A follower after its swap: the copy in the data directory, with a tablespace beside it, and what both have
 * replaced. Names with blanks, because paths may have them.
 */
async function replaced(setting: Setting = {}): Promise<Replaced> {
  const { kind = 'undo', running = true, psql = 'echo 0 0 none' } = setting;
  const bench = scriptBench();
  const [data, space] = [bench.path('main dir'), bench.path('table space')];
  for (const place of [data, space])
    for (const [directory, who] of [
      [place, 'copy'],
      [`${place}.replaced-${OP}`, 'old'],
    ] as const) {
      mkdirSync(`${directory}/pg_tblspc`, { recursive: true });
      writeFileSync(`${directory}/who`, who);
      for (const made of [directory, `${directory}/pg_tblspc`]) chownSync(made, POSTGRES.uid, POSTGRES.gid);
    }
  symlinkSync(space, `${data}/pg_tblspc/16384`);
  // The swap has led the old link along.
  symlinkSync(`${space}.replaced-${OP}`, `${data}.replaced-${OP}/pg_tblspc/16400`);
  writeFileSync(`${data}/standby.signal`, '');
  bench.program('pg_controldata', 'echo "Database system identifier:           7111"');
  bench.program('psql', psql);
  const pidFile = bench.path('server.pid');
  if (running) startServer(data, pidFile);
  const alive = `[ -e '${pidFile}' ] && [ -e "/proc/$(cat '${pidFile}')/cwd" ]`;
  bench.program(
    'systemctl',
    `case $1 in stop) ${alive} && kill "$(cat '${pidFile}')"; rm -f '${data}/postmaster.pid' ;; esac; true`,
  );
  const look = buildScript({
    variables: { DIRECTORY: data },
    functions: [FINGERPRINT],
    body: 'say fs "$(file_system_of "$DIRECTORY")"',
  });
  const fileSystem = (await bench.run(look)).values.fs ?? '';
  const line = (directory: string, from: string, to: string): string =>
    `${fileSystem} ${String(statSync(directory).ino)} ${b64(from)} ${b64(to)}`;
  bench.claimed(guardOn(data), {
    incomingInode: String(statSync(data).ino),
    swapped: 'yes',
    oldRan: 'yes',
    old: line(`${data}.replaced-${OP}`, data, `${data}.replaced-${OP}`),
    'old.pg_tblspc/16400': line(`${space}.replaced-${OP}`, space, `${space}.replaced-${OP}`),
    'new.pg_tblspc/16384': line(space, `${space}.incoming-${OP}`, space),
    openedAt: '2026-11-20T10:00:00Z',
    closedAt: '2026-11-20T11:00:00Z',
  });
  const guard = guardOn(data, { epoch: 2, runId: 'run-2' });
  const variables = {
    dataDirectory: data,
    binDirectory: bench.programs,
    leader: { machineId: 'ab', systemIdentifier: '7', timeline: 1 },
    class: '',
    mode: kind,
  };
  const approved = await bench.run(reversalFingerprintScript(data, OP, variables));
  const input = {
    guard,
    fingerprint: fingerprintVariables(variables),
    approvedFingerprint: approved.values.fingerprint ?? '',
  };
  const use = setting.use ?? (running ? { clientSessions: 0, walSenders: 0, walLsn: null } : undefined);
  const script =
    kind === 'purge'
      ? purgeScript(input)
      : putBackScript({
          ...input,
          oldServer: {
            osUser: 'postgres',
            socketDirectory: '/run/postgresql',
            port: 5432,
            use,
            driftWalBytes: 1_000,
          },
          unit: 'postgresql@15-main.service',
        });
  return { bench, data, space, script, run: (other = script) => bench.run(other) };
}

function startServer(data: string, pidFile: string): void {
  writeFileSync(`${data}/postmaster.pid`, '1\n');
  const start = `cd "$0" && exec setsid sh -c 'echo $$ >"$0"; exec sleep 120' "$1"`;
  execFileSync('sh', [
    '-c',
    `(${start}) </dev/null >/dev/null 2>&1 & until [ -s "$1" ]; do sleep 0.01; done`,
    data,
    pidFile,
  ]);
  onTestFinished(() => {
    execFileSync('sh', ['-c', 'kill -KILL "$(cat "$0")" 2>/dev/null; true', pidFile]);
  });
}

const who = (directory: string): string =>
  existsSync(`${directory}/who`) ? readFileSync(`${directory}/who`, 'utf8') : '-';

/** Data directory and tablespace, each: in its place, replaced, displaced. */
const places = ({ data, space }: Replaced): string[] =>
  [data, space].flatMap((path) => [path, `${path}.replaced-${OP}`, `${path}.displaced-${OP}`].map(who));
const BEFORE = ['copy', 'old', '-', 'copy', 'old', '-'];
const AFTER = ['old', '-', 'copy', 'old', '-', 'copy'];

describe('the undo', () => {
  it('stops the follower, moves the copy aside and the former data back', async () => {
    const one = await replaced();
    expect(await one.run()).toMatchObject({ code: 0, stderr: '', values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
    expect(readlinkSync(`${one.data}/pg_tblspc/16400`)).toBe(one.space);
    expect(readlinkSync(`${one.data}.displaced-${OP}/pg_tblspc/16384`)).toBe(`${one.space}.displaced-${OP}`);
    const record = one.bench.record(one.data, OP);
    expect(record).toMatchObject({ undo: 'begun', epoch: '2', runId: 'run-2' });
    expect(record.displaced?.split(' ')[3]).toBe(b64(`${one.data}.displaced-${OP}`));
    expect(record).not.toHaveProperty('closedAt');
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'no' } });
    expect(places(one)).toEqual(AFTER);
  });

  it('ends the same wherever it was cut off, and at no cut can both sets be told apart wrongly', async () => {
    const whole = await replaced();
    const { effects } = await whole.bench.runCut(whole.script, 0);
    expect(places(whole)).toEqual(AFTER);
    expect(effects).toBeGreaterThan(8);
    await atEveryCut(effects, async (at) => {
      const one = await replaced();
      await one.bench.runCut(one.script, at);
      const cut = places(one);
      expect(cut.filter((place) => place === 'copy')).toHaveLength(2);
      expect(cut.filter((place) => place === 'old')).toHaveLength(2);
      // The data directory is back only when everything else is: before, no server can start.
      if (cut[0] === 'old') expect(cut).toEqual(AFTER);
      expect(await one.run()).toMatchObject({ code: 0 });
      expect(places(one)).toEqual(AFTER);
    });
  });

  it('is closed with its time, and does nothing after that', async () => {
    const one = await replaced();
    await one.run();
    const close = closeReversalScript(guardOn(one.data, { epoch: 2, runId: 'run-2' }), 'undo');
    expect(await one.run(close)).toMatchObject({ code: 0, values: { changed: 'yes' } });
    const record = one.bench.record(one.data, OP);
    expect(record.undoneAt).toMatch(/^\d{4}-/);
    expect(record).not.toHaveProperty('undo');
    expect(record.closedAt).toBe(record.undoneAt);
    expect(await one.run(close)).toMatchObject({ code: 0, values: { changed: 'no' } });
    expect(await one.run()).toMatchObject({ code: REFUSED, refused: { code: 'STALE_ATTEMPT' } });
  });

  it.each<[string, string, (one: Replaced) => void]>([
    ['the data directory is another', 'UNDO_UNEXPECTED', ({ data }) => swapFor(data)],
    ['the former data is another', 'REPLACED_DATA_MISSING', ({ data }) => swapFor(`${data}.replaced-${OP}`)],
    ['the former data is gone', 'REPLACED_DATA_MISSING', ({ data }) => gone(`${data}.replaced-${OP}`)],
    ['a former tablespace is gone', 'REPLACED_DATA_MISSING', ({ space }) => gone(`${space}.replaced-${OP}`)],
    ['it was promoted since its card', 'PLAN_OUTDATED', ({ data }) => gone(`${data}/standby.signal`)],
  ])('refuses and moves nothing when %s', async (_, code, spoil) => {
    const one = await replaced();
    spoil(one);
    const before = [places(one), one.bench.record(one.data, OP)];
    expect(await one.run()).toMatchObject({ code: REFUSED, refused: { code } });
    expect([places(one), one.bench.record(one.data, OP)]).toEqual(before);
  });

  it.each([
    ['a client has connected', 'echo 1 0 none'],
    ['a standby has connected', 'echo 0 1 none'],
    ['it is not in recovery any more', 'echo 0 0 unknown'],
  ])('refuses and stops nothing when %s', async (_, psql) => {
    const one = await replaced({ psql });
    expect(await one.run()).toMatchObject({ code: REFUSED, refused: { code: 'FOLLOWER_IN_USE' } });
    expect(places(one)).toEqual(BEFORE);
    expect(existsSync(`/proc/${readFileSync(one.bench.path('server.pid'), 'utf8').trim()}`)).toBe(true);
    expect(one.bench.record(one.data, OP)).toHaveProperty('closedAt');
  });

  it('needs no server that runs', async () => {
    const one = await replaced({ running: false, psql: 'exit 2' });
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
  });
});

describe('the purge', () => {
  it('deletes what was recorded, takes links for links, and touches nothing live', async () => {
    const one = await replaced({ kind: 'purge' });
    symlinkSync(one.data, `${one.data}.replaced-${OP}/to-the-live-data`);
    mkdirSync(`${one.data}.replaced-deadbeef`); // of no operation of ours
    expect(await one.run()).toMatchObject({ code: 0, stderr: '', values: { changed: 'yes' } });
    expect(places(one)).toEqual(['copy', '-', '-', 'copy', '-', '-']);
    expect(existsSync(`${one.data}.replaced-${OP}`)).toBe(false);
    expect(existsSync(`${one.data}.replaced-deadbeef`)).toBe(true);
    expect(lstatSync(`${one.data}/pg_tblspc/16384`).isSymbolicLink()).toBe(true);
    expect(Number((await one.run()).values.bytes)).toBeGreaterThan(0);
    const close = closeReversalScript(guardOn(one.data, { epoch: 2, runId: 'run-2' }), 'purge');
    expect(await one.run(close)).toMatchObject({ code: 0 });
    expect(one.bench.record(one.data, OP).purgedAt).toMatch(/^\d{4}-/);
  });

  it('ends the same wherever it was cut off', async () => {
    const whole = await replaced({ kind: 'purge' });
    const { effects } = await whole.bench.runCut(whole.script, 0);
    await atEveryCut(effects, async (at) => {
      const one = await replaced({ kind: 'purge' });
      await one.bench.runCut(one.script, at);
      expect(await one.run()).toMatchObject({ code: 0 });
      expect(places(one)).toEqual(['copy', '-', '-', 'copy', '-', '-']);
    });
  });

  it('leaves a directory that is not the recorded one, and what a link of that name leads to', async () => {
    const one = await replaced({ kind: 'purge' });
    const outside = one.bench.path('outside');
    mkdirSync(outside);
    writeFileSync(`${outside}/who`, 'outside');
    gone(`${one.data}.replaced-${OP}`);
    symlinkSync(outside, `${one.data}.replaced-${OP}`);
    swapFor(`${one.space}.replaced-${OP}`);
    // What lies there now was approved, so that the digest is no help.
    const again = await one.bench.run(one.script, {}).then(({ text }) => text('lines'));
    expect(again).toContain('=other ');
    expect(who(outside)).toBe('outside');
    expect(existsSync(`${one.space}.replaced-${OP}`)).toBe(true);
  });

  it('refuses where the live data lies in what would go, or a process works in it', async () => {
    const one = await replaced({ kind: 'purge' });
    const inside = `${one.data}.replaced-${OP}/live`;
    mkdirSync(inside);
    symlinkSync(inside, `${one.data}/pg_tblspc/16999`);
    expect(await one.run()).toMatchObject({ code: REFUSED, refused: { code: 'PURGE_UNSAFE' } });
    expect(places(one)).toEqual(BEFORE);
    expect(one.bench.record(one.data, OP)).toHaveProperty('closedAt');
  });
});

function gone(path: string): void {
  rmSync(path, { recursive: true });
}

/** The same name, another directory; the former one is kept so that its inode is not given out again. */
function swapFor(path: string): void {
  execFileSync('mv', ['-T', path, `${path}.moved`]);
  mkdirSync(path);
  writeFileSync(`${path}/who`, 'other');
}
