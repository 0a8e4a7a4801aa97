import { setTimeout as sleep } from 'node:timers/promises';
import { DemoEnd, problemText } from './demo-end.js';
import { psql } from './on-host.js';
import type { DemoPlace } from './place.js';

export const SAMPLE_DATABASE = 'shop';

/** The sample's own notes are hashes in base64, which has no blank. */
const FIND = "SELECT id FROM orders WHERE note LIKE 'demo, run %' ORDER BY id DESC LIMIT 1";

export const insertStatement = (runId: string): string =>
  `INSERT INTO orders (customer_id, placed_at, status, total, note)
  VALUES (1, now(), 'placed', 42.00, 'demo, run ${runId.slice(0, 8)}') RETURNING id`;

export const selectStatement = (id: string): string =>
  `SELECT id, placed_at::timestamptz(0), status, total, note FROM orders WHERE id = ${id}`;

const STATE =
  'SELECT pg_is_in_recovery() AS in_recovery, status, slot_name, sender_host FROM pg_stat_wal_receiver';

const ARRIVES_WITHIN_MS = 15_000;

/** The id of the last order a demo placed; undefined when none ever did. */
export async function findRecord(place: DemoPlace, leader: string): Promise<string | undefined> {
  const id = (await psql(place, leader, SAMPLE_DATABASE, FIND)).trim();
  return id === '' ? undefined : id;
}

/** @returns its id */
export async function insertRecord(place: DemoPlace, leader: string, runId: string): Promise<string> {
  const out = await psql(place, leader, SAMPLE_DATABASE, insertStatement(runId));
  return out.split('\n')[0] ?? '';
}

/** Waits for the order on the follower, and returns what psql shows there of it and of the stream. */
export async function readRecord(place: DemoPlace, follower: string, id: string): Promise<string[]> {
  const deadline = Date.now() + ARRIVES_WITHIN_MS;
  while ((await psql(place, follower, SAMPLE_DATABASE, selectStatement(id))).trim() === '') {
    if (Date.now() > deadline)
      throw new DemoEnd(
        5,
        problemText(`${follower}: order ${id} has not arrived within ${ARRIVES_WITHIN_MS / 1000} s`),
      );
    await sleep(100);
  }
  const tables = [
    await psql(place, follower, SAMPLE_DATABASE, selectStatement(id), ['-P', 'footer=off']),
    await psql(place, follower, SAMPLE_DATABASE, STATE, ['-P', 'footer=off']),
  ];
  return tables.flatMap((table) => [...table.trimEnd().split('\n'), '']).slice(0, -1);
}

export async function requireSample(place: DemoPlace, leader: string): Promise<void> {
  const query = `SELECT count(*) FROM pg_database WHERE datname = '${SAMPLE_DATABASE}'`;
  if ((await psql(place, leader, 'postgres', query)).trim() === '1') return;
  throw new DemoEnd(
    2,
    problemText(
      `${leader}: there is no database ${SAMPLE_DATABASE}`,
      'This lab was made without a sample database.',
      `\`${place.words.remove}\`, then \`${place.words.makeHosts}\` makes one that has it.`,
    ),
  );
}
