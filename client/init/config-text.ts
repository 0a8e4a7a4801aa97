import { stringify } from 'yaml';
import { printable } from '../render/printable.js';

export interface DraftHost {
  name: string;
  host: string;
  sshPort: number;
  /** Told behind the host: what it is called in the operator's ssh_config. */
  alias?: string;
}

/** What `runbook init` has found out. Remarks are one line each: what a person has to look at in the file. */
export interface ConfigDraft {
  /** URL of the JSON Schema, for editors. */
  schema?: string;
  cluster: string;
  leader: DraftHost & { address: string };
  followers: DraftHost[];
  ssh: { user: string; identityFile: string; knownHosts: string };
  remarks: { address?: string; ssh: string[] };
}

/** A runbook.yaml with the keys that are needed, what they mean, and the most useful others as comments. */
export function configText({ schema, cluster, leader, followers, ssh, remarks }: ConfigDraft): string {
  return [
    ...(schema === undefined ? [] : [`# yaml-language-server: $schema=${schema}`, '']),
    HEAD,
    'version: 1',
    '',
    '# Names the run, as in `runbook show CLUSTER`. One run at a time per cluster.',
    `cluster: ${scalar(cluster)}`,
    '',
    'leader:',
    `  name: ${scalar(leader.name)} # what is typed at a gate`,
    ...hostKeys(leader, '  '),
    ...(remarks.address === undefined ? [] : [comment(`CHECK: ${remarks.address}`, '  ')]),
    `  address: ${scalar(leader.address)} # the IP address followers connect to`,
    '',
    '# Up to 50. Each has gates of its own.',
    'followers:',
    ...followers.flatMap((follower) => [`  - name: ${scalar(follower.name)}`, ...hostKeys(follower, '    ')]),
    '',
    "# An ordinary user with `sudo -n` on every host. All paths here are the worker's.",
    ...remarks.ssh.map((remark) => comment(`CHECK: ${remark}`, '')),
    'ssh:',
    `  user: ${scalar(ssh.user)}`,
    `  identityFile: ${scalar(ssh.identityFile)} # without a passphrase`,
    `  knownHosts: ${scalar(ssh.knownHosts)} # host keys are always checked`,
    '',
    TAIL,
  ].join('\n');
}

const hostKeys = ({ host, sshPort, alias }: DraftHost, indent: string): string[] => [
  `${indent}host: ${scalar(host)}${alias === undefined ? '' : ` # ${oneLine(alias)} in ~/.ssh/config`}`,
  ...(sshPort === 22 ? [] : [`${indent}sshPort: ${String(sshPort)}`]),
];

/** In quotes where YAML would read the plain text as something else: `no`, `1e3`, `::1`. */
const scalar = (text: string): string => stringify(text, { lineWidth: 0, blockQuote: false }).trimEnd();

const comment = (text: string, indent: string): string => `${indent}# ${oneLine(text)}`;

const oneLine = (text: string): string => printable(text).replaceAll(/\s+/g, ' ').trim();

const HEAD = `# Written by \`runbook init\`. What is not here the runbook asks the hosts themselves.
# docs/runbook.example.yaml of the program shows every key. Unknown keys are errors on purpose.
`;

const TAIL = `replication:
  # Bound for the WAL that the leader keeps for a follower that stays away; set only where it has none.
  # Without a bound such a follower fills the leader's disk.
  slotWalLimit: 20GB
  # One role and one random password per follower, kept in the follower's own password file.
  role: replication
  password: generate
  # off: the copy and the stream travel in clear text.
  tls: require

# copy:
#   concurrency: 1 # copies at the same time
#   maxRate: 80MB # per second; left out: as fast as it goes
#   compress: zstd # by the leader, for slow networks; needs PostgreSQL 15
#   beginWindow: 22:00-06:00 Europe/Berlin # when a copy may begin; left out: at any time

# approval:
#   approvers: [alice, bob] # left out: anybody
#   fourEyes: true # whoever started the run may not approve it
#   swap: window # approved with the plan, but the follower is stopped and replaced only inside of swapWindow
#   swapWindow: 22:00-06:00 Europe/Berlin
`;
