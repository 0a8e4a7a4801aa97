import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimScript } from '../../../../planning/commands/follower-files.js';
import { fingerprintVariables } from '../../../../planning/commands/fingerprint.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import type { ServerUse } from '../../../../workflows/contract/target.js';
import { fingerprintScript } from '../../../../planning/commands/survey.js';
import { swapScript } from '../../../../planning/commands/swap.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

const OP = 'a1b2c3d4';
const POSTGRES = statSync('/var/lib/postgresql');

interface Follower {
  bench: ScriptBench;
  data: string;
  incoming: string;
  replaced: string;
  script: string;
  run(edits?: Record<string, string>): Promise<ScriptOutcome>;
}

interface Setting {
  /** An old data directory is there; with a server at work in it. */
  old?: boolean;
  running?: boolean;
  /** What psql does: clients, walsenders and bytes of WAL since the card. */
  psql?: string;
  /** What the card said of the old server. */
  use?: ServerUse | undefined;
  /** False: outside of the window for swaps. */
  mayBegin?: boolean;
}

/**
 * A follower with its copy ready. The old server is a process that works in its data directory and a
 * postmaster.pid, systemctl's stop ends it, and the unit is active as long as it lives.
 */
const IDLE: ServerUse = { clientSessions: 0, walSenders: 0, walLsn: '0/1500000' };

