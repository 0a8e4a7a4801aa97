import { reportScript } from '../../planning/commands/report.js';
import { editedFiles, reportOfHost } from '../../planning/report-of-host.js';
import type { HostReport, ReportedHost, ReportInput } from '../../workflows/contract/report.js';
import { followerAddress, leaderAddress } from '../address-of.js';
import { StepFailure } from '../failures.js';
import type { ReportFiles } from '../report-files.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';

/** The whole report must fit into one message of Temporal (2 MB) when it is asked for. */
const ALL_BYTES = 1_200_000;
const HOST_BYTES = 200_000;
/** Of a journal and at most three files, before and after. */
const PARTS = 7;

/** At the end of a run: gathers what it did on the hosts, and keeps it on this worker. Changes nothing anywhere else. */
export async function writeReport(
  { hosts, config, ...rest }: ReportInput,
  context: StepContext,
  files: ReportFiles,
): Promise<{ folder: string }> {
  const limitBytes = Math.floor(Math.min(HOST_BYTES, ALL_BYTES / Math.max(1, hosts.length)) / PARTS);
  const told = await Promise.all(
    hosts.map((host) =>
      reportOn(
        host,
        host.name === config.leader.name ? leaderAddress(config) : followerAddress(config, host.name),
        limitBytes,
        context,
      ),
    ),
  );
  return { folder: files.write({ version: 1, ...rest, hosts: told }) };
}

/** A host that does not answer is no reason to have no report. */
async function reportOn(
  host: ReportedHost,
  address: ReturnType<typeof leaderAddress>,
  limitBytes: number,
  { hosts }: StepContext,
): Promise<HostReport> {
  const script = reportScript({ ops: host.ops, files: editedFiles(host), limitBytes });
  try {
    return reportOfHost(host, await hosts.use(address, (there) => runScript(there, script)));
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    return { name: host.name, commands: [], files: [], gap: error.problem.message };
  }
}
