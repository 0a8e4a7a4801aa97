import { createActivities } from '../activities/create-activities.js';
import { createHostPool } from '../activities/hosts/host-pool.js';
import type { Activities } from '../workflows/contract/activities.js';

/** The one place where the steps meet what they are made of. `close` ends the ssh connections. */
export function assembleActivities(): { activities: Activities; close: () => Promise<void> } {
  const hosts = createHostPool();
  return { activities: createActivities(hosts), close: () => hosts.close() };
}
