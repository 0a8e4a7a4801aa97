/** How a person, back at the own prompt, gets at what the demo has left running. */
export interface DemoWords {
  /** What the demo itself runs. */
  program: string;
  /** Before a command of the runbook, e.g. `show`. */
  runbook: string;
  /** Before a command that shall run on a host, as root. */
  onHost: (host: string) => string;
  /** Makes hosts that have a sample database, if need be. */
  makeHosts: string;
  again: string;
  remove: string;
  /** Says where the worker's log is. */
  workerLog: string;
}

export const containerWords: DemoWords = {
  program: 'runbook',
  runbook: 'docker compose run --rm cli',
  onHost: (host) => `docker compose exec ${host}`,
  makeHosts: 'docker compose --profile lab up --wait',
  again: 'docker compose run --rm cli demo',
  remove: 'docker compose --profile lab down --volumes',
  workerLog: 'docker compose logs worker',
};
