import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROCESSES } from '../../../../planning/commands/processes.js';
import { buildScript } from '../../../../planning/commands/script.js';
import { SERVICE } from '../../../../planning/commands/service.js';
import { SERVER_ANSWER } from '../../../../planning/commands/start.js';
import { scriptBench } from './script-bench.js';

interface Logs {
  /** Age of a file in the directory's own log, in minutes. */
  own?: number;
  /** Age of Debian's log of the cluster. */
  debians?: number;
}

/** What a failure of a start shows is of that cluster, and of now. */
it.each<[string, Logs, string]>([
  ["Debian's log of the cluster", { debians: 0 }, "debian's"],
  ['its own log where that is newer', { debians: 2, own: 0 }, 'own'],
  ["the unit's output where there is no log", {}, 'unit postgresql@15-main.service'],
  ["the unit's output before its own log", { own: 1 }, 'unit postgresql@15-main.service\nown'],
  [
    "the unit's output, and no log that the copy has brought along",
    { own: 60 },
    'unit postgresql@15-main.service',
  ],
])('%s', async (_, { own, debians }, wanted) => {
  const bench = scriptBench();
  bench.program('journalctl', 'echo "unit $3"');
  const [data, logs] = [bench.path('data'), bench.path('logs')];
  mkdirSync(`${data}/log`, { recursive: true });
  mkdirSync(logs);
  const now = Date.now() / 1000;
  const write = (file: string, text: string, minutes: number | undefined): void => {
    if (minutes === undefined) return;
    writeFileSync(file, `${text}\n`);
    utimesSync(file, now - minutes * 60, now - minutes * 60);
  };
  write(`${data}/log/postgresql.log`, 'own', own);
  write(`${logs}/postgresql-15-main.log`, "debian's", debians);
  write(`${logs}/postgresql-15-other.log`, "the neighbour's", 0);
  const script = buildScript({
    variables: { DATA: data, UNIT: 'postgresql@15-main.service' },
    functions: [PROCESSES, SERVICE, SERVER_ANSWER],
    body: 'newest_log | say64 log',
  });
  const outcome = await bench.run(script, { '/var/log/postgresql/': `${logs}/` });
  expect(outcome.text('log').trim()).toBe(wanted);
});
