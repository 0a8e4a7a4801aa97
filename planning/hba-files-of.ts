import type { ClusterFacts } from './facts.js';
import type { HbaFiles } from './postgres/hba.js';

/** What the cluster's pg_hba.conf refers to; `undefined` where not all of it could be read. */
export const hbaFilesOf = ({ files, listing }: ClusterFacts): HbaFiles | undefined =>
  files.hbaIncludes === undefined ? undefined : { path: listing.hbaFile, includes: files.hbaIncludes };
