import { createHash } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fingerprintVariables } from '../../../../planning/commands/fingerprint.js';
import {
  repairAutoConfScript,
  restartFollowerScript,
  restoreAutoConfScript,
  type RepairInput,
} from '../../../../planning/commands/repair.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { startFollowerScript } from '../../../../planning/commands/start.js';
import { fingerprintScript } from '../../../../planning/commands/survey.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const OP = 'a1b2c3d4';
const POSTGRES = statSync('/var/lib/postgresql');
const FORMER = "log_statement = 'ddl'\n";
const WANTED = "log_statement = 'ddl'\nprimary_slot_name = 'x'\n";

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Follower {
  bench: ScriptBench;
  data: string;
  file: string;
  input: RepairInput;
  write: (expected?: string, content?: string) => string;
}

/** A follower's data directory with its own postgresql.auto.conf, approved as it stands. */
async function follower(): Promise<Follower> {
  const bench = scriptBench();
  const data = bench.path('main');
  const file = `${data}/postgresql.auto.conf`;
  mkdirSync(`${data}/base/1`, { recursive: true });
  writeFileSync(`${data}/PG_VERSION`, '15\n');
  writeFileSync(`${data}/standby.signal`, '');
  writeFileSync(file, FORMER, { mode: 0o600 });
  for (const path of [data, file]) chownSync(path, POSTGRES.uid, POSTGRES.gid);
  bench.program('pg_controldata', 'echo "Database system identifier:           7111"');
  bench.program('postgres', `sed -n "s/^$2 = '\\(.*\\)'/\\1/p" ${file}`);
  const guard = guardOn(data);
  const fingerprint = fingerprintVariables({
    dataDirectory: data,
    binDirectory: bench.programs,
    leader: { machineId: 'ab', systemIdentifier: '7', timeline: 1 },
    class: 'repairable',
    mode: 'repair',
  });
  const approved = await bench.run(fingerprintScript(data, fingerprint));
  const input = { guard, fingerprint, approvedFingerprint: approved.values.fingerprint ?? '' };
  const write = (expected = sha256(FORMER), content = WANTED): string =>
    repairAutoConfScript(
      input,
      {
        osUser: 'postgres',
        binDirectory: bench.programs,
        configFile: '/etc/postgresql/15/main/postgresql.conf',
        incomingDirectory: data,
      },
      { content, sha256: sha256(content), expectedSha256: expected },
    );
  return { bench, data, file, input, write };
}

