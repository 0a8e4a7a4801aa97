import { editFileScript } from '../planning/commands/follower-files.js';
import type { GuardInput } from '../planning/commands/guard.js';
import {
  firstMatch,
  isRunbookLine,
  parseHba,
  withRunbookBlock,
  type HbaFiles,
  type HbaLine,
} from '../planning/postgres/hba.js';
import { stepFailure } from './failures.js';
import type { Host, SqlEndpoint, SqlSession } from './hosts/host.js';
import { readHbaIncludes } from './read-hba-includes.js';
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
 * Lets the lines win in pg_hba.conf. Done when each is the first that matches its connection, in this file
 * and all it refers to, and writing again would give the same bytes; the server then has loaded that very
 * file.
 */
export async function ensureHbaLines(host: Host, edit: HbaEdit): Promise<boolean> {
  const { former, sha256, content, files } = await lookAtHba(host, edit);
  if (content === former) return ensureLoaded(host, edit, files);
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
  // An included file may have been changed meanwhile: only what is seen now counts.
  await lookAtHba(host, edit);
  return true;
}

interface SeenHba {
  former: string;
  sha256: string;
  /** What the file must be; the lines win in it. */
  content: string;
  files: HbaFiles | undefined;
}

async function lookAtHba(host: Host, { endpoint, file, lines }: HbaEdit): Promise<SeenHba> {
  const major = Number(endpoint.version);
  const path = await host.sql(endpoint, async (session) => {
    await checkHbaFile(host, session);
    return configuredPath(session);
  });
  const { content: former, sha256 } = await readTextFile(host, file);
  const includes = await readHbaIncludes(host, { path, text: former, majorVersion: major });
  const files = includes === undefined ? undefined : { path, includes };
  const content = withRunbookBlock(former, lines, major, files);
  for (const line of lines) checkWins(host, content, line, major, files);
  return { former, sha256, content, files };
}

/** Not the real path: names within the file are relative to the directory of the configured one. */
const configuredPath = async (session: SqlSession): Promise<string> =>
  (await session.query<{ path: string }>("select current_setting('hba_file') as path"))[0]?.path ?? '';

/** A run that was cut off between the edit and the reload finds the files right and the server behind them. */
async function ensureLoaded(
  host: Host,
  { endpoint, file }: HbaEdit,
  files: HbaFiles | undefined,
): Promise<boolean> {
  return host.sql(endpoint, async (session) => {
    const [row] = await session.query<{ stale: boolean }>(
      'select coalesce(bool_or((pg_stat_file(path, true)).modification > pg_conf_load_time()), false) as stale from unnest($1::text[]) path',
      [[file, ...Object.keys(files?.includes ?? {})]],
    );
    if (row?.stale === true) await reloadConfiguration(host, session);
    return row?.stale === true;
  });
}

/** Any line of our block will do: two followers behind one address may share a line's role. */
function checkWins(
  host: Host,
  content: string,
  line: HbaLine,
  major: number,
  files: HbaFiles | undefined,
): void {
  const parsed = parseHba(content, major, files);
  for (const ssl of line.type === 'hostssl' ? [true] : [true, false]) {
    const { role, address } = line;
    const first = firstMatch(parsed, { ssl, database: 'replication', role, address });
    if (typeof first === 'object' && isRunbookLine(content, first, first.comment ?? '')) continue;
    throw stepFailure(
      'HBA_FILE_ERRORS',
      host.name,
      `no place in pg_hba.conf lets the line for ${line.key} win`,
      {
        detail:
          typeof first === 'object'
            ? `Line ${String(first.line)}${first.file === undefined ? '' : ` of ${first.file}`} matches first.`
            : 'A line before it cannot be decided from the file alone.',
        hint: 'Look at the file, then resume.',
      },
    );
  }
}
