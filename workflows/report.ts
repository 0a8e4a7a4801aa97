import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { ReportedHost } from './contract/report.js';
import type { RunState } from './contract/run-state.js';
import type { Run } from './run.js';

/** How long the end of a run waits for its report; ms. */
const REPORT_MS = 20_000;

/** The last thing a run does; `state`: how it ends. It is not held up by it for long, and does not fail with it. */
export async function report(run: Run, state: RunState): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const { config } = run.input;
  const input = { config, workflowId, runId, state, hosts: reportedHosts(run) };
  let over = false;
  await CancellationScope.nonCancellable(async () => {
    run.activities
      .writeReport(input)
      .catch(() => undefined) // the worker's log has why
      .finally(() => {
        over = true;
      });
    await condition(() => over, REPORT_MS);
  });
}

/** Those on which something was written, by this run or by one whose operation it took over. */
function reportedHosts(run: Run): ReportedHost[] {
  const leader = run.plan?.leader?.target;
  const followers = run.followers.flatMap((branch) => {
    const target = run.plan?.followers[branch.name]?.target;
    return target !== undefined && (branch.wrote || target.op.adopted || target.reversal !== undefined)
      ? [target]
      : [];
  });
  if (followers.length === 0 && !run.leader.wrote) return [];
  return [
    ...(leader === undefined
      ? []
      : [
          {
            name: leader.name,
            location: leader.location,
            ops: [leader.op.id, ...followers.map(({ op }) => op.id)],
            ...(leader.settingsFile === undefined ? {} : { settingsFile: leader.settingsFile }),
          },
        ]),
    ...followers.map(({ name, location, op }) => ({ name, location, ops: [op.id] })),
  ];
}
