import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import { finding } from './finding.js';

/** Where the data directory lies, and what that stands against. */
export function layoutFindings({ host, files }: ClusterFacts): Finding[] {
  const found: Finding[] = [];
  if (files.isLink)
    found.push(
      finding(
        'info',
        'DATA_DIRECTORY_LINKED',
        host.name,
        `its data directory is a link; what is replaced is ${files.realPath}`,
      ),
    );
  return found;
}
