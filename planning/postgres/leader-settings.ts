import type { SettingChange } from '../../workflows/contract/target.js';
import { parseAddress } from './address.js';

/** One row of pg_settings. */
export interface CurrentSetting {
  /** `setting`: the running value, without a unit (max_slot_wal_keep_size: MB). */
  setting: string;
  /** `context`; `postmaster` needs a restart, the others a reload. */
  context: string;
  /** `boot_val`. */
  boot?: string;
  pendingRestart: boolean;
}

export type CurrentSettings = Record<string, CurrentSetting>;

export interface LeaderNeeds {
  /** What followers connect to; where it is a name, only wildcards and the name itself cover it. */
  address: string;
  /** WAL senders at work now, and how many more are needed: two a copy, one a follower. */
  walSendersInUse: number;
  freeSendersNeeded: number;
  slotsInUse: number;
  freeSlotsNeeded: number;
  /** Set only where the leader has no bound; bytes. */
  slotWalLimitBytes?: number;
}

/** PostgreSQL's default for max_wal_senders and max_replication_slots. */
const DEFAULT_COUNT = 10;

const MB = 1024 * 1024;

/**
 * What must be changed on the leader, in the order of the card; empty when all is right. `from` is the
 * running value and `to` the text for a configuration file. Nothing is ever lowered. Throws when one of
 * the five settings is not in `current`.
 */
export function wantedLeaderSettings(current: CurrentSettings, needs: LeaderNeeds): SettingChange[] {
  const wanted: Record<string, string | undefined> = {
    wal_level: running(current, 'wal_level').setting === 'minimal' ? 'replica' : undefined,
    max_wal_senders: raisedCount(current, 'max_wal_senders', needs.walSendersInUse + needs.freeSendersNeeded),
    max_replication_slots: raisedCount(
      current,
      'max_replication_slots',
      needs.slotsInUse + needs.freeSlotsNeeded,
    ),
    listen_addresses: widenedListenAddresses(running(current, 'listen_addresses').setting, needs.address),
    max_slot_wal_keep_size: slotBound(
      running(current, 'max_slot_wal_keep_size').setting,
      needs.slotWalLimitBytes,
    ),
  };
  return Object.entries(wanted).flatMap(([name, to]) => {
    if (to === undefined) return [];
    const { setting, context } = running(current, name);
    return [{ name, from: setting, to, restart: context === 'postmaster' }];
  });
}

function running(current: CurrentSettings, name: string): CurrentSetting {
  const found = current[name];
  if (found === undefined) throw new Error(`pg_settings has no ${name}`);
  return found;
}

/** A count that is too low goes to the default at least, so that the next follower needs no restart. */
function raisedCount(current: CurrentSettings, name: string, needed: number): string | undefined {
  return Number(running(current, name).setting) >= needed
    ? undefined
    : String(Math.max(needed, DEFAULT_COUNT));
}

function widenedListenAddresses(setting: string, address: string): string | undefined {
  const listed = setting
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (listed.some((entry) => covers(entry, address))) return undefined;
  return listed.length === 0 ? address : `${setting.trim()}, ${address}`;
}

/** `::` takes IPv6 alone: PostgreSQL opens its sockets with IPV6_V6ONLY. */
function covers(entry: string, address: string): boolean {
  if (entry === '*' || entry.toLowerCase() === address.toLowerCase()) return true;
  const wanted = parseAddress(address);
  if (wanted === undefined) return entry === '0.0.0.0' || entry === '::';
  const listed = parseAddress(entry);
  return listed?.family === wanted.family && (listed.value === 0n || listed.value === wanted.value);
}

function slotBound(setting: string, limitBytes: number | undefined): string | undefined {
  if (limitBytes === undefined || setting !== '-1') return undefined;
  return `${String(Math.max(1, Math.ceil(limitBytes / MB)))}MB`;
}

/**
 * Whether the server now runs with the wanted value. `setting` is from pg_settings, so a size comes
 * without the unit that `to` carries.
 */
export const isSettingReached = (change: SettingChange, setting: string): boolean =>
  change.name === 'max_slot_wal_keep_size' ? `${setting}MB` === change.to : setting === change.to;
