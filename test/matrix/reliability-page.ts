export interface Reliability {
  /** Of the run, `2026-11-25`. */
  date: string;
  /** How often the worker was killed in each step that changes something. */
  steps: { id: string; title: string; before: number; after: number }[];
  cancels: { step: string; title: string; finishes: boolean; passed: boolean }[];
  faults: { name: string; step: string; code: string; byItself: boolean; passed: boolean }[];
}

/** docs/reliability.md. */
export const reliabilityPage = ({ date, steps, cancels, faults }: Reliability): string => `# Reliability

What \`npm run matrix\` saw on ${date}, on real hosts of the lab (Debian 12, systemd, PostgreSQL 15). It writes this page.

## The worker killed at every effect

Two whole runs of one follower. In the first the worker was ended by SIGKILL right before every single effect: each script that
changes something on a host, each statement that does. In the second right after every effect, before anybody was told that it was
done. Another worker took over each time. Both runs ended right, and counted on the hosts everything was there exactly once: one base
backup, one job, one slot, one line in pg_hba.conf, one role, one restart of the leader, one directory moved aside. Both are part
of \`npm test\`.

| Step | | Killed before an effect | Killed after one |
|---|---|---:|---:|
${steps.map(stepRow).join('\n')}

In \`npm test\` are also: ten kills each of the worker, of all ssh connections and of the Temporal server at random moments of one copy;
the leader restarted and cut from power, a partition, pg_basebackup killed, a flipped bit, and the follower cut from power in the copy,
before the swap, between its two renames, and in the wipe of a copy in place; the Temporal server killed at a gate, at a park and in the copy,
and its database lost altogether, with the same pg_basebackup going on; the same procedure with its power cuts on hosts without systemd, in
PGDG's layout, with the data on a volume of its own, and with another cluster beside it.

Fifty runs in a row, each with its undo and purge, by one worker (\`npm run bench:soak\`, 2026-11-25): no more descriptors, threads, ssh
sessions, processes, mounts, units, slots, roles, open records or files than after the fifth; the worker's memory the same.

## Faults of hosts

Each in a run of its own, which ended right after the remedy. "Asks": the run parks and says what is wrong, and \`runbook resume\` goes on.
"By itself": it is tried again until the fault is gone, and \`watch\` says why.

| Fault | Strikes before | The run tells | Goes on | |
|---|---|---|---|---|
${faults.map(faultRow).join('\n')}

## Cancelled at each step

Each in a run of its own, cancelled right before the first thing the step changes. Before the swap both hosts were then compared with
what they were before the run: files and their owners, roles, slots, units, databases, the follower's server still the same process. What
only a restart of the leader would take back is said in the result. From the swap on the run goes on to its end.

| Cancelled before | | Then | |
|---|---|---|---|
${cancels.map(cancelRow).join('\n')}
`;

const stepRow = ({ id, title, before, after }: Reliability['steps'][number]): string =>
  `| \`${id}\` | ${title} | ${String(before)} | ${String(after)} |`;

const cancelRow = ({ step, title, finishes, passed }: Reliability['cancels'][number]): string =>
  `| \`${step}\` | ${title} | ${finishes ? 'goes on to its end' : 'all as before'} | ${passed ? 'passed' : 'FAILED'} |`;

function faultRow({ name, step, code, byItself, passed }: Reliability['faults'][number]): string {
  const told = code === '' ? 'nothing' : `\`${code}\``;
  return `| ${name} | \`${step}\` | ${told} | ${byItself ? 'by itself' : 'asks'} | ${passed ? 'passed' : 'FAILED'} |`;
}
