import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WORKFLOW_VERSION } from '../../workflows/contract/names.js';
import { REPLAY_SCENARIOS } from './support/replay-scenarios.js';
import { Workbench } from './support/workbench.js';

const KEPT = join(import.meta.dirname, '../replay');
const OF_THIS_VERSION = join(KEPT, `v${String(WORKFLOW_VERSION)}`);
const REMEDY =
  'An open run would be stuck. Raise WORKFLOW_VERSION (workflows/contract/names.ts), then `npm run replay:record`.';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

/** The event's own words, without the names of the machine that recorded it. */
const anonymous = (json: string): string =>
  json.replaceAll(/"identity":\s*"[^"]*"/g, '"identity":"recorder"');

// By `npm run replay:record`.
if (process.env['RECORD_REPLAY'] !== undefined)
  it('keeps a history of each scenario, and none of another version', async () => {
    rmSync(KEPT, { recursive: true, force: true });
    mkdirSync(OF_THIS_VERSION, { recursive: true });
    for (const [name, play] of Object.entries(REPLAY_SCENARIOS)) {
      const run = await play(bench);
      await run.result();
      const json = anonymous(historyToJSON(await run.handle.fetchHistory()));
      writeFileSync(join(OF_THIS_VERSION, `${name}.json.gz`), gzipSync(json, { level: 9 }));
    }
  });

describe('the histories of this version', () => {
  it('are there, one of each scenario', () => {
    const found = readdirSync(OF_THIS_VERSION).sort();
    expect(found, REMEDY).toEqual(
      Object.keys(REPLAY_SCENARIOS)
        .map((name) => `${name}.json.gz`)
        .sort(),
    );
    expect(readdirSync(KEPT)).toEqual([`v${String(WORKFLOW_VERSION)}`]);
  });

  it.each(Object.keys(REPLAY_SCENARIOS))('%s is replayed by the workflows as they are', async (name) => {
    const history: unknown = JSON.parse(
      gunzipSync(readFileSync(join(OF_THIS_VERSION, `${name}.json.gz`))).toString(),
    );
    await expect(
      Worker.runReplayHistory({ workflowBundle: bench.bundle, replayName: name }, history),
      REMEDY,
    ).resolves.toBeUndefined();
  });
});
