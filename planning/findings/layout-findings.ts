import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import { finding, type Block } from './finding.js';

/** Where the data directory lies, and what that stands against. */
export function layoutFindings({ host, files }: ClusterFacts, block: Block): Finding[] {
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
  if (files.exists && files.isMount)
    found.push(block('DATA_DIRECTORY_MOUNTED', 'its data directory is a mount point'));
  if (files.mountsBelow.length > 0)
    found.push(block('MOUNT_BELOW', `below its data directory is mounted: ${files.mountsBelow.join(', ')}`));
  return found;
}
