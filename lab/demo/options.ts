import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Let the demo approver approve, also on a terminal. */
  approve: boolean;
  /** Size of the leader's sample database, as `lab up --sample` takes it. */
  sample: string;
  help: boolean;
}

export const DEMO_USAGE = `Usage: npm run demo [-- OPTIONS]

Sets up streaming replication between two real hosts on this machine. On a terminal you approve what is
changed; without one a demo approver does. Run again, it finds that there is nothing to do.

  --approve      let the demo approver approve, also on a terminal
  --sample SIZE  size of the leader's sample database (default: 300MB)
  --help         show this

The hosts, the server and everything else lie in $LAB_HOME, default ./.lab. Where LAB_SSH_CONFIG is set (for ssh -F),
hosts, server and worker are there already, as in the containers of docker-compose.yml.`;

/** @throws TypeError of parseArgs for what it does not know */
export function readDemoOptions(argv: string[]): DemoOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      approve: { type: 'boolean', default: false },
      sample: { type: 'string', default: '300MB' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}
