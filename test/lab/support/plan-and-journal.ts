import { Client, Connection } from '@temporalio/client';
import { JOURNAL, readJournal, type JournalEntry } from '../../../lab/demo/journal.js';
import { readServerJson } from '../../../server/server-json.js';
import { planQuery } from '../../../workflows/contract/messages.js';
import type { Plan } from '../../../workflows/contract/plan.js';
import type { Operator } from './operator.js';

/** The plan of the newest run, as approved; a worker must be there to answer. */
export async function planOf({ stateHome }: Operator): Promise<Plan> {
  const connection = await Connection.connect({ address: readServerJson(stateHome)?.address ?? '' });
  try {
    const plan = await new Client({ connection }).workflow.getHandle('replication/lab').query(planQuery);
    if (plan === undefined) throw new Error('the run has no plan');
    return plan;
  } finally {
    await connection.close();
  }
}

/** What the plan says is typed on a host, in order: first the leader's card, then the followers' one by one. */
export const plannedOn = ({ leader, followers }: Plan, host: string): string[] =>
  [...(leader?.steps ?? []), ...Object.values(followers).flatMap(({ steps }) => steps)]
    .filter((step) => step.host === host)
    .flatMap(({ commands }) => commands);

/** What the host itself has noted of the operations of this plan, in the order it happened. */
export async function journalOf(operator: Operator, plan: Plan, host: string): Promise<JournalEntry[]> {
  const targets = [plan.leader, ...Object.values(plan.followers)].flatMap((part) =>
    part === undefined ? [] : [part.target],
  );
  return readJournal(
    await operator.on(host, `cat ${JOURNAL} 2>/dev/null || true`),
    targets.map(({ op }) => op.id),
  );
}

export const commandsOf = (entries: readonly JournalEntry[]): string[] =>
  entries.flatMap(({ commands }) => commands);
