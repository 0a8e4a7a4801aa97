export { classifyBaseBackupError } from './base-backup-error.js';
export type { BaseBackupError } from './base-backup-error.js';

export interface BaseBackupOptions {
  /** Of the server's own version: the `pg_basebackup` on PATH may be a wrapper for another one. */
  binDirectory: string;
  /** Directory that does not exist yet, or is empty. */
  target: string;
  /** Without a password, see `buildConninfo`. */
  conninfo: string;
  slot: string;
  label: string;
  checkpoint: 'fast' | 'spread';
  maxRateBytesPerSecond?: number;
  /** An empty directory, to which pg_wal becomes a link. */
  walDirectory?: string;
  /** Of each tablespace its location on the leader, and an empty directory here. */
  tablespaces?: readonly (readonly [from: string, to: string])[];
  compress?: 'zstd';
}

/** Before it a leader cannot compress what it sends, and a client can only compress tar files. */
export const COMPRESSING_MAJOR = 15;

/**
 * The command line of the copy, program first. `-R` makes `standby.signal` before the copy counts as
 * complete, so no complete copy can ever start as a second leader. No `-P`: the leader reports progress
 * by itself, and a chatty client dies of SIGPIPE.
 */
export function baseBackupArguments(options: BaseBackupOptions): string[] {
  const argv = [`${options.binDirectory}/pg_basebackup`, '-w', '-D', options.target, '-Fp', '-Xs', '-R'];
  argv.push('-S', options.slot, '-c', options.checkpoint, '-v', `--label=${options.label}`);
  if (options.maxRateBytesPerSecond !== undefined)
    argv.push('-r', `${String(rateInKb(options.maxRateBytesPerSecond))}k`);
  if (options.compress !== undefined) argv.push('-Z', SERVER_SIDE[options.compress]);
  if (options.walDirectory !== undefined) argv.push(`--waldir=${options.walDirectory}`);
  for (const [from, to] of options.tablespaces ?? [])
    argv.push(`--tablespace-mapping=${mapped(from)}=${mapped(to)}`);
  return [...argv, '-d', options.conninfo];
}

/** Level 1: on a slow network the higher ones were no faster, and cost the leader more. */
const SERVER_SIDE = { zstd: 'server-zstd:1' } as const;

/** A path as pg_basebackup reads it there: the equals sign in the middle parts the two. */
const mapped = (path: string): string => path.replaceAll('=', '\\=');

/** pg_basebackup takes 32 kB/s to 1 GB/s. */
const rateInKb = (bytesPerSecond: number): number =>
  Math.min(1_048_576, Math.max(32, Math.floor(bytesPerSecond / 1024)));
