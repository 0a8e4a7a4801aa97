import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLock } from './file-lock.mjs';
import { findTemporalBinary } from './find-temporal.mjs';
import type { ServerBinary } from './find-temporal.mjs';
import { freePort, isPortFree } from './free-port.js';
import { waitForFormerServer } from './former-server.js';
import { installationId } from './installation-id.js';
import { removeServerJson, writeServerJson } from './server-json.js';
import { serverAlreadyRuns, ServerStartError, temporalMissing } from './server-start-error.js';
import { startSupervisedChild } from './supervised-child.js';
import type { ChildEnd, SupervisedChild } from './supervised-child.js';
import { keepClosedRuns } from './temporal-command.js';

export interface StartServerOptions {
  /** Directory of database, log, installation id and server.json; made when it is missing. */
  stateHome: string;
  /** The port to try first (default 7233); 0: any free one. */
  port?: number;
  /** One line about what is being done. */
  log: (line: string) => void;
  env?: Record<string, string | undefined>;
}

export interface RunningServer {
  address: string;
  uiAddress: string;
  installationId: string;
  databaseFile: string;
  logFile: string;
  pid: number;
  /** Settles when the server has ended, whether by `stop` or by itself. */
  exited: Promise<ChildEnd>;
  stop(): Promise<void>;
}

const DEFAULT_PORT = 7233;
const READY_WITHIN_MS = 60_000;
const FORMER_ENDS_WITHIN_MS = 20_000;
/** Somebody else may take a port between our look and the server's bind. */
const PORT_ATTEMPTS = 3;

interface Place {
  port: number;
  uiPort: number;
  databaseFile: string;
  logFile: string;
}

/**
 * Starts Temporal's development server on 127.0.0.1 with its database under `stateHome`, and returns
 * when it takes requests. It ends with this process, however this process ends.
 * @throws ServerStartError
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  const binary = findTemporalBinary(options.env ?? process.env);
  if (binary.kind === 'missing') throw temporalMissing(binary.passedOver);
  mkdirSync(options.stateHome, { recursive: true, mode: 0o700 });
  // Two servers on one SQLite file would corrupt each other's runs.
  const lock = tryLock(join(options.stateHome, 'server.lock'));
  if ('heldBy' in lock) throw serverAlreadyRuns(options.stateHome, lock.heldBy);
  try {
    return await startLocked(options, binary, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(
  options: StartServerOptions,
  binary: ServerBinary,
  unlock: () => void,
): Promise<RunningServer> {
  const home = options.stateHome;
  const former = await waitForFormerServer(home, databaseFileOf(home), FORMER_ENDS_WITHIN_MS);
  if (former !== undefined) throw serverAlreadyRuns(home, former);
  const id = installationId(home);
  for (let attempt = 1; ; attempt += 1) {
    const place = await choosePlace(home, attempt === 1 ? (options.port ?? DEFAULT_PORT) : 0);
    const child = await startSupervisedChild(binary.path, serverArguments(binary, place), place.logFile);
    const address = `127.0.0.1:${place.port}`;
    if (await isReady(binary, child, address)) return announce(options, place, child, id, unlock);
    const end = await child.stop();
    if (attempt === PORT_ATTEMPTS) throw notReady(place, end);
    options.log(`The Temporal server did not start on port ${place.port}; trying another one.`);
  }
}

async function choosePlace(home: string, wanted: number): Promise<Place> {
  const files = { databaseFile: databaseFileOf(home), logFile: join(home, 'temporal-server.log') };
  const uiPort = wanted + 1000;
  if (wanted !== 0 && (await isPortFree(wanted)) && (await isPortFree(uiPort))) {
    return { port: wanted, uiPort, ...files };
  }
  return { port: await freePort(), uiPort: await freePort(), ...files };
}

function serverArguments(binary: ServerBinary, place: Place): string[] {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(place.port)];
  args.push('--ui-port', String(place.uiPort), '--db-filename', place.databaseFile);
  args.push('--log-level', 'warn', '--disable-config-file', '--disable-config-env');
  // The page would ask a web server of Temporal's makers for news. Older programs do not know the option.
  const [major = 0, minor = 0] = binary.version.split('.').map(Number);
  if (major > 1 || minor >= 8) args.push('--ui-disable-news-fetch');
  return args;
}

/** False when the server ended, or did not answer in time. */
async function isReady(binary: ServerBinary, child: SupervisedChild, address: string): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let ended = false;
  void child.exited.then(() => (ended = true));
  // Read through a function: TypeScript does not see that the callback changes the variable.
  const hasEnded = (): boolean => ended;
  while (!hasEnded() && Date.now() < deadline) {
    // Setting the retention proves more than a health check: the namespace is there and takes writes.
    if (await keepClosedRuns(binary.path, address)) return !hasEnded();
    await Promise.race([sleep(100), child.exited]);
  }
  return false;
}

function announce(
  options: StartServerOptions,
  place: Place,
  child: SupervisedChild,
  id: string,
  unlock: () => void,
): RunningServer {
  const address = `127.0.0.1:${place.port}`;
  const uiAddress = `http://127.0.0.1:${place.uiPort}`;
  writeServerJson(options.stateHome, {
    address,
    namespace: 'default',
    uiAddress,
    pid: child.pid,
    installationId: id,
  });
  const exited = child.exited.then((end) => {
    removeServerJson(options.stateHome, child.pid);
    unlock();
    return end;
  });
  const stop = async (): Promise<void> => {
    await child.stop();
    await exited;
  };
  return { address, uiAddress, installationId: id, ...filesOf(place), pid: child.pid, exited, stop };
}

const databaseFileOf = (home: string): string => join(home, 'temporal.db');

const filesOf = ({ databaseFile, logFile }: Place) => ({ databaseFile, logFile });

function notReady(place: Place, end: ChildEnd): ServerStartError {
  return new ServerStartError('the Temporal server did not start', {
    detail: `It ended with ${end.signal ?? `code ${String(end.code)}`}. Its log is ${place.logFile}.`,
    hint: 'Read the log. If the database file is damaged, move it away: runs on hosts are recognised by their records there.',
  });
}
