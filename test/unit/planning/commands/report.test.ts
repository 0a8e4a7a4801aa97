import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claimScript } from '../../../../planning/commands/follower-files.js';
import { reportScript } from '../../../../planning/commands/report.js';
import { editedFiles, reportOfHost } from '../../../../planning/report-of-host.js';
import type { HostReport, ReportedHost } from '../../../../workflows/contract/report.js';
import { samplePlan } from '../../client/sample.js';
import { guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const DATA = '/var/lib/postgresql/15/main';
const OPS = ['a1b2c3d4', 'b1b2c3d4'];

function hostOn(bench: ScriptBench): ReportedHost {
  const location = Object.values(samplePlan.followers)[0]?.target.location;
  if (location === undefined) throw new Error('the sample has no follower');
  return {
    name: 'leader',
    location: { ...location, hbaFile: bench.path('pg_hba.conf'), dataDirectory: bench.directory },
    ops: OPS,
    settingsFile: bench.path('90-pg-runbook.conf'),
  };
}

async function reported(bench: ScriptBench, limitBytes = 50_000): Promise<HostReport> {
  const host = hostOn(bench);
  const outcome = await bench.run(reportScript({ ops: OPS, files: editedFiles(host), limitBytes }));
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return reportOfHost(host, outcome);
}

function keep(bench: ScriptBench, op: string, name: string, content: string, at: number): void {
  const directory = `${bench.state}/backup/${op}`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/${name}`, content);
  utimesSync(`${directory}/${name}`, at, at);
}

describe('what is told of a host', () => {
  it('is nothing where nothing was done', async () => {
    expect(await reported(scriptBench())).toEqual({ name: 'leader', commands: [], files: [] });
  });

  it('are the lines of its own operations in the journal', async () => {
    const bench = scriptBench();
    for (const op of [...OPS, 'c1b2c3d4']) await bench.run(claimScript(guardOn(DATA, { op })));
    const { commands, gap } = await reported(bench);
    expect(commands).toHaveLength(2);
    expect(commands[0]).toMatchObject({ step: 'ensureSlot', by: 'alice', commands: ["SELECT 'it''s'"] });
    expect(gap).toBeUndefined();
  });

  it('says how much is left out where the journal is too long', async () => {
    const bench = scriptBench();
    for (let line = 0; line < 4; line += 1) await bench.run(claimScript(guardOn(DATA)));
    const { commands, gap } = await reported(bench, 400);
    expect(commands.length).toBeGreaterThan(0);
    expect(gap).toBe(`${String(4 - commands.length)} older lines of its journal are left out`);
  });

  it('compares a file with how it was before the first of the operations, and shows no secret', async () => {
    const bench = scriptBench();
    keep(bench, 'b1b2c3d4', 'pg_hba.conf', 'local all all peer\nhost all all ::1/128 md5\nsecond\n', 2_000);
    keep(bench, 'a1b2c3d4', 'pg_hba.conf', 'local all all peer\n', 1_000);
    writeFileSync(
      bench.path('pg_hba.conf'),
      'local all all peer\nhost a b 10.0.0.2/32 ldap ldapserver=x ldapbindpasswd=canary\n',
    );
    keep(bench, 'a1b2c3d4', 'postgresql.auto.conf', "primary_conninfo = 'host=a password=canary'\n", 1_000);
    writeFileSync(
      bench.path('postgresql.auto.conf'),
      "primary_conninfo = 'host=b port=5432 password=canary'\nwork_mem = '4MB'\n",
    );
    const { files } = await reported(bench);
    expect(files.map(({ path }) => path.split('/').at(-1))).toEqual(['pg_hba.conf', 'postgresql.auto.conf']);
    expect(files[0]?.diff.join('\n')).toContain('+host a b 10.0.0.2/32 ldap ldapserver=x <not shown>');
    expect(files[0]?.diff.join('\n')).not.toContain('second');
    expect(files[1]?.diff).toContain('+primary_conninfo = host=b port=5432');
    expect(files[1]?.diff).toContain("+work_mem = '4MB'");
    expect(JSON.stringify(files)).not.toContain('canary');
  });

  it('shows a settings file that was made whole, and none that is not ours', async () => {
    const bench = scriptBench();
    writeFileSync(bench.path('90-pg-runbook.conf'), "max_wal_senders = '12'\n");
    expect((await reported(bench)).files).toEqual([]);
    bench.claimed(guardOn(DATA), { madeSettings: `created ${bench.path('90-pg-runbook.conf')}` });
    const { files } = await reported(bench);
    expect(files).toEqual([
      { path: bench.path('90-pg-runbook.conf'), diff: ['@@ -0,0 +1,1 @@', "+max_wal_senders = '12'"] },
    ]);
  });
});
