import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import type { Block } from './finding.js';

/** Layouts of the data directory that this version does not handle. */
export function layoutFindings({ files }: ClusterFacts, block: Block): Finding[] {
  const found: Finding[] = [];
  if (files.isLink)
    found.push(block('DATA_DIRECTORY_LINKED', `its data directory is a link to ${files.realPath}`));
  if (files.links.some(({ link }) => link !== 'pg_wal'))
    found.push(block('TABLESPACES', 'it has tablespaces'));
  if (files.links.some(({ link }) => link === 'pg_wal'))
    found.push(block('PG_WAL_LINKED', 'its pg_wal is a link'));
  return found;
}
