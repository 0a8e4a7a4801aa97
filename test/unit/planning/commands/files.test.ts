import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  editFileScript,
  readFileScript,
  readPassfileScript,
  writePassfileScript,
} from '../../../../planning/commands/follower-files.js';
import {
  restoreSettingsFileScript,
  writeSettingsFileScript,
} from '../../../../planning/commands/leader-files.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { removePassfileScript } from '../../../../planning/commands/undo.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const DATA = '/var/lib/postgresql/15/main';
const guard = guardOn(DATA);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const OLD = "local all all peer # it's\r\n\n";
const NEW = 'local all all peer # it\'s\r\n\nhost `x` $y \\ "z"\nno newline';

const edit = (file: string, content = NEW, expected = OLD): string =>
  editFileScript(guard, {
    file,
    content,
    expectedSha256: sha256(expected),
    backupName: 'pg_hba.conf',
    made: { madeHbaLine: 'follower1' },
  });

function withFile(bench: ScriptBench): string {
  const file = bench.path('pg_hba.conf');
  writeFileSync(file, OLD);
  chownSync(file, 1, 2);
  chmodSync(file, 0o640);
  return file;
}

describe('editing a file', () => {
  it('puts in every byte, keeps owner and mode, and the file as it was', async () => {
    const bench = scriptBench();
    const file = withFile(bench);
    expect(await bench.run(edit(file))).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(NEW);
    expect(statSync(file)).toMatchObject({ uid: 1, gid: 2, mode: 0o100640 });
    expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({ madeHbaLine: 'follower1' });
    const backup = `${bench.state}/backup/a1b2c3d4/pg_hba.conf`;
    expect(readFileSync(backup, 'utf8')).toBe(OLD);
    expect(await bench.run(edit(file, 'third\n', NEW))).toMatchObject({ code: 0 });
    expect([readFileSync(file, 'utf8'), readFileSync(backup, 'utf8')]).toEqual(['third\n', OLD]);
  });

  it('leaves alone what somebody else has changed meanwhile', async () => {
    const bench = scriptBench();
    const file = withFile(bench);
    expect(await bench.run(edit(file, NEW, 'what was read'))).toMatchObject({
      code: REFUSED,
      refused: { code: 'HOST_BUSY' },
    });
    expect(readFileSync(file, 'utf8')).toBe(OLD);
    expect(bench.record(DATA, 'a1b2c3d4')).not.toHaveProperty('madeHbaLine');
  });

  it('follows a link and leaves it one', async () => {
    const bench = scriptBench();
    const file = withFile(bench);
    symlinkSync(file, bench.path('link'));
    expect(await bench.run(edit(bench.path('link')))).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toBe(NEW);
    const seen = await bench.run(readFileScript(bench.path('link')));
    expect([seen.values.sha256, seen.text('content')]).toEqual([sha256(NEW), NEW]);
  });

  it('writes through no link that was planted under a name of its own', async () => {
    const bench = scriptBench();
    const file = withFile(bench);
    const victim = bench.path('root/victim');
    mkdirSync(victim, { recursive: true });
    writeFileSync(`${victim}/new`, "root's");
    symlinkSync(`${victim}/new`, `${file}.pg-runbook-new`);
    symlinkSync(victim, bench.path('.pg-runbook-new'));
    expect(await bench.run(edit(file))).toMatchObject({ refused: { code: 'COMMAND_FAILED' } });
    expect(readFileSync(`${victim}/new`, 'utf8')).toBe("root's");
    expect(readFileSync(file, 'utf8')).toBe(OLD);
  });

  it("writes into no directory under that name that is not root's", async () => {
    const bench = scriptBench();
    const file = withFile(bench);
    mkdirSync(bench.path('.pg-runbook-new'));
    chownSync(bench.path('.pg-runbook-new'), 1, 2);
    expect(await bench.run(edit(file))).toMatchObject({ refused: { code: 'COMMAND_FAILED' } });
    expect(readFileSync(file, 'utf8')).toBe(OLD);
  });

  it('is there whole or not at all, wherever it is cut off, and ends the same', async () => {
    const count = await cut(0);
    expect(count.effects).toBeGreaterThan(4);
    const seen = new Set<string>();
    await atEveryCut(count.effects, async (at) => {
      const { bench, file } = await cut(at);
      const content = readFileSync(file, 'utf8');
      seen.add(content);
      if (content === OLD) expect(await bench.run(edit(file))).toMatchObject({ code: 0 });
      // An edit can only be taken back if it is on record.
      expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({ madeHbaLine: 'follower1' });
      expect(readFileSync(file, 'utf8')).toBe(NEW);
      expect(readFileSync(`${bench.state}/backup/a1b2c3d4/pg_hba.conf`, 'utf8')).toBe(OLD);
    });
    expect([...seen].sort()).toEqual([OLD, NEW].sort());
  });

  async function cut(at: number): Promise<{ bench: ScriptBench; file: string; effects: number }> {
    const bench = scriptBench();
    const file = withFile(bench);
    const { effects } = await bench.runCut(edit(file), at);
    return { bench, file, effects };
  }
});