describe('the repair of postgresql.auto.conf', () => {
  it('writes the lines, keeps the former file, and says what is in effect', async () => {
    const { bench, data, file, write } = await follower();
    const outcome = await bench.run(write());
    expect([outcome.code, outcome.stderr]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toBe(WANTED);
    expect(outcome.text('effective.primary_slot_name')).toBe('x\n');
    const { uid, gid, mode } = statSync(file);
    expect([uid, gid, mode & 0o777]).toEqual([POSTGRES.uid, POSTGRES.gid, 0o600]);
    expect(readFileSync(`${bench.state}/backup/${OP}/postgresql.auto.conf`, 'utf8')).toBe(FORMER);
    expect(bench.record(data, OP)).toMatchObject({ madeAutoConf: sha256(WANTED) });
    expect(readFileSync(`${bench.state}/journal.jsonl`, 'utf8')).toContain(OP);
  });

  it('refuses a data directory that is not the approved one, and touches nothing', async () => {
    const { bench, data, file, write } = await follower();
    mkdirSync(`${data}/base/16384`);
    const outcome = await bench.run(write());
    expect([outcome.code, outcome.refused?.code]).toEqual([REFUSED, 'PLAN_OUTDATED']);
    expect(outcome.text('lines')).toContain('databases=1 16384');
    expect(readFileSync(file, 'utf8')).toBe(FORMER);
    expect(existsSync(`${bench.state}/journal.jsonl`)).toBe(false);
  });

  it('goes on where it had begun, although the follower has replayed a new database since', async () => {
    const { bench, data, file, write } = await follower();
    await bench.run(write());
    mkdirSync(`${data}/base/16384`);
    const again = await bench.run(write(sha256(WANTED), `${WANTED}# more\n`));
    expect([again.code, readFileSync(file, 'utf8')]).toEqual([0, `${WANTED}# more\n`]);
    expect(readFileSync(`${bench.state}/backup/${OP}/postgresql.auto.conf`, 'utf8')).toBe(FORMER);
  });

  it.each([
    [
      'HOST_BUSY',
      'a file that somebody has changed',
      ({ file }: Follower) => writeFileSync(file, '# mine\n'),
    ],
    [
      'SWAP_UNEXPECTED',
      'a directory that would start as a leader',
      ({ data }: Follower) => rmSync(`${data}/standby.signal`),
    ],
  ])('refuses with %s %s', async (code, _, change) => {
    const made = await follower();
    const { bench, file, write, input, data } = made;
    change(made);
    if (code === 'SWAP_UNEXPECTED') {
      const now = await bench.run(fingerprintScript(data, input.fingerprint));
      input.approvedFingerprint = now.values.fingerprint ?? '';
    }
    const before = readFileSync(file, 'utf8');
    const outcome = await bench.run(write());
    expect([outcome.code, outcome.refused?.code]).toEqual([REFUSED, code]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('can be cut off anywhere, made again, and taken back', async () => {
    const { effects } = await (async () => {
      const { bench, write } = await follower();
      return bench.runCut(write(), 0);
    })();
    expect(effects).toBeGreaterThan(4);
    await atEveryCut(effects, async (cutAfter) => {
      const { bench, file, input, write } = await follower();
      await bench.runCut(write(), cutAfter);
      const now = readFileSync(file, 'utf8');
      expect([FORMER, WANTED]).toContain(now);
      expect((await bench.run(write(sha256(now)))).code).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe(WANTED);
      const restored = await bench.run(restoreAutoConfScript(input.guard, 'postgres'));
      expect(restored.values.state).toBe('restored');
      expect(readFileSync(file, 'utf8')).toBe(FORMER);
    });
  });
});

describe('taking it back', () => {
  it('leaves a file that somebody has changed since, and names the former one', async () => {
    const { bench, data, file, input, write } = await follower();
    await bench.run(write());
    writeFileSync(file, '# mine\n');
    const outcome = await bench.run(restoreAutoConfScript(input.guard, 'postgres'));
    expect(outcome.values).toEqual({
      state: 'foreign',
      former: `${bench.state}/backup/${OP}/postgresql.auto.conf`,
    });
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    expect(bench.record(data, OP).madeAutoConf).toBeDefined();
  });

  it('does nothing twice, and nothing where nothing was made', async () => {
    const { bench, data, input, write } = await follower();
    const script = restoreAutoConfScript(input.guard, 'postgres');
    expect((await bench.run(script)).values.state).toBe('none');
    await bench.run(write());
    await bench.run(script);
    expect((await bench.run(script)).values.state).toBe('none');
    expect(bench.record(data, OP).madeAutoConf).toBeUndefined();
  });
});

const server = {
  unit: 'postgresql@15-main.service',
  osUser: 'postgres',
  socketDirectory: '/run/x',
  port: 5432,
};

describe('the restart for limits', () => {
  const prepare = async (sessions: string) => {
    const made = await follower();
    const { bench, data, input } = made;
    writeFileSync(`${data}/postmaster.pid`, '100\n');
    bench.program('psql', sessions);
    bench.program('systemctl', `echo "$@" >>${bench.path('units')}; echo 200 >${data}/postmaster.pid`);
    return { ...made, script: restartFollowerScript({ ...input, ...server, binDirectory: bench.programs }) };
  };

  it('waits until another postmaster is there', async () => {
    const { bench, script } = await prepare('echo 0');
    expect((await bench.run(script)).code).toBe(0);
    expect(readFileSync(bench.path('units'), 'utf8')).toBe('restart --no-block postgresql@15-main.service\n');
  });

  it.each([
    ['FOLLOWER_IN_USE', 'echo 1'],
    ['POSTGRES_UNAVAILABLE', 'exit 2'],
  ])('refuses with %s', async (code, sessions) => {
    const { bench, script } = await prepare(sessions);
    const outcome = await bench.run(script);
    expect([outcome.code, outcome.refused?.code]).toEqual([REFUSED, code]);
    expect(existsSync(bench.path('units'))).toBe(false);
  });
});

describe('the start of a follower on the data it has', () => {
  const prepare = async (answer = 'echo t 7111') => {
    const made = await follower();
    const { bench, data, input } = made;
    bench.program('psql', answer);
    bench.program('systemctl', `echo "$@" >>${bench.path('units')}; echo $$ >${data}/postmaster.pid`);
    return {
      ...made,
      script: startFollowerScript({
        ...input,
        ...server,
        copied: false,
        inPlace: false,
        startConf: `${data}/start.conf`,
        binDirectory: bench.programs,
        systemIdentifier: '7111',
      }),
    };
  };
  const inDirectory = { 'identity_of "/proc/$pid/cwd"': 'identity_of "$DATA"' };

  it('needs no swap, but the directory that was approved', async () => {
    const { bench, data, script } = await prepare();
    const outcome = await bench.run(script, inDirectory);
    expect(outcome).toMatchObject({ code: 0, values: { changed: 'yes', state: 'up' } });
    expect(bench.record(data, OP)).toMatchObject({ madeStart: 'yes' });

    const other = await prepare();
    mkdirSync(`${other.data}/base/16384`);
    const refused = await other.bench.run(other.script, inDirectory);
    expect(refused.refused?.code).toBe('PLAN_OUTDATED');
    expect(existsSync(other.bench.path('units'))).toBe(false);
  });

  it('is not misled by the pid file of a server that was cut off', async () => {
    const { bench, data, script } = await prepare();
    writeFileSync(`${data}/postmaster.pid`, '99999\n');
    bench.program('psql', `[ "$(head -n 1 ${data}/postmaster.pid)" != 99999 ] && echo t 7111`);
    bench.program('systemctl', `( sleep 0.5; echo 123 >${data}/postmaster.pid ) & true`);
    expect(await bench.run(script, inDirectory)).toMatchObject({ code: 0, values: { state: 'up' } });
  });

  it('stops a server that is no copy of the leader', async () => {
    const { bench, script } = await prepare('echo f 7111');
    const outcome = await bench.run(script, inDirectory);
    expect(outcome.refused?.code).toBe('FOLLOWER_START_FAILED');
    expect(readFileSync(bench.path('units'), 'utf8')).toContain('stop --no-block postgresql@15-main.service');
  });
});
