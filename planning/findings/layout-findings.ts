import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import type { Block } from './finding.js';

/** Layouts of the data directory that this version does not handle. */
export function layoutFindings({ files }: ClusterFacts, block: Block): Finding[] {
  const found: Finding[] = [];
  if (files.isLink)
    found.push(block('DATA_DIRECTORY_LINKED', `its data directory is a link to ${files.realPath}`));
  if (files.exists && files.isMount)
    found.push(block('DATA_DIRECTORY_MOUNTED', 'its data directory is a mount point'));
  if (files.mountsBelow.length > 0)
    found.push(block('MOUNT_BELOW', `below its data directory is mounted: ${files.mountsBelow.join(', ')}`));
  if (files.links.some(({ link }) => link !== 'pg_wal'))
    found.push(block('TABLESPACES', 'it has tablespaces'));
  if (files.links.some(({ link }) => link === 'pg_wal'))
    found.push(block('PG_WAL_LINKED', 'its pg_wal is a link'));
  return found;
}
