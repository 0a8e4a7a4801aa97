import { buildScript } from './script.js';

/** What is free on the file system of the leader's pg_wal, which is a link where it has a disk of its own. Reads only. */
export function walFreeScript(dataDirectory: string): string {
  return buildScript({
    variables: { WAL: `${dataDirectory}/pg_wal` },
    body: `say free "$(df -B1 --output=avail "$(readlink -f "$WAL")" 2>/dev/null | tail -n 1 | tr -d ' ')"`,
  });
}
