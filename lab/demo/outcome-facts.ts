import { changesOf, JOURNAL, readJournal } from './journal.js';
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
  return {
    name,
    changes: await changes(place, view, name),
    starts: await startsSince(place, name, view.startedAt),
    runningSince: (
      await psql(place, name, 'postgres', 'SELECT pg_postmaster_start_time()::timestamptz(0)')
    ).trim(),
  };
}

async function followerFacts(place: DemoPlace, view: RunView, name: string): Promise<FollowerFacts> {
  const summary = view.followers[name]?.summary;
  const path = summary?.replacedDirectory;
  return {
    changes: await changes(place, view, name),
    ...(summary?.downtimeMs === undefined ? {} : { downtimeMs: summary.downtimeMs }),
    ...(path === undefined ? {} : { oldData: { path, bytes: await sizeOf(place, name, path) } }),
  };
}

const changes = async (place: DemoPlace, view: RunView, host: string): Promise<string[]> =>
  changesOf(readJournal(await onHost(place, host, ['cat', JOURNAL]), operationsOf(view)));

/** As the survey measures it. */
const sizeOf = async (place: DemoPlace, host: string, path: string): Promise<number> =>
  Number((await onHost(place, host, ['du', '-sx', '--block-size=1', path])).split('\t')[0]);

/** systemd's own message for "start-up of a unit has finished" has this id in every language. */
const STARTED = '39f53479d3a045ac8e11786248231fbf';

async function startsSince(place: DemoPlace, host: string, iso: string): Promise<number> {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  const out = await onHost(place, host, [
    'bash',
    '-c',
    // journalctl ends with 1 where nothing matches
    `journalctl -q -o json MESSAGE_ID=${STARTED} --since=@${seconds} | grep -c '"UNIT":"postgresql@' || true`,
  ]);
  return Number(out.trim());
}
