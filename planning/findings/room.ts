import type { CopyRoom } from '../../workflows/contract/card.js';
import type { FileFacts, Room } from '../facts.js';
import { formatBytes } from '../format.js';

const GB = 1024 ** 3;

/** What a copy leaves free on a file system, in the plan as in the copy job's own guard: the larger of the two. */
export const DISK_RESERVE = { percent: 5, leastBytes: 2 * GB };

/** Room for the copy side by side: the data, 5 % for what is written meanwhile, and max(5 % of the disk, 2 GB) of reserve. */
export const bytesNeeded = (databaseBytes: number, fileSystemBytes: number): number =>
  copyRoom(databaseBytes, fileSystemBytes, 0).neededBytes;

/**
 * The same as a sum that a person can check; `leftBytes`: what the copy leaves free, below zero if it does not fit.
 * `growingBytes`: what the 5 % are of, where that is more than lies there.
 */
export function copyRoom(
  databaseBytes: number,
  fileSystemBytes: number,
  freeBytes: number,
  growingBytes = databaseBytes,
): CopyRoom {
  const growthBytes = Math.ceil(growingBytes * 0.05);
  const { percent, leastBytes } = DISK_RESERVE;
  const reserveBytes = Math.ceil(Math.max((fileSystemBytes * percent) / 100, leastBytes));
  return {
    dataBytes: databaseBytes,
    growthBytes,
    reserveBytes,
    neededBytes: databaseBytes + growthBytes + reserveBytes,
    freeBytes,
    leftBytes: freeBytes - databaseBytes - growthBytes,
  };
}

/** What is free where the data directory lies once its data is gone, and how much of that the wipe frees. */
export function roomInPlace(files: FileFacts): Room & { freedBytes: number } {
  const own = files.ownRoom ?? files;
  const freedBytes = files.exists ? files.sizeBytes : 0;
  return {
    mountPoint: own.mountPoint,
    fileSystemBytes: own.fileSystemBytes,
    fileSystemInodes: own.fileSystemInodes,
    freeBytes: own.freeBytes + freedBytes,
    freeInodes: own.freeInodes + (files.exists ? files.fileCount : 0),
    freedBytes,
  };
}

/** The sum as a person would do it. */
export function bytesNeededBecause({ dataBytes, growthBytes, reserveBytes, neededBytes }: CopyRoom): string {
  return `${formatBytes(dataBytes)} of data + 5 % for what is written meanwhile (${formatBytes(growthBytes)}) + a reserve of ${formatBytes(reserveBytes)} (5 % of the file system, at least 2 GB) = ${formatBytes(neededBytes)}.`;
}

/** Inodes for the copy: as many files as the leader has, a tenth more for what it makes meanwhile, and a reserve. */
export const inodesNeeded = (leaderFiles: number): number => Math.ceil(leaderFiles * 1.1 + 1_000);
