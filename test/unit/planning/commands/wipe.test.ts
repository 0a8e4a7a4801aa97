import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fingerprintVariables } from '../../../../planning/commands/fingerprint.js';
import { closeJobScript, startJobScript } from '../../../../planning/commands/job.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { fingerprintScript } from '../../../../planning/commands/survey.js';
import { undoWipeScript } from '../../../../planning/commands/undo-wipe.js';
import { wipeScript } from '../../../../planning/commands/wipe.js';
import type { ServerUse } from '../../../../workflows/contract/target.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const OP = 'a1b2c3d4';
const POSTGRES = statSync('/var/lib/postgresql');
const IDLE: ServerUse = { clientSessions: 0, walSenders: 0, walLsn: '0/1500000' };
const START_CONF = '# how it starts\nauto # at boot\n';

interface Follower {
  bench: ScriptBench;
  data: string;
  startConf: string;
  wal: string;
  tablespace: string;
  outside: string;
  /** With the approval of what lies there now. */
  wipe(): Promise<string>;
  undo: string;
}

/** A cluster with a linked pg_wal and a tablespace, links to other people's files, and a server at work in it. */
function follower(running = false): Follower {
  const bench = scriptBench();
  const [data, wal, tablespace, outside] = ['data dir [1]', 'wal', 'fast', 'outside'].map((name) =>
    bench.path(name),
  ) as [string, string, string, string];
  for (const directory of [
    `${data}/global`,
    `${data}/base/1`,
    `${data}/pg_tblspc`,
    wal,
    `${tablespace}/PG_15_202209061/5`,
    outside,
  ])
    mkdirSync(directory, { recursive: true });
  for (const [file, text] of [
    [`${data}/PG_VERSION`, '15\n'],
    [`${data}/global/pg_control`, 'control'],
    [`${data}/base/1/2`, 'rows'],
    [`${data}/postgresql.auto.conf`, "work_mem = '8MB'\n"],
    [`${wal}/000000010000000000000001`, 'wal'],
    [`${tablespace}/PG_15_202209061/5/6`, 'rows'],
    [`${outside}/mine`, 'mine'],
  ] as const)
    writeFileSync(file, text);
  symlinkSync(wal, `${data}/pg_wal`);
  symlinkSync(tablespace, `${data}/pg_tblspc/16385`);
  symlinkSync(outside, `${data}/elsewhere`);
  linkSync(`${outside}/mine`, `${data}/hard`);
  for (const directory of [data, wal, tablespace]) chownSync(directory, POSTGRES.uid, POSTGRES.gid);
  const startConf = bench.path('start.conf');
  writeFileSync(startConf, START_CONF);
  const pidFile = bench.path('server.pid');
  if (running) startServer(data, pidFile);
  bench.program(
    'pg_controldata',
    '[ ! -e "$2/global/pg_control" ] || echo "Database system identifier: 7111"',
  );
  bench.program('psql', 'echo 0 0 0');
  bench.program(
    'systemctl',
    `echo "$@" >>${bench.path('units')}; [ "$1" != stop ] || [ ! -e ${pidFile} ] || { kill "$(cat ${pidFile})"; rm -f ${pidFile}; }; true`,
  );
  const guard = guardOn(data);
  const variables = fingerprintVariables({
    dataDirectory: data,
    binDirectory: bench.programs,
    leader: { machineId: 'ab', systemIdentifier: '7', timeline: 1 },
    class: 'fresh',
    mode: 'in-place',
  });
  return {
    bench,
    data,
    startConf,
    wal,
    tablespace,
    outside,
    async wipe() {
      const approved = await bench.run(fingerprintScript(data, variables));
      return wipeScript({
        guard,
        fingerprint: variables,
        approvedFingerprint: approved.values.fingerprint ?? '',
        oldServer: {
          osUser: 'postgres',
          socketDirectory: '/run/postgresql',
          port: 5432,
          use: running ? IDLE : undefined,
          driftWalBytes: 1_000,
        },
        mayBegin: true,
        unit: 'postgresql@15-main.service',
        version: '15',
        startConf,
      });
    },
    undo: undoWipeScript({ guard, osUser: 'postgres', startConf }),
  };
}

