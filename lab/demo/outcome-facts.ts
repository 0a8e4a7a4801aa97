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
  /** How often PostgreSQL was started since the run began. */
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
  return {
    name,
    changes: changesOf(entries),
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

const LOG_OF_STARTS = '/var/log/postgresql/postgresql-*-main.log';

/** Counted in PostgreSQL's own log, which needs no systemd. */
async function startsSince(place: DemoPlace, name: string, iso: string): Promise<number> {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  const script =
    `grep -h 'LOG:  starting PostgreSQL' ${LOG_OF_STARTS} | cut -d'[' -f1 | while read -r at; do ` +
    `[ "$(date -d "$at" +%s)" -lt ${seconds} ] || echo "$at"; done | wc -l`;
  return Number((await onHost(place, name, ['bash', '-c', script])).trim());
}
