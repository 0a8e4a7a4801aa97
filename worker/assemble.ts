import { join } from 'node:path';
import { createActivities } from '../activities/create-activities.js';
import { createHostPool } from '../activities/hosts/host-pool.js';
import { ReportFiles } from '../activities/report-files.js';
import type { Activities } from '../workflows/contract/activities.js';

/** The one place where the steps meet what they are made of. `home`: the worker's own directory. `close` ends the ssh connections. */
export function assembleActivities(home: string): { activities: Activities; close: () => Promise<void> } {
  const hosts = createHostPool();
  return {
    activities: createActivities(hosts, new ReportFiles(join(home, 'reports'))),
    close: () => hosts.close(),
  };
}