async function follower(setting: Setting = {}): Promise<Follower> {
  const { old = true, running = true, psql = 'echo 0 0 0', mayBegin = true } = setting;
  const use = 'use' in setting ? setting.use : old && running ? IDLE : undefined;
  const bench = scriptBench();
  const data = bench.path('main');
  const [incoming, replaced] = [`${data}.incoming-${OP}`, `${data}.replaced-${OP}`];
  for (const directory of old ? [data, incoming] : [incoming]) {
    mkdirSync(`${directory}/base/1`, { recursive: true });
    writeFileSync(`${directory}/PG_VERSION`, '15\n');
    writeFileSync(`${directory}/who`, directory === data ? 'old' : 'copy');
    chownSync(directory, POSTGRES.uid, POSTGRES.gid);
  }
  writeFileSync(`${incoming}/standby.signal`, '');
  bench.program('pg_controldata', 'echo "Database system identifier:           7111"');
  bench.program('psql', psql);
  const pidFile = bench.path('server.pid');
  if (old && running) startServer(data, pidFile);
  // A process that has ended but was not waited for yet has no working directory any more.
  const alive = `[ -e ${pidFile} ] && [ -e "/proc/$(cat ${pidFile})/cwd" ]`;
  bench.program(
    'systemctl',
    `case $1 in stop) ${alive} && kill "$(cat ${pidFile})"; rm -f ${data}/postmaster.pid ;; show) if ${alive}; then echo deactivating; else echo inactive; fi ;; esac; true`,
  );
  const guard = guardOn(data);
  bench.claimed(guard, { incomingInode: String(statSync(incoming).ino) });
  const variables = fingerprintVariables({
    dataDirectory: data,
    binDirectory: bench.programs,
    leader: { machineId: 'ab', systemIdentifier: '7', timeline: 1 },
    class: old ? 'fresh' : 'empty',
    mode: 'side-by-side',
  });
  const approved = await bench.run(fingerprintScript(data, variables));
  const script = swapScript({
    guard,
    fingerprint: variables,
    approvedFingerprint: approved.values.fingerprint ?? '',
    mayBegin,
    hasOldDirectory: old,
    replacedDirectory: replaced,
    unit: 'postgresql@15-main.service',
    oldServer: {
      osUser: 'postgres',
      socketDirectory: '/run/postgresql',
      port: 5432,
      use,
      driftWalBytes: 1_000,
    },
  });
  return { bench, data, incoming, replaced, script, run: (edits) => bench.run(script, edits) };
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

/** A rehearsal at work in the copy, which its unit's stop ends. Answers with the file that lists all stops. */
function rehearse({ bench, incoming }: Follower): string {
  const pidFile = bench.path('rehearsal.pid');
  startServer(incoming, pidFile);
  const stops = bench.path('stops');
  const stop = readFileSync(`${bench.programs}/systemctl`, 'utf8').replace('#!/bin/sh\n', '');
  bench.program(
    'systemctl',
    `case "$*" in stop*) echo "$*" >>${stops} ;; esac
case "$*" in stop*rehearsal*) kill "$(cat ${pidFile})" ;; *) ${stop} ;; esac`,
  );
  return stops;
}

const who = (directory: string): string =>
  existsSync(directory)
    ? existsSync(`${directory}/who`)
      ? readFileSync(`${directory}/who`, 'utf8')
      : 'other'
    : '-';

const places = ({ data, replaced, incoming }: Follower): string[] => [data, replaced, incoming].map(who);
const BEFORE = ['old', '-', 'copy'];
const BETWEEN = ['-', 'old', 'copy'];
const AFTER = ['copy', 'old', '-'];

const refusal = (code: string): object => ({ code: REFUSED, refused: { code } });

describe('the swap', () => {
  it('stops the server, moves the old directory aside and the copy in', async () => {
    const one = await follower();
    expect(await one.run()).toMatchObject({ code: 0, stderr: '', values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
    expect(one.bench.record(one.data, OP)).toMatchObject({
      swapped: 'yes',
      stoppedAtMs: expect.stringMatching(/^\d{13}$/) as string,
    });
    const again = await one.run();
    expect(again).toMatchObject({ code: 0, values: { changed: 'no' } });
    expect(places(one)).toEqual(AFTER);
  });

  it('needs no server to stop', async () => {
    const one = await follower({ running: false, psql: 'exit 2' });
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
  });

  it.each<[string, string, ServerUse]>([
    ['all that was approved', '2 1 1000', { ...IDLE, clientSessions: 2, walSenders: 1 }],
    ['fewer than were approved', '1 0 5', { ...IDLE, clientSessions: 2, walSenders: 1 }],
    ['a standby as it was', '0 0 none', { ...IDLE, walLsn: null }],
  ])('stops a server with %s', async (_, seen, use) => {
    const one = await follower({ psql: `echo ${seen}`, use });
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
  });

  it('moves the copy in where there was nothing', async () => {
    const one = await follower({ old: false });
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(['copy', '-', '-']);
    expect((await one.run()).values).toMatchObject({ changed: 'no' });
  });

  it.each([
    ['with an old directory', true, AFTER],
    ['without one', false, ['copy', '-', '-']],
  ])('ends the same wherever it was cut off, %s', async (_, old, end) => {
    const whole = await follower({ old });
    const { effects } = await whole.bench.runCut(whole.script, 0);
    expect(effects).toBeGreaterThan(4);
    expect(places(whole)).toEqual(end);
    const seen = new Set<string>();
    await atEveryCut(effects, async (at) => {
      const one = await follower({ old });
      await one.bench.runCut(one.script, at);
      const cut = places(one);
      seen.add(cut.join());
      expect(cut.filter((place) => place === 'copy')).toHaveLength(1);
      expect(cut.filter((place) => place === 'old')).toHaveLength(old ? 1 : 0);
      expect(await one.run()).toMatchObject({ code: 0 });
      expect(places(one)).toEqual(end);
      expect(one.bench.record(one.data, OP)).toMatchObject({ swapped: 'yes' });
    });
    expect(seen).toEqual(new Set(old ? [BEFORE, BETWEEN, AFTER].map(String) : ['-,-,copy', 'copy,-,-']));
  });

  it('stops the rehearsal of the copy first, while the old server still serves', async () => {
    const one = await follower();
    const stops = rehearse(one);
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
    expect(readFileSync(stops, 'utf8')).toBe(
      `stop --no-block pg-runbook-rehearsal-${OP}\nstop --no-block postgresql@15-main.service\n`,
    );
    expect(existsSync(`${one.data}/postmaster.pid`)).toBe(false);
  });

  it('stops a rehearsal that was started after the swap had begun and was given up', async () => {
    const one = await follower();
    await one.bench.run(one.script.replace('\n    stop_old_server\n', '\n    exit 9\n'));
    expect(one.bench.record(one.data, OP)).toHaveProperty('intent');
    const stops = rehearse(one);
    expect(await one.run()).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
    expect(readFileSync(stops, 'utf8')).toBe(
      `stop --no-block pg-runbook-rehearsal-${OP}\nstop --no-block postgresql@15-main.service\n`,
    );
  });

  it('goes on after it was cut off although what it moves no longer looks as approved', async () => {
    const one = await follower();
    await one.bench.run(one.script.replace('\n    stop_old_server\n', '\n    stop_old_server; exit 9\n'));
    expect(places(one)).toEqual(BEFORE);
    writeFileSync(`${one.data}/standby.signal`, ''); // e.g. the shutdown checkpoint on another timeline
    expect(await one.run()).toMatchObject({ code: 0 });
    expect(places(one)).toEqual(AFTER);
  });
});

describe('outside of its window the swap', () => {
  it.each([
    ['of a server that runs', true],
    ['into an empty place', false],
  ])('%s does not begin', async (_, old) => {
    const one = await follower({ old, mayBegin: false });
    const before = places(one);
    expect(await one.run()).toMatchObject(refusal('WINDOW_CLOSED'));
    expect(places(one)).toEqual(before);
    expect(one.bench.record(one.data, OP)).not.toHaveProperty('intent');
  });

  it('says first that what is there is not what was approved', async () => {
    const one = await follower({ mayBegin: false });
    writeFileSync(`${one.data}/standby.signal`, '');
    expect(await one.run()).toMatchObject(refusal('PLAN_OUTDATED'));
  });

  it('goes on where it was cut off: the old server is stopped already', async () => {
    const one = await follower();
    await one.bench.run(one.script.replace('\n    stop_old_server\n', '\n    stop_old_server; exit 9\n'));
    const late = one.script.replace('MAY_BEGIN=yes', 'MAY_BEGIN=no');
    expect(late).not.toBe(one.script);
    expect(await one.bench.run(late)).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expect(places(one)).toEqual(AFTER);
  });
});

describe('the swap refuses, and moves nothing,', () => {
  async function refused(one: Follower, code: string, edits = {}): Promise<ScriptOutcome> {
    const before = places(one);
    const outcome = await one.run(edits);
    expect(outcome).toMatchObject(refusal(code));
    expect(places(one)).toEqual(before);
    expect(one.bench.record(one.data, OP)).not.toHaveProperty('swapped');
    return outcome;
  }
  const serverLives = ({ bench }: Follower): boolean => {
    const pid = readFileSync(bench.path('server.pid'), 'utf8').trim();
    return existsSync(`/proc/${pid}`);
  };

  it('another directory than the approved one, and tells what it is now', async () => {
    const one = await follower();
    mkdirSync(`${one.data}/base/16384`);
    const outcome = await refused(one, 'PLAN_OUTDATED');
    expect(outcome.text('lines')).toContain('databases=1 16384\n');
    expect(one.bench.record(one.data, OP)).not.toHaveProperty('intent');
    expect(serverLives(one)).toBe(true);
  });

  it('a directory that has come up where there was none', async () => {
    const one = await follower({ old: false });
    mkdirSync(one.data);
    await refused(one, 'PLAN_OUTDATED');
  });

  const answers = (seen: string): string =>
    `case "$*" in *'format('*) echo 'carol@shop from 10.0.0.9 (psql)' ;; *) echo '${seen}' ;; esac`;

  it.each<[string, string, ServerUse | undefined, RegExp]>([
    ['a server with clients', '2 0 0', IDLE, /clients are connected to it: 2, on the card 0$/],
    [
      'a server with more clients than were approved',
      '3 0 0',
      { ...IDLE, clientSessions: 2 },
      /clients are connected to it: 3, on the card 2$/,
    ],
    ['a server somebody replicates from', '0 1 0', IDLE, /others replicate from it: 1, on the card 0$/],
    ['a server that has written', '0 0 1001', IDLE, /has written 1001 bytes of WAL .* allows 1000$/],
    ['a server whose WAL went back', '0 0 -1', IDLE, /does not go on from 0\/1500000/],
    ['a server that is a standby now', '0 0 none', IDLE, /is in recovery, which it was not/],
    ['a server that writes by itself now', '0 0 unknown', { ...IDLE, walLsn: null }, /does not go on/],
    ['a server that was stopped', '0 0 unknown', undefined, /its server runs, which was stopped/],
  ])('%s', async (_, seen, use, detail) => {
    const one = await follower({ psql: answers(seen), use });
    const outcome = await refused(one, 'FOLLOWER_IN_USE');
    expect(outcome.refused?.detail).toMatch(detail);
    expect(outcome.text('connected')).toBe('carol@shop from 10.0.0.9 (psql)\n');
    expect(one.bench.record(one.data, OP)).not.toHaveProperty('intent');
    expect(serverLives(one)).toBe(true);
  });

  it.each([
    ['nothing', 'echo "psql: error: too many clients" >&2; exit 2'],
    ['something else', 'echo 0'],
  ])('a server that says %s of who uses it', async (_, psql) => {
    const one = await follower({ psql });
    await refused(one, 'POSTGRES_UNAVAILABLE');
    expect(serverLives(one)).toBe(true);
  });

  it('a place that is taken', async () => {
    const one = await follower();
    mkdirSync(one.replaced);
    await refused(one, 'SWAP_UNEXPECTED');
    expect(serverLives(one)).toBe(true);
  });

  it.each<[string, (one: Follower) => void]>([
    ['no copy', ({ incoming }) => rmSync(incoming, { recursive: true })],
    ['a copy without standby.signal', ({ incoming }) => rmSync(`${incoming}/standby.signal`)],
    [
      'a copy that is not the one on record',
      ({ incoming }) => {
        execFileSync('sh', ['-c', 'mv "$0" "$0.kept" && cp -a "$0.kept" "$0"', incoming]);
      },
    ],
    ['an old directory that is gone', ({ data }) => rmSync(data, { recursive: true })],
  ])('%s', async (_, change) => {
    const one = await follower({ running: false });
    change(one);
    await refused(one, 'SWAP_UNEXPECTED');
  });

  it('a server that does not stop, and goes on once it has', async () => {
    const one = await follower();
    const stop = readFileSync(`${one.bench.programs}/systemctl`, 'utf8');
    one.bench.program('systemctl', 'exit 0');
    const outcome = await refused(one, 'STOP_FAILED', { 'await 120': 'await 0' });
    expect(outcome.refused?.detail).toMatch(/^processes \d+ still work/);
    writeFileSync(`${one.bench.programs}/systemctl`, stop);
    expect(await one.run()).toMatchObject({ code: 0 });
    expect(places(one)).toEqual(AFTER);
  });

  it('an older attempt', async () => {
    const one = await follower();
    await one.bench.run(claimScript(guardOn(one.data, { epoch: 2, runId: 'run-2' })));
    await refused(one, 'STALE_ATTEMPT');
    expect(serverLives(one)).toBe(true);
  });
});

describe('a swap whose unit stays active', () => {
  it('is told, and is done all the same', async () => {
    const one = await follower({ running: false });
    one.bench.program('systemctl', '[ "$1" != show ] || echo active');
    expect(await one.run({ 'await 30': 'await 0' })).toMatchObject(refusal('STOP_FAILED'));
    expect(places(one)).toEqual(AFTER);
    expect((await one.run()).values).toMatchObject({ changed: 'no' });
  });
});
