import { formatBytes } from '../format.js';

const GB = 1024 ** 3;

const reserve = (fileSystemBytes: number): number => Math.max(fileSystemBytes * 0.05, 2 * GB);

/** Room for the copy side by side: the data, 5 % for what is written meanwhile, and max(5 % of the disk, 2 GB) of reserve. */
export const bytesNeeded = (databaseBytes: number, fileSystemBytes: number): number =>
  Math.ceil(databaseBytes * 1.05 + reserve(fileSystemBytes));

/** The sum as a person would do it. */
export const bytesNeededBecause = (databaseBytes: number, fileSystemBytes: number): string =>
  `${formatBytes(databaseBytes)} of data + 5 % for what is written meanwhile (${formatBytes(databaseBytes * 0.05)}) + a reserve of ${formatBytes(reserve(fileSystemBytes))} (5 % of the file system, at least 2 GB) = ${formatBytes(bytesNeeded(databaseBytes, fileSystemBytes))}.`;

/** Inodes for the copy: as many files as the leader has, a tenth more for what it makes meanwhile, and a reserve. */
export const inodesNeeded = (leaderFiles: number): number => Math.ceil(leaderFiles * 1.1 + 1_000);
