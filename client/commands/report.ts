import { randomUUID } from 'node:crypto';
import { renderReport } from '../../planning/render-report.js';
import { reportWorkflowId, WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import type { ReadReportInput, RunReport } from '../../workflows/contract/report.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { printableDeep } from '../render/printable.js';
import { describeRun } from '../runs.js';
import { resultOf } from '../survey-hosts.js';
import { withTarget } from '../target.js';

/** The report of the cluster's last run, or of the one that is named, from the worker that keeps it. */
export const runReport = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withTarget(options, io, async ({ link, cluster }) => {
    const run = await describeRun(link, cluster);
    const runId = options.run ?? run.runId;
    if (runId === run.runId && run.status === 'RUNNING')
      throw commandFailure('REPORT_NOT_YET', `${cluster}: the run is still open`);
    const input: ReadReportInput = { cluster, runId };
    const handle = await link.client.workflow.start(WORKFLOW_TYPES.readReport, {
      taskQueue: link.taskQueue,
      workflowId: reportWorkflowId(cluster, randomUUID()),
      args: [input],
      staticSummary: `Report of ${cluster}`,
    });
    const report = await resultOf<RunReport>(handle, io);
    if (report === undefined) return EXIT.interrupted;
    const shown = printableDeep(report);
    if (options.json) printJson(io, shown);
    else io.print(renderReport(shown).trimEnd());
    return EXIT.ok;
  });
