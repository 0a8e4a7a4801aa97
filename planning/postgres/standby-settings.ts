/**
 * A standby needs at least the leader's value of these, because its shared memory must hold every
 * transaction and lock the WAL tells of. Lower: before 14 the server stops, from 14 on replay pauses.
 */
export const STANDBY_LIMITS = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
] as const;

export type StandbyLimit = (typeof STANDBY_LIMITS)[number];

type Limits = Record<StandbyLimit, number | string>;

/**
 * What the follower's postgresql.auto.conf must raise, ready for `renderAutoConf`: the leader's value
 * for each limit that the follower's effective configuration has lower, and nothing else.
 */
export function raisedStandbySettings(
  leader: Limits,
  follower: Limits,
): Partial<Record<StandbyLimit, string>> {
  const raised: Partial<Record<StandbyLimit, string>> = {};
  for (const name of STANDBY_LIMITS) {
    const wanted = asNumber(name, leader[name]);
    if (asNumber(name, follower[name]) < wanted) raised[name] = String(wanted);
  }
  return raised;
}

function asNumber(name: string, value: number | string): number {
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number)) throw new Error(`${name} is not a number: ${JSON.stringify(value)}`);
  return number;
}
