import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ReportFiles } from '../../../activities/report-files.js';
import type { RunReport } from '../../../workflows/contract/report.js';
import { initialRunState } from '../../../workflows/contract/reducer.js';
import { makeConfig } from '../../workflow/support/make-plan.js';
import { DEFAULT_TIMINGS } from '../../../workflows/contract/input.js';

const config = makeConfig('orders', ['follower1']);
const state = initialRunState(
  { config, configDigest: 'd', requester: 'rita', server: 's', timings: DEFAULT_TIMINGS },
  '2026-01-01T00:00:00.000Z',
);
const report: RunReport = { version: 1, workflowId: 'replication/orders', runId: '0a-1b', state, hosts: [] };

function place(): string {
  const directory = mkdtempSync(join(tmpdir(), 'runbook-reports-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

it('keeps a report that only its owner reads, and finds it again', () => {
  const files = new ReportFiles(join(place(), 'reports'));
  const folder = files.write(report);
  files.write(report);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const name of ['report.json', 'report.md'])
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, 'report.md'), 'utf8')).toMatch(/^# Replication of orders/);
  expect(files.read('orders', '0a-1b')).toEqual(report);
  expect(files.read('orders', 'other')).toBeUndefined();
});

it.each([
  ['..', 'run'],
  ['orders', '../../etc'],
  ['orders', ''],
])('makes no path of %j and %j', (cluster, runId) => {
  expect(() => new ReportFiles(place()).read(cluster, runId)).toThrow(/no folder/);
});
