import { setTimeout as sleep } from 'node:timers/promises';
import { changesOf, JOURNAL, readJournal } from './journal.js';
import type { JournalEntry } from './journal.js';
import { onHost, psql } from './on-host.js';
import type { DemoPlace } from './place.js';
import { operationsOf } from './run-view.js';
import type { RunView } from './run-view.js';

/** What the run has left behind on the hosts, read there. */
export interface OutcomeFacts {
  leader: LeaderFacts;
  followers: Record<string, FollowerFacts>;
}

export interface LeaderFacts {
  name: string;
  changes: string[];
  /** How often systemd has started PostgreSQL since the run began. */
  starts: number;
  /** As psql prints it. */
  runningSince: string;
}

export interface FollowerFacts {
  changes: string[];
  /** How long its old server was away; ms. */
  downtimeMs?: number;
  oldData?: { path: string; bytes: number };
}

export async function gatherFacts(place: DemoPlace, view: RunView, leader: string): Promise<OutcomeFacts> {
  const followers = await Promise.all(
    Object.keys(view.followers).map(async (name) => [name, await followerFacts(place, view, name)] as const),
  );
  return { leader: await leaderFacts(place, view, leader), followers: Object.fromEntries(followers) };
}

async function leaderFacts(place: DemoPlace, view: RunView, name: string): Promise<LeaderFacts> {
  const entries = await journalOf(place, view, name);
  const restarted = entries.some(({ step }) => step === 'restartLeader');
  return {
    name,
    changes: changesOf(entries),
    starts: await startsSince(place, name, view.startedAt, restarted ? 1 : 0),
    runningSince: (
      await psql(place, name, 'postgres', 'SELECT pg_postmaster_start_time()::timestamptz(0)')
    ).trim(),
  };
}

async function followerFacts(place: DemoPlace, view: RunView, name: string): Promise<FollowerFacts> {
  const summary = view.followers[name]?.summary;
  const path = summary?.replacedDirectory;
  return {
    changes: changesOf(await journalOf(place, view, name)),
    ...(summary?.downtimeMs === undefined ? {} : { downtimeMs: summary.downtimeMs }),
    ...(path === undefined ? {} : { oldData: { path, bytes: await sizeOf(place, name, path) } }),
  };
}

const journalOf = async (place: DemoPlace, view: RunView, host: string): Promise<JournalEntry[]> =>
  readJournal(await onHost(place, host, ['cat', JOURNAL]), operationsOf(view));

/** As the survey measures it. */
const sizeOf = async (place: DemoPlace, host: string, path: string): Promise<number> =>
  Number((await onHost(place, host, ['du', '-sx', '--block-size=1', path])).split('\t')[0]);

/** systemd's own message for "start-up of a unit has finished" has this id in every language. */
const STARTED = '39f53479d3a045ac8e11786248231fbf';

const COUNTED_WITHIN_MS = 10_000;

/** systemd counts a start when pg_ctlcluster is through with its own polling, seconds after the server answers. */
async function startsSince(place: DemoPlace, host: string, iso: string, atLeast: number): Promise<number> {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  // journalctl ends with 1 where nothing matches
  const script = `journalctl -q -o json MESSAGE_ID=${STARTED} --since=@${seconds} | grep -c '"UNIT":"postgresql@' || true`;
  const deadline = Date.now() + COUNTED_WITHIN_MS;
  for (;;) {
    const starts = Number((await onHost(place, host, ['bash', '-c', script])).trim());
    if (starts >= atLeast || Date.now() > deadline) return starts;
    await sleep(200);
  }
}
