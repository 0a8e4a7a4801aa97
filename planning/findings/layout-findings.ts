import type { Finding } from '../../workflows/contract/plan.js';
import type { ClusterFacts } from '../facts.js';
import { blockOn, finding } from './finding.js';

/** Where the data directory lies, and what that stands against. */
export function layoutFindings({ host, files, listing }: ClusterFacts): Finding[] {
  const found: Finding[] = [];
  if (!files.exists && listing.configDirectory === listing.dataDirectory)
    found.push(
      blockOn(host.name)(
        'NO_CLUSTER',
        `its data directory ${listing.dataDirectory} is not there, and the configuration would lie in it`,
        {
          hint: `Make it with initdb first (\`postgresql-${listing.version}-setup initdb\`).`,
        },
      ),
    );
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