describe("the leader's settings file", () => {
  const write = (file: string, content: string): string =>
    writeSettingsFileScript(guard, { file, osUser: 'postgres', content });
  const restore = restoreSettingsFileScript(guard);

  it('is gone when it is taken back, however often it was written', async () => {
    const bench = scriptBench();
    const file = bench.path('90-pg-runbook.conf');
    await bench.run(write(file, "wal_level = 'replica'\n"));
    expect(statSync(file).mode & 0o777).toBe(0o644);
    await bench.run(write(file, "wal_level = 'logical'\n"));
    expect(readFileSync(file, 'utf8')).toBe("wal_level = 'logical'\n");
    expect((await bench.run(restore)).values).toEqual({ changed: 'yes' });
    expect(existsSync(file)).toBe(false);
    expect((await bench.run(restore)).values).toEqual({ changed: 'no' });
  });

  it('has its former text back where there was one', async () => {
    const bench = scriptBench();
    const file = bench.path('90-pg-runbook.conf');
    writeFileSync(file, '# of an earlier run\n');
    await bench.run(write(file, 'a = 1\n'));
    await bench.run(write(file, 'a = 2\n'));
    await bench.run(restore);
    expect(readFileSync(file, 'utf8')).toBe('# of an earlier run\n');
    expect(readdirSync(bench.directory).filter((name) => name.startsWith('90-'))).toEqual([
      '90-pg-runbook.conf',
    ]);
  });
});

describe('the password file', () => {
  it("is the owner's alone, and goes with its directory only where we made it", async () => {
    const bench = scriptBench();
    const home = bench.path('home');
    mkdirSync(home);
    const file = `${home}/.pg-runbook/orders-follower1.pgpass`;
    const secret = "10.0.0.1:5432:*:replication:it's \\: $secret";
    expect(await bench.run(writePassfileScript(guard, file, 'postgres', secret))).toMatchObject({ code: 0 });
    const seen = await bench.run(readPassfileScript(file));
    expect([seen.values.mode, seen.text('content')]).toEqual(['600 postgres', `${secret}\n`]);
    expect(statSync(`${home}/.pg-runbook`).mode & 0o777).toBe(0o700);
    expect(readdirSync(`${home}/.pg-runbook`)).toEqual(['orders-follower1.pgpass']);
    expect(readFileSync(`${bench.state}/journal.jsonl`, 'utf8')).not.toContain('secret');
    expect((await bench.run(removePassfileScript(guard))).values).toEqual({ changed: 'yes' });
    expect(readdirSync(home)).toEqual([]);
  });

  it('stays where it was there before', async () => {
    const bench = scriptBench();
    const file = bench.path('orders.pgpass');
    writeFileSync(file, 'former\n');
    await bench.run(writePassfileScript(guard, file, 'postgres', 'new'));
    expect((await bench.run(removePassfileScript(guard))).values).toEqual({ changed: 'no' });
    expect(readFileSync(file, 'utf8')).toBe('new\n');
  });
});
