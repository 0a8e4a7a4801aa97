import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import type { Block } from './finding.js';

/** Layouts of the data directory that this version does not handle. */
export function layoutFindings({ files }: ClusterFacts, block: Block): Finding[] {
  const found: Finding[] = [];
  if (files.tablespaces.length > 0) found.push(block('TABLESPACES', 'it has tablespaces'));
  if (files.walLinked) found.push(block('PG_WAL_LINKED', 'its pg_wal is a link'));
  return found;
}
