import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIND_CLUSTERS } from '../../../../planning/commands/find-clusters.js';
import { buildScript } from '../../../../planning/commands/script.js';
import { SERVICE } from '../../../../planning/commands/service.js';
import { scriptBench, type ScriptBench } from './script-bench.js';

const SCRIPT = buildScript({ functions: [SERVICE, FIND_CLUSTERS], body: 'clusters | say64 clusters' });

/** The machine of the tests may have the real thing; these hosts have not. */
async function found(bench: ScriptBench): Promise<string[][]> {
  const outcome = await bench.run(SCRIPT, { 'command -v pg_lsclusters >/dev/null': 'false' });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return outcome
    .text('clusters')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\x1f'));
}

interface Unit {
  state?: string;
  environment?: string;
  program?: string;
}

function hostWith(units: Record<string, Unit>): ScriptBench {
  const bench = scriptBench();
  bench.program(
    'postgres',
    `case "$*" in --version) echo 'postgres (PostgreSQL) 15.20' ;; *'-C port') cat "$2/port" 2>/dev/null || echo 5433 ;; *'-C unix_socket_directories') echo '/nowhere, ${bench.path('socket')}' ;; *'-C hba_file') echo "$2/own_hba.conf" ;; esac`,
  );
  mkdirSync(bench.path('socket'));
  const answers = Object.entries(units).map(
    ([unit, { environment = '', program = `${bench.programs}/postgres` }]) =>
      `'show -p Environment --value ${unit}') echo '${environment}' ;; 'show -p ExecStart --value ${unit}') echo '{ path=${program} ; argv[]=x }' ;; 'show -p User --value ${unit}') echo root ;;`,
  );
  const list = Object.entries(units).map(([unit, { state = 'enabled' }]) => `${unit} ${state} enabled`);
  bench.program(
    'systemctl',
    `case "$*" in list-unit-files*) echo '${list.join('\n')}' ;; ${answers.join(' ')} esac`,
  );
  return bench;
}

describe('clusters that units of their own run', () => {
  it('are found by their PGDATA, with what their own configuration says', async () => {
    const data = scriptBench().path('data');
    mkdirSync(data);
    writeFileSync(`${data}/postgresql.conf`, '');
    const there = hostWith({ 'postgresql-15.service': { environment: `LANG=C PGDATA=${data}/` } });
    expect(await found(there)).toEqual([
      [
        '15',
        'postgresql-15',
        data,
        data,
        `${data}/own_hba.conf`,
        'root',
        there.programs,
        'postgresql-15.service',
        '5433',
        there.path('socket'),
        'auto',
      ],
    ]);
  });

  it('are found in the middle of a swap by the directory that was moved last', async () => {
    const data = scriptBench().path('data');
    const [last, former] = [`${data}.replaced-0000aaaa`, `${data}.replaced-ffff0000`];
    for (const directory of [last, former]) mkdirSync(directory);
    writeFileSync(`${last}/port`, '5477');
    for (let i = 0; i < 1000 && statSync(last).ctimeMs <= statSync(former).ctimeMs; i += 1) {
      renameSync(last, data); // the clock of the file system ticks every few milliseconds
      renameSync(data, last);
      await new Promise(setImmediate);
    }
    const [cluster] = await found(hostWith({ 'postgresql-15.service': { environment: `PGDATA=${data}` } }));
    expect(cluster?.at(-3)).toBe('5477');
  });

  it.each([
    ['disabled', 'manual'],
    ['masked', 'disabled'],
    ['enabled-runtime', 'auto'],
  ])('that are %s start: %s', async (state, start) => {
    const [cluster] = await found(
      hostWith({ 'postgresql.service': { state, environment: 'PGDATA=/srv/data' } }),
    );
    expect(cluster?.at(-1)).toBe(start);
  });

  it('are no templates, no units without PGDATA, and none whose programs are not there', async () => {
    expect(
      await found(
        hostWith({
          'postgresql@.service': { environment: 'PGDATA=/srv/a' },
          'postgresql.service': {},
          'postgresql-14.service': { environment: 'PGDATA=/srv/b', program: '/gone/postgres' },
        }),
      ),
    ).toEqual([]);
  });

  it('are none where systemd does not run', async () => {
    const bench = hostWith({ 'postgresql-15.service': { environment: 'PGDATA=/srv/data' } });
    bench.withoutSystemd();
    expect(await found(bench)).toEqual([]);
  });
});
