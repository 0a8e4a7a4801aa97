import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { activitiesFor } from './activities.js';
import { DEFAULT_TIMINGS } from './contract/input.js';
import type { ReadReportInput, RunReport } from './contract/report.js';
import { decodeFailure } from './decode-failure.js';

/** Brings a report from the worker that keeps it to whoever asks; neither needs to see the other's disk. */
export async function readReport(input: ReadReportInput): Promise<RunReport> {
  try {
    return await activitiesFor(DEFAULT_TIMINGS).readReport(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const decoded = decodeFailure(error);
    const { code, message } = decoded.problem;
    throw ApplicationFailure.create({ type: code, message, details: [decoded], nonRetryable: true });
  }
}
