import type { ReadReportInput, RunReport } from '../../workflows/contract/report.js';
import { stepFailure } from '../failures.js';
import type { ReportFiles } from '../report-files.js';
import type { StepContext } from '../step.js';

/** A report that this worker keeps. */
export function readReport(
  { cluster, runId }: ReadReportInput,
  _: StepContext,
  files: ReportFiles,
): Promise<RunReport> {
  const report = files.read(cluster, runId);
  if (report === undefined)
    return Promise.reject(
      stepFailure('REPORT_NOT_FOUND', undefined, `${cluster}: this worker has no report of run ${runId}`),
    );
  return Promise.resolve(report);
}
