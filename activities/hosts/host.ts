/**
 * What came of a command on a host. A lost connection is none of these: its outcome is unknown, and
 * `run` throws CONNECTION_LOST, so that nobody mistakes it for a failure of the command.
 */
export type CommandOutcome =
  | { kind: 'exited'; code: number; stdout: string; stderr: string }
  | { kind: 'signalled'; signal: string; stdout: string; stderr: string };

export interface RunOptions {
  /** Ends the wait, not the command: a command on a host is ended through its pid or its unit. */
  signal?: AbortSignal;
}

/** The superuser's SQL session on the host's local socket. */
export interface SqlSession {
  /** One statement; rows as objects. bigint, numeric and pg_lsn arrive as strings. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** Where the server's socket is, and as whom to open it. */
export interface SqlEndpoint {
  socketDirectory: string;
  port: number;
  osUser: string;
  /** Major version, e.g. `15`: some session settings exist only from a version on. */
  version: string;
}

/** One machine, reached by ssh. The only way any step touches it. */
export interface Host {
  /** The name from the configuration; first word of every message about it. */
  readonly name: string;
  /** Runs a POSIX sh script as root (`sudo -n`). The script travels by stdin: nothing of it shows in `ps`. */
  run(script: string, options?: RunOptions): Promise<CommandOutcome>;
  sql<T>(endpoint: SqlEndpoint, use: (session: SqlSession) => Promise<T>): Promise<T>;
}

/** What it takes to reach a host. */
export interface HostAddress {
  name: string;
  host: string;
  sshPort: number;
  ssh: { user: string; identityFile: string; knownHosts: string };
}

/** One ssh connection a host, shared by all steps of the worker and kept while it is used. */
export interface HostPool {
  use<T>(address: HostAddress, work: (host: Host) => Promise<T>): Promise<T>;
  /** Ends every connection; the worker calls it last. */
  close(): Promise<void>;
}
