import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labCommand } from '../lab/lab-exec.js';
import { onHost, Operator, psql } from '../test/lab/support/operator.js';

/**
 * `npm run bench:soak`: whole runs in a row on one lab, with one worker: each sets replication up, undoes it, and
 * purges what the undo has set aside, so that the next one begins as the first did. After each the worker and both
 * hosts are counted; whatever grows from run to run was leaked. SOAK_RUNS says how many (50).
 *
 * What is kept on purpose is told apart: closed records, the journal, originals of edited files and logs of jobs.
 */
const RUNS = Number(process.env['SOAK_RUNS'] ?? 50);
/** The first ones fill caches and load code. */
const WARM_UP = Math.min(5, Math.floor(RUNS / 4));

const directory = mkdtempSync(join(tmpdir(), 'runbook-soak-'));
const home = join(directory, 'lab');
const HOSTS = ['leader', 'follower1'];

/** Of a host, as `name=number` lines. */
const COUNT = `
echo "ssh sessions=$(pgrep -c -f '^sshd: ops' || true)"
echo "processes=$(ls -d /proc/[0-9]* | wc -l)"
echo "units=$(systemctl list-units --all --no-legend 'pg-runbook-*' | wc -l)"
echo "mounts=$(wc -l </proc/self/mounts)"
echo "files=$(find /etc /run /tmp /var/tmp /home /root /var/lib/postgresql -xdev -not -path '/run/log/*' -not -path '/var/lib/postgresql/15/main/*' | wc -l)"
echo "open records=$(grep -L ^closedAt= /var/lib/pg-runbook/op/*/* | wc -l)"
echo "kept files=$(find /var/lib/pg-runbook -type f | wc -l)"
echo "kept bytes=$(du -sb /var/lib/pg-runbook | cut -f1)"
`;

/** Counts by name; bytes for memory. */
type Counts = Record<string, number>;

const lab = async (...args: string[]): Promise<void> => {
  const { code, stderr } = await labCommand(home, args, { cwd: directory });
  if (code !== 0) throw new Error(stderr);
};

let operator: Operator | undefined;
try {
  await lab('up', '--hosts', HOSTS.join(','), '--sample', 'none');
  operator = new Operator(home);
  await operator.server();
  const worker = await operator.worker();
  const seen: Counts[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    const beganAt = Date.now();
    await cycle(operator);
    seen.push(await counts(worker.pid ?? 0));
    const { rss = 0 } = seen.at(-1) ?? {};
    console.error(
      `run ${String(run).padStart(2)} of ${String(RUNS)}: ${((Date.now() - beganAt) / 1000).toFixed(1)} s, worker ${megabytes(rss)}`,
    );
  }
  process.exitCode = print(seen.slice(WARM_UP));
} finally {
  await operator?.close();
  await lab('destroy');
  rmSync(directory, { recursive: true, force: true });
}

async function cycle(op: Operator): Promise<void> {
  await op.startApproved();
  await closed(op);
  for (const reversal of ['undo', 'purge']) {
    await op.cli(reversal);
    await op.approveAll();
    await closed(op);
  }
}

async function closed(op: Operator): Promise<void> {
  await op.cli('wait', '--for', 'closed', '--timeout', '120s');
  const view = await op.view();
  if (view.outcome !== 'done') throw new Error(`it did not end well: ${JSON.stringify(view, null, 1)}`);
}

/** Of the worker's process, and of both hosts. */
async function counts(pid: number): Promise<Counts> {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const found: Counts = {
    rss: field('VmRSS') * 1024,
    'worker: threads': field('Threads'),
    'worker: descriptors': readdirSync(`/proc/${String(pid)}/fd`).length,
  };
  for (const host of HOSTS) {
    const lines = (await onHost(home, host, COUNT)).split('\n');
    for (const line of lines) {
      const [name = '', value] = line.split('=');
      found[`${host}: ${name}`] = Number(value);
    }
  }
  found['leader: slots'] = Number(await psql(home, 'leader', 'select count(*) from pg_replication_slots'));
  found['leader: roles'] = Number(await psql(home, 'leader', 'select count(*) from pg_roles'));
  return found;
}

/** The exit code: 1 where something grew. */
function print(seen: Counts[]): number {
  const [first = {}] = seen;
  const last = seen.at(-1) ?? {};
  let code = 0;
  console.log(`${String(RUNS)} runs with undo and purge; the first ${String(WARM_UP)} are not looked at\n`);
  for (const name of Object.keys(first).filter((one) => one !== 'rss' && !one.includes('kept'))) {
    const grown = (last[name] ?? 0) - (first[name] ?? 0);
    // Some of these come and go by one or two; what is leaked grows with every run.
    const leaked = grown >= Math.max(3, seen.length / 2);
    if (leaked) code = 1;
    line(name, `${String(first[name])} to ${String(last[name])}`, leaked ? 'GROWS' : '');
  }
  const half = Math.floor(seen.length / 2);
  const memory = (part: Counts[]): number => median(part.map(({ rss = 0 }) => rss));
  const ratio = memory(seen.slice(half)) / memory(seen.slice(0, half));
  if (ratio > 1.1) code = 1;
  line('worker: memory, second half / first half', ratio.toFixed(2), 'at most 1.10');
  for (const name of Object.keys(first).filter((one) => one.includes('kept'))) {
    const each = ((last[name] ?? 0) - (first[name] ?? 0)) / Math.max(1, seen.length - 1);
    line(`${name}, each run`, each.toFixed(0), 'records, journal, originals, logs');
  }
  return code;
}

function line(what: string, value: string, remark: string): void {
  console.log(`${what.padEnd(44)}${value.padStart(16)}  ${remark}`.trimEnd());
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(0)} MB`;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
