import { ALL_STEPS, stepDefinition } from '../../workflows/contract/steps.js';
import type { StepId } from '../../workflows/contract/steps.js';

/** One change, as the host itself has noted it: a line of /var/lib/pg-runbook/journal.jsonl. */
export interface JournalEntry {
  op: string;
  step: StepId;
  commands: string[];
}

export const JOURNAL = '/var/lib/pg-runbook/journal.jsonl';

/** The entries of these operations. A line that was cut by a power failure is passed over. */
export const readJournal = (text: string, operations: readonly string[]): JournalEntry[] =>
  text
    .split('\n')
    .flatMap(parseLine)
    .filter(({ op }) => operations.includes(op));

function parseLine(line: string): JournalEntry[] {
  try {
    const entry = JSON.parse(line) as JournalEntry;
    return ALL_STEPS.some(({ id }) => id === entry.step) && Array.isArray(entry.commands) ? [entry] : [];
  } catch {
    return [];
  }
}

/** What was changed on a host, a line each; our own book-keeping is none of it. */
export const changesOf = (entries: readonly JournalEntry[]): string[] => [
  ...new Set(
    entries
      .filter(
        ({ step }) => step !== 'closeOperation' && step !== 'restartLeader' && step !== 'verifyStreaming',
      )
      .filter(
        // What the leader writes for it is no change of the leader.
        ({ step, commands }) =>
          step !== 'rehearseFollower' || !commands.every((one) => one.startsWith('SELECT')),
      )
      .flatMap((entry) => describe(entry)),
  ),
];

function describe({ step, commands }: JournalEntry): string[] {
  const own = commands.filter((command) => !command.startsWith('SELECT pg_reload_conf'));
  const found = own.flatMap((command) => DESCRIBED[step]?.(command) ?? []);
  const { title, changes } = stepDefinition(step);
  return found.length > 0 ? found : [changes ?? title];
}

type Describe = (command: string) => string | undefined;

const lineInFile: Describe = (command) => {
  const file = /^(\/\S+):( |$)/.exec(command)?.[1];
  return file === undefined ? undefined : `a line in ${file}`;
};

const DESCRIBED: Partial<Record<StepId, Describe>> = {
  ensureCredentials: (command) => {
    const role = /^CREATE ROLE "([^"]+)"/.exec(command)?.[1];
    const file = /^write (\/\S+)/.exec(command)?.[1];
    return role === undefined ? file && `password file ${file}` : `role ${role}`;
  },
  ensureLeaderSettings: (command) => /^\/\S+: (.+)$/.exec(command)?.[1] ?? command,
  ensureLeaderHbaRule: lineInFile,
  prepareSwitchover: lineInFile,
  ensureSlot: (command) => {
    const slot = /'([^']+)'/.exec(command)?.[1];
    return slot && `replication slot ${slot}`;
  },
  takeBaseBackup: () => "copied the leader's data beside its own",
  configureFollower: (command) => {
    const setting = /^\/\S+: (\w+) = /.exec(command)?.[1];
    return setting && `${setting} in postgresql.auto.conf of the copy`;
  },
  swapDataDirectory: (command) =>
    /^(systemctl|pg_ctlcluster) /.test(command) ? 'stopped its old server' : 'moved the directories',
  rehearseFollower: () => 'rehearsed the copy beside the old server',
  startFollower: () => 'started PostgreSQL on the copy',
};
