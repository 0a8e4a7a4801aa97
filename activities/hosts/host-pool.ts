import { withSqlSession } from '../postgres/sql-session.js';
import { connectSsh } from '../ssh/connect.js';
import type { SshConnection } from '../ssh/connection.js';
import { runScript } from '../ssh/run.js';
import type { Host, HostAddress, HostPool } from './host.js';

export interface HostPoolOptions {
  /** How long a connection is kept that nobody uses. */
  idleMs?: number;
}

const IDLE_MS = 30_000;

/** Connections are shared by address; a lost one is replaced at the next `use`, a failed attempt is never kept. */
export function createHostPool(options: HostPoolOptions = {}): HostPool {
  const idleMs = options.idleMs ?? IDLE_MS;
  const entries = new Map<string, Entry>();
  let closed = false;

  return {
    async use(address, work) {
      if (closed) throw new Error('the host pool is closed');
      const key = keyOf(address);
      const entry = entries.get(key) ?? openEntry(entries, key, address);
      entry.users += 1;
      clearTimeout(entry.idle);
      try {
        return await work(hostOver(await entry.connection));
      } finally {
        entry.users -= 1;
        if (entry.users === 0 && entries.get(key) === entry) {
          entry.idle = setTimeout(() => void closeEntry(entries, key, entry), idleMs).unref();
        }
      }
    },

    async close() {
      closed = true;
      await Promise.all([...entries].map(([key, entry]) => closeEntry(entries, key, entry)));
    },
  };
}

interface Entry {
  connection: Promise<SshConnection>;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

/** Everything that makes a connection another one; the name too, because messages carry it. */
const keyOf = ({ name, host, sshPort, ssh }: HostAddress): string =>
  JSON.stringify([name, host, sshPort, ssh.user, ssh.identityFile, ssh.knownHosts]);

function openEntry(entries: Map<string, Entry>, key: string, address: HostAddress): Entry {
  const entry: Entry = { connection: connectSsh(address), users: 0, idle: undefined };
  entries.set(key, entry);
  const forget = () => {
    clearTimeout(entry.idle);
    if (entries.get(key) === entry) entries.delete(key);
  };
  // Resolves when the connection ends, rejects when there never was one.
  entry.connection.then((connection) => connection.closed).then(forget, forget);
  return entry;
}

async function closeEntry(entries: Map<string, Entry>, key: string, entry: Entry): Promise<void> {
  clearTimeout(entry.idle);
  if (entries.get(key) === entry) entries.delete(key);
  const connection = await entry.connection.catch(() => undefined);
  await connection?.close();
}

function hostOver(connection: SshConnection): Host {
  return {
    name: connection.name,
    run: (script, options) => runScript(connection, script, options),
    sql: (endpoint, use) => withSqlSession(connection, endpoint, use),
  };
}
