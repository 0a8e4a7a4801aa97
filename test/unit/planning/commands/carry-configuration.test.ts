import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigurationScript, writeAutoConfScript } from '../../../../planning/commands/configure.js';
import { guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const OP = 'a1b2c3d4';

interface Pair {
  bench: ScriptBench;
  data: string;
  incoming: string;
  where: Parameters<typeof readConfigurationScript>[2];
}

/** A follower's data directory with its configuration within, and beside it the copy with the leader's. */
function pair(carriesConfiguration = true): Pair {
  const bench = scriptBench();
  const data = bench.path('data');
  const incoming = `${data}.incoming-${OP}`;
  const write = (directory: string, files: Record<string, string>): void => {
    for (const made of [directory, join(directory, 'conf.d')]) mkdirSync(made);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  };
  write(data, {
    'postgresql.conf': 'own',
    'pg_hba.conf': 'own',
    'conf.d/own.conf': 'own',
    'postgresql.auto.conf': 'own',
  });
  write(incoming, {
    'postgresql.conf': "leader's",
    'pg_hba.conf': "leader's",
    'extra.conf': "leader's",
    'conf.d/90-pg-runbook.conf': "leader's",
    'postgresql.auto.conf': "leader's",
    backup_manifest: 'm',
    'standby.signal': '',
  });
  bench.program('postgres', 'true');
  const where = {
    osUser: 'root',
    binDirectory: bench.programs,
    configFile: `${incoming}/postgresql.conf`,
    incomingDirectory: incoming,
    carriesConfiguration,
  };
  return { bench, data, incoming, where };
}

const carried = async ({ bench, data, where }: Pair): Promise<string | undefined> =>
  (await bench.run(readConfigurationScript(data, OP, where))).values.carried;

describe('a configuration within the data directory', () => {
  it("stays the follower's own, and what only the leader has goes", async () => {
    const made = pair();
    const { bench, data, incoming, where } = made;
    expect(await carried(made)).toBe('no');
    const script = writeAutoConfScript(guardOn(data, { op: OP }), where, 'rendered\n');
    expect(await bench.run(script)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(incoming, 'postgresql.conf'), 'utf8')).toBe('own');
    expect(readFileSync(join(incoming, 'pg_hba.conf'), 'utf8')).toBe('own');
    expect(readdirSync(join(incoming, 'conf.d'))).toEqual(['own.conf']);
    expect(existsSync(join(incoming, 'extra.conf'))).toBe(false);
    expect(readFileSync(join(incoming, 'postgresql.auto.conf'), 'utf8')).toBe('rendered\n');
    expect(existsSync(join(incoming, 'standby.signal'))).toBe(true);
    expect(readFileSync(join(data, 'postgresql.auto.conf'), 'utf8')).toBe('own');
    expect(await carried(made)).toBe('yes');
    writeFileSync(join(data, 'pg_hba.conf'), 'own, edited since');
    expect(await carried(made)).toBe('no');
  });

  it('is left to itself where it lies elsewhere', async () => {
    const made = pair(false);
    const { bench, data, incoming, where } = made;
    expect(await carried(made)).toBe('yes');
    await bench.run(writeAutoConfScript(guardOn(data, { op: OP }), where, 'rendered\n'));
    expect(readFileSync(join(incoming, 'postgresql.conf'), 'utf8')).toBe("leader's");
  });
});
