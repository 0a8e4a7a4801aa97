import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  differingKeys,
  fingerprintVariables,
  type FingerprintInput,
} from '../../../../planning/commands/fingerprint.js';
import { fingerprintScript } from '../../../../planning/commands/survey.js';
import { scriptBench, type ScriptBench } from './script-bench.js';

/** A data directory as far as the fingerprint looks at it; pg_controldata prints what the test wrote. */
function cluster(name = 'main'): { bench: ScriptBench; data: string; input: FingerprintInput } {
  const bench = scriptBench();
  const data = bench.path(name);
  for (const made of ['', '/base', '/base/1', '/base/5', '/pg_tblspc', '/pg_wal'])
    mkdirSync(`${data}${made}`);
  writeFileSync(`${data}/PG_VERSION`, '15\n');
  control(data);
  bench.program('pg_controldata', '[ "$1" = -D ] && cat "$2/control"');
  const input = {
    dataDirectory: data,
    binDirectory: bench.programs,
    leader: { machineId: 'ab12', systemIdentifier: '7000000000000000001', timeline: 3 },
    class: 'fresh',
    mode: 'side-by-side',
  };
  return { bench, data, input };
}

const control = (data: string, { system = '7111', timeline = 1 } = {}): void =>
  writeFileSync(
    `${data}/control`,
    `Database system identifier:           ${system}\nLatest checkpoint's TimeLineID:       ${String(timeline)}\nLatest checkpoint's PrevTimeLineID:   9\n`,
  );

async function take(
  bench: ScriptBench,
  input: FingerprintInput,
): Promise<{ digest: string; lines: string[] }> {
  const seen = await bench.run(fingerprintScript(input.dataDirectory, fingerprintVariables(input)));
  expect(seen).toMatchObject({ code: 0, stderr: '' });
  return { digest: seen.values.fingerprint ?? '', lines: seen.text('lines').trim().split('\n') };
}

describe('the fingerprint', () => {
  it('names what will be replaced, and for whom', async () => {
    const { bench, data, input } = cluster();
    const { digest, lines } = await take(bench, input);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(lines).toEqual([...lines].sort());
    expect(lines).toEqual(
      expect.arrayContaining([
        'class=fresh',
        'databases=1 5',
        'leaderMachineId=ab12',
        'leaderSystemIdentifier=7000000000000000001',
        'leaderTimeline=3',
        'mode=side-by-side',
        'mountsBelow=',
        `path=${data}`,
        'pgVersion=15',
        'pgWal=',
        'standbySignal=no',
        'systemIdentifier=7111',
        'tablespaces=',
        'timeline=1',
      ]),
    );
    expect(lines.find((line) => line.startsWith('fileSystem='))).toMatch(/^fileSystem=.+/);
  });

  it('is the same again after all that drifts by itself', async () => {
    const { bench, data, input } = cluster();
    const before = await take(bench, input);
    appendFileSync(`${data}/base/5/16384`, 'rows');
    writeFileSync(`${data}/postmaster.pid`, '77\n');
    mkdirSync(`${data}/base/pgsql_tmp`);
    utimesSync(`${data}/PG_VERSION`, 1, 1);
    utimesSync(`${data}/base/5`, 1, 1);
    appendFileSync(`${data}/control`, 'Latest checkpoint location:           0/9000000\n');
    expect(await take(bench, input)).toEqual(before);
  });

  it('differs after each of these in the one line it is about', async () => {
    const changes: [key: string, change: (data: string) => void][] = [
      ['pgVersion', (data) => writeFileSync(`${data}/PG_VERSION`, '14\n')],
      ['databases', (data) => mkdirSync(`${data}/base/16390`)],
      ['databases', (data) => rmSync(`${data}/base/5`, { recursive: true })],
      ['standbySignal', (data) => writeFileSync(`${data}/standby.signal`, '')],
      ['systemIdentifier', (data) => control(data, { system: '7112' })],
      ['timeline', (data) => control(data, { system: '7112', timeline: 2 })],
      [
        'pgWal',
        (data) => {
          renameSync(`${data}/pg_wal`, `${data}-wal`);
          symlinkSync(`${data}-wal`, `${data}/pg_wal`);
        },
      ],
      [
        'tablespaces',
        (data) => {
          mkdirSync(`${data}-space/PG_15_1/16385`, { recursive: true });
          symlinkSync(`${data}-space`, `${data}/pg_tblspc/16384`);
        },
      ],
      [
        'inode',
        (data) => {
          execFileSync('cp', ['-a', data, `${data}.copy`]);
          renameSync(data, `${data}.gone`);
          renameSync(`${data}.copy`, data);
        },
      ],
    ];
    const { bench, data, input } = cluster();
    let before = await take(bench, input);
    for (const [key, change] of changes) {
      change(data);
      const after = await take(bench, input);
      expect(after.digest).not.toBe(before.digest);
      expect(differingKeys(before.lines, after.lines)).toEqual([key]);
      before = after;
    }
  });

  it('differs for another leader, class or mode', async () => {
    const { bench, input } = cluster();
    const { leader } = input;
    const inputs = [
      input,
      { ...input, leader: { ...leader, machineId: 'x' } },
      { ...input, leader: { ...leader, systemIdentifier: '1' } },
      { ...input, leader: { ...leader, timeline: 4 } },
      { ...input, class: 'partial' },
      { ...input, mode: 'in-place' },
    ];
    const digests = await Promise.all(inputs.map(async (one) => (await take(bench, one)).digest));
    expect(new Set(digests).size).toBe(inputs.length);
  });

  it('of a directory that is not there is not that of one which is', async () => {
    const { bench, data, input } = cluster();
    const before = await take(bench, input);
    renameSync(data, `${data}.gone`);
    const after = await take(bench, input);
    expect(after.lines).toContain(`path=${data}`);
    expect(differingKeys(before.lines, after.lines)).toContain('inode');
  });

  // The kernel's table of mounts writes blanks in octal.
  it.each(['main', 'my main', 'back\\slash'])('sees a mount below %j', async (name) => {
    const { bench, data, input } = cluster(name);
    const script = fingerprintScript(data, fingerprintVariables(input));
    const show = 'fingerprint_lines | say64 lines';
    const outcome = await bench.run(script, { [show]: `mount -t tmpfs none "$DATA/pg_wal"; ${show}` }, [
      'unshare',
      '-m',
      '/bin/sh',
      '-s',
    ]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const line = outcome
      .text('lines')
      .split('\n')
      .find((one) => one.startsWith('mountsBelow='));
    expect(line).toMatch(/^mountsBelow=.+\/pg_wal$/);
  });
});

describe('differingKeys', () => {
  it.each([
    [['a=1', 'b=2'], ['a=1', 'b=2'], []],
    [['a=1', 'b=2'], ['a=1', 'b=3'], ['b']],
    [['b=2', 'a=1'], ['a=x=y'], ['a', 'b']],
    [['a=x=y'], ['a=x=z'], ['a']],
    [[], ['path=/x'], ['path']],
  ])('%j and %j', (approved, now, keys) => {
    expect(differingKeys(approved, now)).toEqual(keys);
  });
});
