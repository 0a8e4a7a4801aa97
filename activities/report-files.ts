import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport } from '../planning/render-report.js';
import type { RunReport } from '../workflows/contract/report.js';

/** Where a worker keeps the reports of the runs that ended on it. */
export class ReportFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** One folder a run, `<cluster>/<run id>`; written again it is the same. @returns the folder */
  write(report: RunReport): string {
    const folder = this.#folderOf(report.state.cluster, report.runId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    put(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
    put(join(folder, 'report.md'), renderReport(report));
    return folder;
  }

  /** Undefined where this worker has none. */
  read(cluster: string, runId: string): RunReport | undefined {
    try {
      return JSON.parse(
        readFileSync(join(this.#folderOf(cluster, runId), 'report.json'), 'utf8'),
      ) as RunReport;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #folderOf(cluster: string, runId: string): string {
    const unsafe = [cluster, runId].find((part) => !/^[a-z0-9][a-z0-9-]*$/i.test(part));
    if (unsafe !== undefined) throw new Error(`no folder can be named ${JSON.stringify(unsafe)}`);
    return join(this.#directory, cluster, runId);
  }
}

function put(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
