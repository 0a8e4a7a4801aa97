import { editFileScript } from '../planning/commands/follower-files.js';
import type { GuardInput } from '../planning/commands/guard.js';
import {
  firstMatch,
  isRunbookLine,
  parseHba,
  withRunbookBlock,
  type HbaLine,
} from '../planning/postgres/hba.js';
import { stepFailure } from './failures.js';
import type { Host, SqlEndpoint } from './hosts/host.js';
import { readTextFile } from './read-text-file.js';
import { checkHbaFile, reloadConfiguration } from './reload.js';
import { runScript } from './run-script.js';

export interface HbaEdit {
  file: string;
  endpoint: SqlEndpoint;
  lines: HbaLine[];
  guard: GuardInput;
  /** What the operation record notes, so that the edit can be taken back. */
  made: Record<string, string>;
}

/**
 * Lets the lines win in pg_hba.conf. Done when each is the first that matches its connection and writing
 * again would give the same bytes; the server then has loaded that very file.
 */
export async function ensureHbaLines(host: Host, edit: HbaEdit): Promise<boolean> {
  const major = Number(edit.endpoint.version);
  await host.sql(edit.endpoint, (session) => checkHbaFile(host, session));
  const { content: former, sha256 } = await readTextFile(host, edit.file);
  const content = withRunbookBlock(former, edit.lines, major);
  for (const line of edit.lines) checkWins(host, content, line, major);
  if (content === former) return ensureLoaded(host, edit);
  await runScript(
    host,
    editFileScript(edit.guard, {
      file: edit.file,
      content,
      expectedSha256: sha256,
      backupName: 'pg_hba.conf',
      made: edit.made,
    }),
  );
  await host.sql(edit.endpoint, (session) => reloadConfiguration(host, session));
  return true;
}

/** A run that was cut off between the edit and the reload finds the file right and the server behind it. */
async function ensureLoaded(host: Host, { endpoint, file }: HbaEdit): Promise<boolean> {
  return host.sql(endpoint, async (session) => {
    const [row] = await session.query<{ stale: boolean }>(
      'select (pg_stat_file($1)).modification > pg_conf_load_time() as stale',
      [file],
    );
    if (row?.stale === true) await reloadConfiguration(host, session);
    return row?.stale === true;
  });
}

/** Any line of our block will do: two followers behind one address may share a line's role. */
function checkWins(host: Host, content: string, line: HbaLine, major: number): void {
  const first = firstMatch(parseHba(content, major), {
    ssl: line.type === 'hostssl',
    database: 'replication',
    role: line.role,
    address: line.address,
  });
  if (first !== undefined && first !== 'unknown-before' && isRunbookLine(content, first, first.comment ?? ''))
    return;
  throw stepFailure(
    'HBA_FILE_ERRORS',
    host.name,
    `no place in pg_hba.conf lets the line for ${line.key} win`,
    {
      detail:
        first === 'unknown-before' || first === undefined
          ? 'A line before it cannot be decided from the file alone.'
          : `Line ${String(first.line)} matches first.`,
      hint: 'Look at the file, then resume.',
    },
  );
}
