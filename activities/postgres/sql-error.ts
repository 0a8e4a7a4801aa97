import { StepFailure, stepFailure } from '../failures.js';
import { sudoFailure } from '../ssh/script-not-started.js';
import { RelayError } from '../ssh/relay-stream.js';
import type { Problem } from '../../workflows/contract/failure.js';

/** PostgreSQL refused a statement or a login; the session goes on after a statement. */
export class SqlError extends StepFailure {
  override name = 'SqlError';
  /** Five characters, e.g. `42710` (duplicate_object). */
  readonly sqlState: string;

  constructor(problem: Problem, sqlState: string, cause: unknown) {
    super(problem, cause);
    this.sqlState = sqlState;
  }
}

/** The fields of pg's DatabaseError that are used here. */
interface ServerMessage extends Error {
  code: string;
  severity: string;
  detail?: string;
  hint?: string;
}

/** What pg threw for a statement. A fatal message ends the session, and then the outcome is unknown. */
export function statementFailure(host: string, error: unknown, firstLoss: Error | undefined): StepFailure {
  if (isServerMessage(error) && error.severity === 'ERROR') return sqlError(host, error);
  const reason = isServerMessage(error) ? error : (firstLoss ?? error);
  return stepFailure('CONNECTION_LOST', host, 'the connection to PostgreSQL broke', {
    detail: reason instanceof Error ? reason.message : String(reason),
    cause: error,
  });
}

/** Why no session could be opened. `error` is what `connect()` rejected with. */
export function loginFailure(host: string, error: unknown): StepFailure {
  if (error instanceof StepFailure) return error;
  if (error instanceof RelayError) return relayFailure(host, error);
  if (isServerMessage(error)) {
    return NOT_NOW.has(error.code) ? unavailable(host, error) : sqlError(host, error, loginHint(error.code));
  }
  if (error instanceof PasswordAsked) {
    return stepFailure('POSTGRES_ERROR', host, 'PostgreSQL asks for a password on its local socket', {
      detail: 'Peer authentication is expected there for the superuser.',
      hint: PEER_HINT,
    });
  }
  return unavailable(host, error);
}

/** Thrown where pg would ask for a password. */
export class PasswordAsked extends Error {
  override name = 'PasswordAsked';
}

// cannot_connect_now (starting up, shutting down), too_many_connections, admin_shutdown, crash_shutdown
const NOT_NOW = new Set(['57P03', '53300', '57P01', '57P02']);

const PEER_HINT =
  "The host's pg_hba.conf needs a `local` line with `peer` for the superuser, as Debian installs it; reload afterwards.";

const loginHint = (code: string) => (code.startsWith('28') ? PEER_HINT : undefined);

function relayFailure(host: string, error: RelayError): StepFailure {
  if (error.end.kind === 'lost') {
    return stepFailure('CONNECTION_LOST', host, 'the ssh connection broke', {
      detail: error.stderr === '' ? error.message : error.stderr,
      cause: error,
    });
  }
  const sudo = sudoFailure(host, error.stderr);
  if (sudo !== undefined) return sudo;
  if (error.connected || error.stderr.includes('relay: could not connect')) return unavailable(host, error);
  return stepFailure('COMMAND_FAILED', host, 'the host did not start the relay to PostgreSQL', {
    detail: error.message,
    cause: error,
  });
}

const unavailable = (host: string, error: unknown): StepFailure =>
  stepFailure('POSTGRES_UNAVAILABLE', host, 'PostgreSQL takes no connections on its local socket', {
    detail: error instanceof Error ? error.message : String(error),
    hint: 'Start the server, or look into its log.',
    cause: error,
  });

function sqlError(host: string, error: ServerMessage, hint?: string): SqlError {
  const detail = [`SQLSTATE ${error.code}.`, error.detail, error.hint].filter(Boolean).join(' ');
  const problem: Problem = { code: 'POSTGRES_ERROR', host, message: `${host}: ${error.message}`, detail };
  if (hint !== undefined) problem.hint = hint;
  return new SqlError(problem, error.code, error);
}

const isServerMessage = (error: unknown): error is ServerMessage =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string';
