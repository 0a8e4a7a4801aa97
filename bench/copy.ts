import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { labCommand } from '../lab/lab-exec.js';
import { labSshJson } from '../lab/lab-ssh.js';
import { readServerJson } from '../server/server-json.js';
import { CopyWatch } from '../test/lab/support/copy-watch.js';
import { onHost, Operator, psql } from '../test/lab/support/operator.js';
import { until } from '../test/lab/support/until.js';

/**
 * `npm run bench:copy`: the copy of a run beside a bare pg_basebackup on the same hosts, how long the follower's
 * old server is gone, how soon a new worker attaches to a copy, and how many events a run leaves in its history.
 * Makes a lab of its own with 2 GB and destroys it. Compare the ratios: the seconds are this machine's.
 */
const ROUNDS = 3;
const KILLS = 6;
const SAMPLE = '2GB';

const directory = mkdtempSync(join(tmpdir(), 'runbook-bench-'));
const home = join(directory, 'lab');
const lab = async (...args: string[]): Promise<void> => {
  const { code, stderr } = await labCommand(home, args, { cwd: directory });
  if (code !== 0) throw new Error(stderr);
};
const inSeconds = async (host: string, script: string): Promise<number> =>
  Number(await onHost(home, host, script));

try {
  await lab('up', '--hosts', 'leader,follower1', '--sample', SAMPLE);
  const bare: number[] = [];
  const ours: number[] = [];
  const gone: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await lab('reset');
    await listen();
    // Whoever is second finds warm caches, and the other's pages still being written.
    if (round % 2 === 0) bare.push(await bareCopy());
    const run = await oneRun();
    ours.push(run.copySeconds);
    gone.push(run.downtimeMs / 1_000);
    if (round % 2 === 1) bare.push(await bareCopy());
  }
  await lab('reset');
  const killed = await killedRun();
  const size = await psql(
    home,
    'leader',
    'select pg_size_pretty(sum(pg_database_size(oid))) from pg_database',
  );
  print(size, { bare, ours, gone, ...killed });
} finally {
  await lab('destroy');
  rmSync(directory, { recursive: true, force: true });
}

/** The lab's leader listens on its socket alone until a run changes that; the bare copy may come first. */
async function listen(): Promise<void> {
  await psql(home, 'leader', "alter system set listen_addresses = '*'");
  await onHost(home, 'leader', 'systemctl restart postgresql@15-main');
}

/** pg_basebackup as one would type it, with what a run needs of it as well: WAL stream, manifest, final sync. */
async function bareCopy(): Promise<number> {
  const { hosts } = await labSshJson(home);
  const address = (name: string): string => hosts[name]?.address ?? '';
  await psql(home, 'leader', 'create role bare login replication');
  await onHost(
    home,
    'leader',
    `sed -i '1i host replication bare ${address('follower1')}/32 trust' /etc/postgresql/15/main/pg_hba.conf`,
  );
  await psql(home, 'leader', 'select pg_reload_conf()');
  await settle();
  const seconds = await inSeconds(
    'follower1',
    `set -e; cd /; from=$(date +%s.%N)
     setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/pg_basebackup \\
       -w -D /var/lib/postgresql/15/bare -Fp -Xs -R -c fast -d 'host=${address('leader')} user=bare' >&2
     echo "$(date +%s.%N) $from" | awk '{ print $1 - $2 }'`,
  );
  await onHost(home, 'follower1', 'rm -rf /var/lib/postgresql/15/bare');
  await psql(home, 'leader', 'drop role bare');
  return seconds;
}

/** What was written before is on the disks, so that no copy pays for another one. */
async function settle(): Promise<void> {
  for (const host of ['leader', 'follower1']) await onHost(home, host, 'sync');
}

/** From the start of the job's unit to the end of pg_basebackup, by the job's own files. */
async function oneRun(): Promise<{ copySeconds: number; downtimeMs: number }> {
  const operator = new Operator(home);
  try {
    await operator.up();
    await settle();
    await operator.startApproved();
    await operator.ok('wait', '--for', 'closed', '--timeout', '300s');
    const { followers } = await operator.view();
    const copySeconds = await inSeconds(
      'follower1',
      "stat -c %.Y /var/lib/pg-runbook/jobs/*/1/pid /var/lib/pg-runbook/jobs/*/1/copied | xargs | awk '{ print $2 - $1 }'",
    );
    return { copySeconds, downtimeMs: followers.follower1?.summary?.downtimeMs ?? Number.NaN };
  } finally {
    await operator.close();
  }
}

/**
 * A copy that is made to last, its worker killed again and again, right after a heartbeat, which is the worst moment;
 * from each kill to what the next worker has seen of the copy first.
 */
async function killedRun(): Promise<{ reattached: number[]; events: number }> {
  const operator = new Operator(home);
  const watch = new CopyWatch(operator.stateHome, 'follower1');
  try {
    await lab('slow', 'leader', '100mbit');
    await operator.server();
    let worker = await operator.worker();
    await operator.startApproved();
    await until('bytes of the copy', () => Promise.resolve(watch.last?.phase === 'copying'));
    const reattached: number[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      await operator.kill(worker, 'SIGKILL');
      const killedAt = Date.now();
      const { attempt = 0 } = watch.last ?? {};
      worker = await operator.worker();
      await until('a heartbeat', () =>
        Promise.resolve((watch.last?.attempt ?? 0) > attempt && Date.parse(watch.last?.at ?? '') > killedAt),
      );
      reattached.push((Date.parse(watch.last?.at ?? '') - killedAt) / 1_000);
    }
    await lab('slow', 'leader', 'off');
    await operator.ok('wait', '--for', 'closed', '--timeout', '300s');
    return { reattached, events: await historyLength(operator) };
  } finally {
    await watch.stop();
    await operator.close();
  }
}

async function historyLength({ stateHome }: Operator): Promise<number> {
  const connection = await Connection.connect({ address: readServerJson(stateHome)?.address ?? '' });
  try {
    const { events } = await new Client({ connection }).workflow.getHandle('replication/lab').fetchHistory();
    return events?.length ?? Number.NaN;
  } finally {
    await connection.close();
  }
}

interface Measured {
  bare: number[];
  ours: number[];
  gone: number[];
  reattached: number[];
  events: number;
}

function print(size: string, { bare, ours, gone, reattached, events }: Measured): void {
  const line = (what: string, value: string, limit = ''): void =>
    console.log(`${what.padEnd(44)}${value.padStart(10)}  ${limit}`);
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  console.log(`${size}, ${String(ROUNDS)} rounds, medians\n`);
  line('bare pg_basebackup', seconds(median(bare)));
  line('pg_basebackup of a run', seconds(median(ours)));
  line('  times bare', (median(ours) / median(bare)).toFixed(2), 'at most 1.05');
  line('old server gone, longest', seconds(Math.max(...gone)), 'at most 0.8');
  line(
    `attached to after each of ${String(KILLS)} kills, longest`,
    seconds(Math.max(...reattached)),
    'at most 6',
  );
  line('events of history', String(events), 'at most 250');
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
