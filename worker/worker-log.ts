import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger, LogEntry } from '@temporalio/worker';
import { destination, pino } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';

export interface WorkerLogOptions {
  /** Absent: stderr. */
  file?: string;
  level?: 'debug' | 'info' | 'warn' | 'error';
}

/** JSON, one line an event. */
export function createWorkerLog({ file, level = 'warn' }: WorkerLogOptions): Pino {
  const stream: DestinationStream =
    file === undefined
      ? destination({ dest: 2, sync: true })
      : destination({ dest: file, sync: true, mkdir: true, mode: 0o600 });
  return pino({ level, base: null }, stream);
}

/**
 * To be called once, before any connection or worker is made. Signals stay ours: `up` has to end the
 * worker before the server.
 */
export function installRuntime(log: Pino): void {
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } },
    shutdownSignals: [],
  });
}

/**
 * The SDK's own logger prints whole error objects, and the task token: whoever has it may complete the
 * activity in our place.
 */
export function temporalLogger(log: Pino): Logger {
  return new DefaultLogger('TRACE', ({ level, message, meta }: LogEntry) => {
    log[PINO_LEVELS[level]](plain(meta ?? {}), message);
  });
}

const PINO_LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

function plain(meta: Record<string | symbol, unknown>): Record<string, unknown> {
  const kept = Object.entries(meta).filter(([key]) => key !== 'taskToken' && key !== 'timestampNanos');
  return Object.fromEntries(kept.map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, ...(isUnexpected(value) && { stack: value.stack }) };
}

/** An ApplicationFailure is a step's answer about a host; where it was thrown helps nobody. */
const isUnexpected = (error: Error): boolean => error.name !== 'ApplicationFailure';
