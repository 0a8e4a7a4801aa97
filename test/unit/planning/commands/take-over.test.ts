import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claimScript, closeRecordScript } from '../../../../planning/commands/follower-files.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { takeOverScript } from '../../../../planning/commands/take-over.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

const DATA = '/var/lib/postgresql/15/main';
const THEIRS = { workflowId: 'replication/old', server: 'there', runId: 'run-9' };
const holder = { op: 'a1b2c3d4', workflowId: 'replication/old', server: 'there', requester: 'bob' };
const { claimant } = guardOn(DATA);
const script = takeOverScript({ dataDirectory: DATA, claimant, holder, by: 'alice' });
const theirs = (op: string, change: object = {}) => guardOn(DATA, { op, ...THEIRS, ...change });

async function claimed(): Promise<ScriptBench> {
  const bench = scriptBench();
  await bench.run(claimScript(theirs('a1b2c3d4', { epoch: 3 })));
  await bench.run(claimScript(theirs('b1b2c3d4')));
  return bench;
}

describe('a take-over', () => {
  it('makes all open operations of the holder those of the run, one epoch up', async () => {
    const bench = await claimed();
    expect(await bench.run(script)).toMatchObject({ code: 0, values: { taken: 'a1b2c3d4 b1b2c3d4 ' } });
    expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({
      workflowId: 'replication/orders',
      server: 'here',
      runId: 'taken-over',
      epoch: '4',
      requester: 'alice',
      takenFrom: expect.stringMatching(/^run run-9 of replication\/old on there, by alice at 2/) as string,
    });
    expect(bench.record(DATA, 'b1b2c3d4')).toMatchObject({ workflowId: 'replication/orders', epoch: '2' });
    const journal = readFileSync(join(bench.state, 'journal.jsonl'), 'utf8').trim().split('\n');
    expect(journal.filter((line) => line.includes('"takeOver"'))).toHaveLength(1);
  });

  it('shuts the holder out, and lets the run adopt', async () => {
    const bench = scriptBench();
    await bench.run(claimScript(theirs('a1b2c3d4', { epoch: 3 })));
    await bench.run(script);
    const refused = { code: REFUSED, refused: { code: 'STALE_ATTEMPT' } };
    expect(await bench.run(claimScript(theirs('a1b2c3d4', { epoch: 3 })))).toMatchObject(refused);
    expect(await bench.run(claimScript(guardOn(DATA, { epoch: 5 })))).toMatchObject({ code: 0 });
  });

  it('finds nothing the second time, and changes nothing', async () => {
    const bench = await claimed();
    await bench.run(script);
    const before = [bench.record(DATA, 'a1b2c3d4'), readFileSync(join(bench.state, 'journal.jsonl'), 'utf8')];
    expect(await bench.run(script)).toMatchObject({ code: 0, values: { taken: '' } });
    expect([
      bench.record(DATA, 'a1b2c3d4'),
      readFileSync(join(bench.state, 'journal.jsonl'), 'utf8'),
    ]).toEqual(before);
  });

  it("leaves alone what is closed, and what is another holder's", async () => {
    const bench = await claimed();
    await bench.run(closeRecordScript(theirs('b1b2c3d4')));
    bench.claimed(guardOn(DATA, { op: 'c1b2c3d4', workflowId: 'replication/third' }), {});
    const before = ['b1b2c3d4', 'c1b2c3d4'].map((op) => bench.record(DATA, op));
    expect(await bench.run(script)).toMatchObject({ values: { taken: 'a1b2c3d4 ' } });
    expect(['b1b2c3d4', 'c1b2c3d4'].map((op) => bench.record(DATA, op))).toEqual(before);
  });

  it('that is cut off is ended by the next one', async () => {
    const { effects } = await (await claimed()).runCut(script, 0);
    expect(effects).toBeGreaterThan(2);
    await atEveryCut(effects, async (cut) => {
      const bench = await claimed();
      await bench.runCut(script, cut);
      expect(await bench.run(script)).toMatchObject({ code: 0 });
      for (const op of ['a1b2c3d4', 'b1b2c3d4'])
        expect(bench.record(DATA, op)).toMatchObject({ workflowId: 'replication/orders', server: 'here' });
    });
  });
});
