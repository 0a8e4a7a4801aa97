import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isProcessAlive } from './file-lock.mjs';

/** How the other commands find the server that `runbook up` or `runbook server` started. */
export interface ServerJson {
  /** host:port of the Temporal frontend. */
  address: string;
  namespace: string;
  /** http://host:port of Temporal's own web UI. */
  uiAddress: string;
  /** The server's own process. */
  pid: number;
  /** Survives the loss of the database: stands in the operation records on the hosts. */
  installationId: string;
}

type Env = Record<string, string | undefined>;

/** Directory of everything that outlives a command: database, logs, server.json. */
export function stateHome(env: Env = process.env): string {
  if (env['RUNBOOK_STATE_HOME']) return env['RUNBOOK_STATE_HOME'];
  const base = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  return join(base, 'pg-replication-runbook');
}

export const serverJsonPath = (home: string): string => join(home, 'server.json');

/** Undefined when no server was started, its process is gone, or the file is not ours. */
export function readServerJson(home: string): ServerJson | undefined {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(serverJsonPath(home), 'utf8'));
  } catch {
    return undefined;
  }
  return isServerJson(content) && isProcessAlive(content.pid) ? content : undefined;
}

/** By rename, so that a reader never meets half a file. */
export function writeServerJson(home: string, server: ServerJson): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const temporary = `${serverJsonPath(home)}.${process.pid}`;
  writeFileSync(temporary, `${JSON.stringify(server, null, 2)}\n`);
  renameSync(temporary, serverJsonPath(home));
}

/** Only if it still describes that server: a newer one may have written its own. */
export function removeServerJson(home: string, pid: number): void {
  try {
    const content: unknown = JSON.parse(readFileSync(serverJsonPath(home), 'utf8'));
    if (isServerJson(content) && content.pid === pid) rmSync(serverJsonPath(home));
  } catch {
    // Nothing there to remove.
  }
}

function isServerJson(value: unknown): value is ServerJson {
  if (typeof value !== 'object' || value === null) return false;
  const { address, namespace, pid, installationId, uiAddress } = value as Record<string, unknown>;
  return (
    typeof address === 'string' &&
    typeof namespace === 'string' &&
    typeof uiAddress === 'string' &&
    Number.isInteger(pid) &&
    typeof installationId === 'string'
  );
}
