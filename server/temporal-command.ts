import { execFile } from 'node:child_process';

/**
 * Temporal's default of one day would lose a run's history before anybody asks what happened last week.
 * @returns whether the server took it
 */
export function keepClosedRuns(program: string, address: string): Promise<boolean> {
  const args = ['operator', 'namespace', 'update', '--namespace', 'default', '--retention', '90d'];
  return temporalCommand(program, address, args);
}

/** Never reads the operator's own Temporal profile, which may name another server, TLS or a key. */
function temporalCommand(program: string, address: string, args: string[]): Promise<boolean> {
  const all = [...args, '--address', address, '--disable-config-file', '--disable-config-env'];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')),
  );
  return new Promise((resolve) => {
    execFile(program, all, { env, timeout: 5_000 }, (error) => {
      resolve(error === null);
    });
  });
}
