import type { FollowerTarget, KeptDirectory, LeaderTarget } from '../workflows/contract/target.js';
import { quoteIdentifier } from './postgres/names.js';
import { serviceCommand } from './service.js';
import { shellQuote } from './shell-quote.js';

// What the cards of an undo and a purge show, and the journals hold.

const move = (from: string, to: string): string => `mv -T ${shellQuote(from)} ${shellQuote(to)}`;

const isDataDirectory = ({ link }: KeptDirectory): boolean => link === undefined;

const isLinked = (directory: KeptDirectory): boolean => !isDataDirectory(directory);

const ofKind = (follower: FollowerTarget, kind: KeptDirectory['kind']): KeptDirectory[] =>
  (follower.reversal?.directories ?? []).filter((directory) => directory.kind === kind);

/** The data directory goes first and comes back last. */
export function putBackCommands(follower: FollowerTarget): string[] {
  const [aside, back] = [ofKind(follower, 'displaced'), ofKind(follower, 'replaced')];
  return [
    serviceCommand(follower.location, 'stop'),
    ...[...aside.filter(isDataDirectory), ...aside.filter(isLinked)].map(({ path, keptAs }) =>
      move(path, keptAs),
    ),
    ...[...back.filter(isLinked), ...back.filter(isDataDirectory)].map(({ path, keptAs }) =>
      move(keptAs, path),
    ),
  ];
}

export const hbaRemovalCommands = (file: string, keys: readonly string[]): string[] =>
  keys.map((key) => `${file}: remove the line of ${key}`);

export const startFormerCommands = ({ location }: FollowerTarget): string[] => [
  serviceCommand(location, 'start'),
];

export const dropSlotCommands = (slot: string): string[] => [`SELECT pg_drop_replication_slot('${slot}')`];

export const leaderHbaRemovalCommands = ({ location }: LeaderTarget, key: string): string[] => [
  ...hbaRemovalCommands(location.hbaFile, [key]),
  'SELECT pg_reload_conf()',
];

export const dropRoleCommands = (role: string): string[] => [`DROP ROLE ${quoteIdentifier(role)}`];

export const passfileRemovalCommands = (passfile: string): string[] => [`rm ${passfile}`];

export const purgeCommands = ({ reversal }: FollowerTarget): string[] =>
  (reversal?.directories ?? []).map(({ keptAs }) => `rm -rf --one-file-system ${shellQuote(keptAs)}`);
