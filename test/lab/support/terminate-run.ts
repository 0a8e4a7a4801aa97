import { Client, Connection } from '@temporalio/client';
import { readServerJson } from '../../../server/server-json.js';

/** Ends the run of the lab's cluster as an administrator of Temporal can: nothing of it gets to say good-bye. */
export async function terminateRun(stateHome: string): Promise<void> {
  const connection = await Connection.connect({ address: readServerJson(stateHome)?.address ?? '' });
  try {
    await new Client({ connection }).workflow.getHandle('replication/lab').terminate('the test');
  } finally {
    await connection.close();
  }
}
