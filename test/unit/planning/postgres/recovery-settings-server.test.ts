import fc from 'fast-check';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLUSTER_FACTS } from '../../../../planning/commands/cluster-facts.js';
import { buildScript } from '../../../../planning/commands/script.js';
import { recoverySettings, type SettingInFile } from '../../../../planning/postgres/recovery-settings.js';
import { scriptBench } from '../commands/script-bench.js';
import { startTestCluster, type TestCluster } from './test-cluster.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
}, 30_000);
afterAll(() => cluster.remove());

const NAMES = ['restore_command', 'recovery_target_name', 'hot_standby'];

const setting = fc
  .tuple(
    fc.constantFrom(...NAMES, 'RESTORE_command', 'hot_standby_feedback', '#hot_standby', '  restore_command'),
    fc.constantFrom(' = ', '=', ' ', '\t'),
    fc.constantFrom("'on'", "''", 'off', "'on' # old"),
  )
  .map((parts) => parts.join(''));
const settings = fc.array(setting, { maxLength: 4 });
const includeOf = (...paths: string[]): fc.Arbitrary<string> => fc.constantFrom(...paths);

/** Files of a configuration; those of conf.d may include one more. */
const files = fc.record({
  'postgresql.conf': fc.array(
    fc.oneof(
      { weight: 3, arbitrary: setting },
      includeOf(
        "include_dir 'conf.d'",
        "include_dir = 'conf.d/'",
        "Include_Dir './/conf.d'",
        "include 'conf.d/more.inc'",
        "include_if_exists 'absent.conf' # none",
      ),
    ),
    { maxLength: 6 },
  ),
  'conf.d/10.conf': fc.array(fc.oneof(setting, includeOf("include 'more.inc'")), { maxLength: 4 }),
  'conf.d/9.conf': settings,
  'conf.d/.hidden.conf': settings,
  'conf.d/more.inc': settings,
});

it('settings of recovery are those the server takes, from the line it names', async () => {
  const bench = scriptBench();
  const config = `${cluster.dataDirectory}/postgresql.conf`;
  const own = readFileSync(config, 'utf8');
  const script = buildScript({
    variables: { CONFIG: config },
    functions: [CLUSTER_FACTS],
    body: 'recovery_lines | say64 recoveryLines',
  });
  await fc.assert(
    fc.asyncProperty(files, async (tree) => {
      rmSync(`${cluster.dataDirectory}/conf.d`, { recursive: true, force: true });
      mkdirSync(`${cluster.dataDirectory}/conf.d`);
      for (const [name, rows] of Object.entries(tree))
        writeFileSync(
          `${cluster.dataDirectory}/${name}`,
          `${name === 'postgresql.conf' ? own : ''}\n${rows.join('\n')}\n`,
        );
      const { rows } = await cluster.client.query<SettingInFile>(
        `select distinct on (lower(name)) lower(name) as name, setting as value, sourcefile as file, sourceline as line
           from pg_file_settings where lower(name) = any($1) order by lower(name), seqno desc`,
        [NAMES],
      );
      const seen = recoverySettings((await bench.run(script)).text('recoveryLines'), config);
      const byName = (a: SettingInFile, b: SettingInFile): number => (a.name < b.name ? -1 : 1);
      expect(seen.filter(({ name }) => NAMES.includes(name)).sort(byName)).toEqual(
        rows.filter(({ value }) => value !== '').sort(byName),
      );
    }),
    { numRuns: 60 },
  );
}, 60_000);