function startServer(data: string, pidFile: string): void {
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

const says = ({ startConf }: Follower): string =>
  execFileSync('sh', ['-c', `sed 's/#.*//; /^ *$/d' "$0"`, startConf]).toString().trim();

function expectWiped(one: Follower): void {
  const { bench, data, wal, tablespace, outside } = one;
  for (const directory of [data, wal, tablespace]) {
    expect(readdirSync(directory)).toEqual([]);
    expect(statSync(directory).uid).toBe(POSTGRES.uid);
  }
  expect(readFileSync(`${outside}/mine`, 'utf8')).toBe('mine');
  expect(says(one)).toBe('disabled');
  expect(bench.record(data, OP)).toMatchObject({ wiped: 'yes' });
  expect(readFileSync(`${bench.state}/backup/${OP}/postgresql.auto.conf`, 'utf8')).toBe("work_mem = '8MB'\n");
}

const everything = ({ data }: Follower): string =>
  execFileSync('sh', ['-c', 'cd "$0" && find . | sort', data]).toString();
const refusal = (code: string): object => ({ code: REFUSED, refused: { code } });

describe('the wipe', () => {
  it('stops the server, empties the data directory and what its links lead to, and nothing else', async () => {
    const one = follower(true);
    const script = await one.wipe();
    expect(await one.bench.run(script)).toMatchObject({ code: 0, stderr: '', values: { changed: 'yes' } });
    expectWiped(one);
    expect(readFileSync(one.bench.path('units'), 'utf8')).toContain('stop --no-block postgresql@15-main');
    expect(await one.bench.run(script)).toMatchObject({ code: 0, values: { changed: 'no' } });
    const journal = readFileSync(`${one.bench.state}/journal.jsonl`, 'utf8').trim().split('\n');
    expect(journal).toHaveLength(1);
  });

  it('does not touch what lies there after it: that is the copy', async () => {
    const one = follower();
    const script = await one.wipe();
    await one.bench.run(script);
    writeFileSync(`${one.data}/PG_VERSION`, '15\n');
    await one.bench.run(script);
    expect(readdirSync(one.data)).toEqual(['PG_VERSION']);
  });

  it('can be cut off after every effect: it never leaves a control file without all the rest, and goes on', async () => {
    const count = follower();
    const { effects } = await count.bench.runCut(await count.wipe(), 0);
    expect(effects).toBeGreaterThan(15);
    await atEveryCut(effects, async (cut) => {
      const one = follower();
      const before = everything(one);
      const script = await one.wipe();
      await one.bench.runCut(script, cut);
      const begun = everything(one) !== before;
      if (begun) {
        expect(existsSync(`${one.data}/global/pg_control`)).toBe(false);
        expect(says(one)).toBe('disabled');
      }
      expect(await one.bench.run(script)).toMatchObject({ code: 0 });
      expectWiped(one);
    });
  });

  it.each([1, 3, 5, 8])(
    'goes on when the power goes after %s files, whichever these were',
    async (deletions) => {
      const one = follower();
      const script = await one.wipe();
      await runCutWithin(one, script, deletions);
      expect(existsSync(`${one.data}/global/pg_control`)).toBe(false);
      expect(says(one)).toBe('disabled');
      expect(one.bench.record(one.data, OP).wiped).toBeUndefined();
      expect(await one.bench.run(script)).toMatchObject({ code: 0 });
      expectWiped(one);
    },
  );

  it('goes on under a new approval of what is left, with what it had noted before', async () => {
    const one = follower();
    await runCutAfterControl(one, await one.wipe());
    rmSync(`${one.data}/pg_wal`);
    expect(await one.bench.run(await one.wipe())).toMatchObject({ code: 0, values: { changed: 'yes' } });
    expectWiped(one);
  });

  it.each<[string, string, (one: Follower) => void]>([
    ['PLAN_OUTDATED', 'another database', ({ data }) => mkdirSync(`${data}/base/77`)],
    [
      'PLAN_OUTDATED',
      'another directory under the name',
      ({ data }) => {
        renameSync(data, `${data}.x`);
        execFileSync('cp', ['-a', `${data}.x`, data]);
      },
    ],
    ['FOLLOWER_IN_USE', 'a client', ({ bench }) => bench.program('psql', 'echo 1 0 0')],
    ['LOST_AND_FOUND', 'lost+found', ({ data }) => mkdirSync(`${data}/lost+found`)],
    ['LOST_AND_FOUND', "the WAL directory's lost+found", ({ wal }) => mkdirSync(`${wal}/lost+found`)],
    [
      'SWAP_UNEXPECTED',
      "another cluster's files beside the tablespace's",
      ({ tablespace }) => mkdirSync(`${tablespace}/PG_14_1`),
    ],
    ['SWAP_UNEXPECTED', 'a WAL directory of root', ({ wal }) => chownSync(wal, 0, 0)],
    ['SWAP_UNEXPECTED', 'another major version', ({ data }) => writeFileSync(`${data}/PG_VERSION`, '14\n')],
  ])('refuses with %s, and deletes nothing: %s', async (code, _, change) => {
    const one = follower(code === 'FOLLOWER_IN_USE');
    const script = code === 'PLAN_OUTDATED' ? await one.wipe() : undefined;
    change(one);
    const before = everything(one);
    expect(await one.bench.run(script ?? (await one.wipe()))).toMatchObject(refusal(code));
    expect(everything(one)).toBe(before);
    expect(says(one)).toBe('auto');
    expect(one.bench.record(one.data, OP).wipeIntent).toBeUndefined();
  });

  it('does not empty a directory that took the place of the noted one', async () => {
    const one = follower();
    const script = await one.wipe();
    await runCutAfterControl(one, script);
    renameSync(one.wal, `${one.wal}.moved`);
    mkdirSync(one.wal);
    writeFileSync(`${one.wal}/mine`, 'mine');
    expect(await one.bench.run(script)).toMatchObject(refusal('SWAP_UNEXPECTED'));
    expect(readFileSync(`${one.wal}/mine`, 'utf8')).toBe('mine');
  });
});

describe('a copy in place', () => {
  const where = (bench: ScriptBench) =>
    ({
      mode: 'in-place',
      osUser: 'postgres',
      version: '15',
      binDirectory: bench.programs,
      leaderSystemIdentifier: '7111',
    }) as const;

  async function copying(): Promise<Follower & { close: string; start: string }> {
    const one = follower();
    await one.bench.run(await one.wipe());
    one.bench.program('systemd-run', 'for last; do :; done; (cd "${last%/run}" && echo "1 1 1" >pid)');
    const guard = guardOn(one.data);
    const [start, close] = [
      startJobScript(guard, where(one.bench), { directory: one.data, runner: 'exit 1' }),
      closeJobScript(guard, where(one.bench)),
    ];
    return { ...one, start, close };
  }
  const half = ({ data }: Follower): void => {
    mkdirSync(`${data}/global`);
    for (const name of ['global/pg_control', 'standby.signal', 'base'])
      writeFileSync(`${data}/${name}`, 'copied');
  };

  it('that failed is emptied, the control file first, and begins again', async () => {
    const one = await copying();
    expect(await one.bench.run(one.start)).toMatchObject({ code: 0 });
    half(one);
    const { effects } = await one.bench.runCut(one.close, 0);
    expect(readdirSync(one.data)).toEqual([]);
    expect(effects).toBeGreaterThan(2);
    expect(await one.bench.run(one.start)).toMatchObject({ code: 0, values: { number: '2' } });
  });

  it('is never without standby.signal while it has a control file, wherever its clearing is cut off', async () => {
    const count = await copying();
    await count.bench.run(count.start);
    half(count);
    const { effects } = await count.bench.runCut(count.close, 0);
    await atEveryCut(effects, async (cut) => {
      const one = await copying();
      await one.bench.run(one.start);
      half(one);
      await one.bench.runCut(one.close, cut);
      if (existsSync(`${one.data}/global/pg_control`))
        expect(existsSync(`${one.data}/standby.signal`)).toBe(true);
      await one.bench.run(one.close);
      expect(readdirSync(one.data)).toEqual([]);
    });
  });

  it('does not begin on what somebody else has put there, and does not delete it', async () => {
    const one = await copying();
    half(one);
    expect(await one.bench.run(one.start)).toMatchObject(refusal('SWAP_UNEXPECTED'));
    expect(await one.bench.run(one.close)).toMatchObject({ code: 0 }); // no job: nothing of ours to clear
    expect(readdirSync(one.data)).toHaveLength(3);
  });

  it('does not delete another cluster', async () => {
    const one = await copying();
    await one.bench.run(one.start);
    half(one);
    one.bench.program('pg_controldata', 'echo "Database system identifier: 9999"');
    expect(await one.bench.run(one.close)).toMatchObject(refusal('SWAP_UNEXPECTED'));
    expect(readdirSync(one.data)).toHaveLength(3);
  });
});

describe('the end of an operation in place', () => {
  it('releases the autostart where nothing was deleted yet', async () => {
    const one = follower();
    one.bench.program('systemctl', '[ "$1" != daemon-reload ] || kill -KILL 0');
    await one.bench.run(await one.wipe());
    expect(says(one)).toBe('disabled');
    one.bench.program('systemctl', 'true');
    expect(existsSync(`${one.data}/global/pg_control`)).toBe(true);
    expect((await one.bench.run(one.undo)).values).toMatchObject({ intent: 'yes', held: 'no' });
    expect(readFileSync(one.startConf, 'utf8')).toBe(START_CONF);
  });

  it('keeps it held where the data is gone', async () => {
    const one = follower();
    await one.bench.run(await one.wipe());
    expect((await one.bench.run(one.undo)).values).toMatchObject({ wiped: 'yes', held: 'yes' });
    expect(says(one)).toBe('disabled');
  });
});

/** Power goes right after the control file was removed; what is run later is run to its end. */
async function runCutAfterControl({ bench }: Follower, script: string): Promise<void> {
  bench.program('rm', '/bin/rm "$@"; case "$*" in *pg_control) kill -KILL 0 ;; esac');
  expect((await bench.run(script)).code).toBeUndefined();
  rmSync(`${bench.programs}/rm`);
}

/** A `find` that deletes so many entries, in any order that a file system allows, before the power goes. */
async function runCutWithin({ bench }: Follower, script: string, deletions: number): Promise<void> {
  bench.program(
    'find',
    `[ "$5" = -delete ] || exec /usr/bin/find "$@"
left=${String(deletions)}
while [ "$left" -gt 0 ]; do
  one=$(/usr/bin/find . -xdev -mindepth 1 \\( ! -type d -o -empty \\) | shuf -n 1)
  [ -n "$one" ] || exit 0
  if [ -d "$one" ] && [ ! -L "$one" ]; then rmdir "$one"; else /bin/rm "$one"; fi
  left=$((left - 1))
done
kill -KILL 0`.replaceAll('\\\\', '\\'),
  );
  await bench.run(script);
  rmSync(`${bench.programs}/find`);
}
