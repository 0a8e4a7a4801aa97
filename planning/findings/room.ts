const GB = 1024 ** 3;

/** Room for the copy side by side: the data, 5 % for what is written meanwhile, and max(5 % of the disk, 2 GB) of reserve. */
export const bytesNeeded = (databaseBytes: number, fileSystemBytes: number): number =>
  Math.ceil(databaseBytes * 1.05 + Math.max(fileSystemBytes * 0.05, 2 * GB));
