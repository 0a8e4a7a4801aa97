import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  claimScript,
  closeRecordScript,
  readRecordScript,
} from '../../../../planning/commands/follower-files.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { forgetScript } from '../../../../planning/commands/undo.js';
import { atEveryCut, guardOn, readRecord, scriptBench, type ScriptBench } from './script-bench.js';

const DATA = '/var/lib/postgresql/15/main';
const claim = (change: Parameters<typeof guardOn>[1] = {}): string => claimScript(guardOn(DATA, change));
const close = (change: Parameters<typeof guardOn>[1] = {}): string =>
  closeRecordScript(guardOn(DATA, change));
const refusal = (code: string): object => ({ code: REFUSED, refused: { code } });

const recordFile = (bench: ScriptBench, op = 'a1b2c3d4'): string => {
  const [key = ''] = readdirSync(join(bench.state, 'op'));
  return join(bench.state, 'op', key, op);
};

describe('claim', () => {
  it('writes who is at work, readable by root alone, and the journal', async () => {
    const bench = scriptBench();
    expect(await bench.run(claim())).toMatchObject({ code: 0, stderr: '' });
    expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({
      op: 'a1b2c3d4',
      workflowId: 'replication/orders',
      server: 'here',
      requester: 'alice',
      dataDirectory: DATA,
      epoch: '1',
      runId: 'run-1',
      openedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    expect(statSync(bench.state).mode & 0o777).toBe(0o700);
    expect(statSync(recordFile(bench)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(bench.state, 'journal.jsonl'), 'utf8'))).toMatchObject({
      at: expect.stringMatching(/Z$/) as string,
      op: 'a1b2c3d4',
      epoch: 1,
      by: 'alice',
      step: 'ensureSlot',
      commands: ["SELECT 'it''s'"],
    });
  });

  it('keeps a claimant on one line, whatever is in its name', async () => {
    const bench = scriptBench();
    await bench.run(claim({ workflowId: 'replication/x\nepoch=9', server: 'a\r\nb' }));
    expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({
      workflowId: 'replication/x epoch=9',
      server: 'a b',
      epoch: '1',
    });
  });

  it.each([
    ['the same attempt', [claim(), claim()], { code: 0 }],
    ['a lower epoch', [claim({ epoch: 2, runId: 'run-2' }), claim()], refusal('STALE_ATTEMPT')],
    ['a higher epoch', [claim(), claim({ epoch: 2, runId: 'run-2' })], { code: 0 }],
    [
      'the run before, once adopted',
      [claim(), claim({ epoch: 2, runId: 'run-2' }), claim()],
      refusal('STALE_ATTEMPT'),
    ],
    ['another run at the same epoch', [claim(), claim({ runId: 'run-2' })], refusal('STALE_ATTEMPT')],
    [
      'another workflow',
      [claim(), claim({ op: 'ffff0000', workflowId: 'replication/other' })],
      refusal('HOST_CLAIMED'),
    ],
    ['another server', [claim(), claim({ op: 'ffff0000', server: 'there' })], refusal('HOST_CLAIMED')],
    ['another operation of the workflow', [claim(), claim({ op: 'ffff0000' })], { code: 0 }],
    ['a closed operation', [claim(), close(), claim()], refusal('STALE_ATTEMPT')],
    [
      'a closed operation, one epoch up',
      [claim(), close(), claim({ epoch: 2, runId: 'run-2' })],
      { code: 0 },
    ],
    [
      'another workflow, once the first has closed',
      [claim(), close(), claim({ op: 'ffff0000', workflowId: 'replication/other' })],
      { code: 0 },
    ],
    [
      'another workflow, with the first reopened',
      [claim(), close(), claim({ epoch: 2 }), claim({ op: 'ffff0000', workflowId: 'replication/other' })],
      refusal('HOST_CLAIMED'),
    ],
  ])('%s', async (_, scripts, expected) => {
    const bench = scriptBench();
    const outcomes = [];
    for (const script of scripts) outcomes.push(await bench.run(script));
    expect(outcomes.slice(0, -1).map(({ code }) => code)).toEqual(scripts.slice(1).map(() => 0));
    expect(outcomes.at(-1)).toMatchObject(expected);
  });

  it('names the holder', async () => {
    const bench = scriptBench();
    await bench.run(claim());
    const { refused } = await bench.run(claim({ op: 'ffff0000', workflowId: 'replication/other' }));
    expect(refused?.detail).toBe(
      `operation a1b2c3d4 of run replication/orders, started by alice on here, is open on ${DATA}`,
    );
  });

  it('keeps apart what happens on another data directory', async () => {
    const bench = scriptBench();
    await bench.run(claim());
    const other = claimScript(guardOn('/other/main', { op: 'ffff0000', workflowId: 'replication/other' }));
    expect(await bench.run(other)).toMatchObject({ code: 0 });
  });

  it('reopens as one change: a run that is cut off while it adopts goes on', async () => {
    const { effects } = await adoption(0);
    expect(effects).toBeGreaterThan(1);
    await atEveryCut(effects, async (cut) => {
      const { bench } = await adoption(cut);
      expect(await bench.run(claim({ epoch: 2, runId: 'run-2' }))).toMatchObject({ code: 0 });
      const record = bench.record(DATA, 'a1b2c3d4');
      expect(record).toMatchObject({ epoch: '2', runId: 'run-2' });
      expect(record).not.toHaveProperty('closedAt');
    });
  });

  async function adoption(cut: number): Promise<{ bench: ScriptBench; effects: number }> {
    const bench = scriptBench();
    await bench.run(claim());
    await bench.run(close());
    const { effects } = await bench.runCut(claim({ epoch: 2, runId: 'run-2' }), cut);
    return { bench, effects };
  }

  it.each([
    ['the record', (bench: ScriptBench) => `${recordFile(bench)}.tmp`],
    ['the journal', (bench: ScriptBench) => join(bench.state, 'journal.jsonl')],
  ])('goes no further when it cannot write %s', async (_, file) => {
    const bench = scriptBench();
    await bench.run(claim());
    rmSync(file(bench), { force: true });
    mkdirSync(file(bench));
    const script = claimScript(guardOn(DATA), { madeRole: 'replication' });
    const outcome = await bench.run(script.replace('\njournal\n', '\njournal\nsay went on\n'));
    expect(outcome).toMatchObject({ ...refusal('COMMAND_FAILED'), values: {} });
  });
});

describe('the lock', () => {
  it('lets one script at a time through', async () => {
    const bench = scriptBench();
    const counter = bench.path('counter');
    writeFileSync(counter, '0');
    const script = claim().replace(
      '\nguard\n',
      `\nguard\nn=$(cat ${counter}); sleep 0.02; echo $((n + 1)) >${counter}\n`,
    );
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => bench.run(script)));
    expect(outcomes.map(({ code }) => code)).toEqual(outcomes.map(() => 0));
    expect(readFileSync(counter, 'utf8').trim()).toBe('8');
    const lines = readFileSync(join(bench.state, 'journal.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { op: string }).op)).toEqual(
      outcomes.map(() => 'a1b2c3d4'),
    );
  });

  it('is waited for, but not for ever', async () => {
    const bench = scriptBench();
    await bench.run(claim());
    const [key = ''] = readdirSync(join(bench.state, 'lock'));
    const holder = spawn('flock', [join(bench.state, 'lock', key), 'cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    holder.stdin.write('held');
    await once(holder.stdout, 'data');
    try {
      expect(await bench.run(claim(), { 'flock -w 10': 'flock -w 0.1' })).toMatchObject(refusal('HOST_BUSY'));
    } finally {
      holder.stdin.end();
      await once(holder, 'exit');
    }
    expect(await bench.run(claim())).toMatchObject({ code: 0 });
  });
});

describe('the record', () => {
  it('is read by a script as it was written', async () => {
    const bench = scriptBench();
    expect((await bench.run(readRecordScript(DATA, 'a1b2c3d4'))).text('record')).toBe('');
    await bench.run(claim());
    const seen = await bench.run(readRecordScript(DATA, 'a1b2c3d4'));
    expect(readRecord(seen.text('record'))).toEqual(bench.record(DATA, 'a1b2c3d4'));
    expect(seen.text('record')).toBe(readFileSync(recordFile(bench), 'utf8'));
  });
});

describe('notes', () => {
  const made = (value: string): string => claimScript(guardOn(DATA), { madeRole: value });

  it('are made once and forgotten when they no longer hold', async () => {
    const bench = scriptBench();
    await bench.run(made("it's a = role"));
    await bench.run(made('another'));
    expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({ madeRole: "it's a = role", epoch: '1' });
    await bench.run(forgetScript(guardOn(DATA), 'madeRole'));
    const record = bench.record(DATA, 'a1b2c3d4');
    expect(record).not.toHaveProperty('madeRole');
    expect(record).toMatchObject({ epoch: '1', runId: 'run-1' });
  });
});

describe('closing', () => {
  it('says whether it changed anything', async () => {
    const bench = scriptBench();
    expect((await bench.run(close())).values).toEqual({ changed: 'no' });
    await bench.run(claim());
    expect((await bench.run(close())).values).toEqual({ changed: 'yes' });
    const { closedAt } = bench.record(DATA, 'a1b2c3d4');
    expect((await bench.run(close())).values).toEqual({ changed: 'no' });
    expect(bench.record(DATA, 'a1b2c3d4')).toMatchObject({ closedAt });
    expect((await bench.run(close({ epoch: 2, runId: 'run-2' }))).values).toEqual({ changed: 'yes' });
    expect(await bench.run(close())).toMatchObject(refusal('STALE_ATTEMPT'));
  });

  it('leaves no record where there was none', async () => {
    const bench = scriptBench();
    await bench.run(close());
    expect(bench.record(DATA, 'a1b2c3d4')).toEqual({});
  });
});
