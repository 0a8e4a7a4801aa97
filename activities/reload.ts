import { stepFailure } from './failures.js';
import type { Host, SqlSession } from './hosts/host.js';

const RELOAD_MS = 10_000;

/**
 * Reloads, and waits until the server has done so. With a faulty pg_hba.conf a reload is silently
 * ignored (and a restart would fail), so the files are checked first.
 */
export async function reloadConfiguration(host: Host, session: SqlSession): Promise<void> {
  await checkHbaFile(host, session);
  const loadTime = async (): Promise<string> =>
    (await session.query<{ at: string }>('select pg_conf_load_time()::text as at'))[0]?.at ?? '';
  const before = await loadTime();
  await session.query('select pg_reload_conf()');
  const deadline = Date.now() + RELOAD_MS;
  while ((await loadTime()) === before) {
    if (Date.now() > deadline)
      throw stepFailure('POSTGRES_ERROR', host.name, 'PostgreSQL did not reload its configuration', {
        hint: 'Look at its log.',
      });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function checkHbaFile(host: Host, session: SqlSession): Promise<void> {
  const errors = await session.query<{ line_number: number; error: string }>(
    // A rule that can never match (hostssl with ssl off) has an error text too, but a type: the server loads it.
    'select line_number, error from pg_hba_file_rules where error is not null and type is null',
  );
  if (errors.length === 0) return;
  throw stepFailure('HBA_FILE_ERRORS', host.name, 'its pg_hba.conf has errors', {
    detail: errors.map(({ line_number: line, error }) => `line ${String(line)}: ${error}`).join('; '),
    hint: 'Correct them, then resume.',
  });
}
