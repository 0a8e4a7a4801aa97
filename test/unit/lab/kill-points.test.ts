import { describe, expect, it } from 'vitest';
import { claimScript } from '../../../planning/commands/follower-files.js';
import { jobStatusScript } from '../../../planning/commands/job.js';
import { createRoleStatement, MARKER_STATEMENT } from '../../../planning/step-commands.js';
import { effectOf } from '../../lab/support/effect-of.js';
import { KillPoints } from '../../lab/support/kill-points.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('what is an effect', () => {
  const guard = {
    dataDirectory: '/data',
    op: { id: '0a1b2c3d', epoch: 1 },
    side: 'follower' as const,
    claimant: { workflowId: 'w', runId: 'r', server: 's', requester: "o'brien" },
    journal: { step: 'ensureSlot', commands: ["SELECT 'x'", 'and more'] },
  };

  it('is every script that writes the journal, by what it writes there', () => {
    expect(effectOf(claimScript(guard))).toBe("ensureSlot; SELECT 'x'; and more");
    const look = { dataDirectory: '/data', op: '0a1b2c3d', directories: ['/data.incoming'], measure: true };
    expect(effectOf(jobStatusScript(look))).toBeUndefined();
  });

  it.each([
    [createRoleStatement('r', 'SCRAM-SHA-256$4096:salt$key:key'), true],
    ['ALTER SYSTEM SET "a" = \'b\'', true],
    [MARKER_STATEMENT, true],
    ['select pg_create_physical_replication_slot($1, true)', true],
    ['select pg_drop_replication_slot($1)', true],
    ['select pg_reload_conf()', true],
    ['\n select slot_type from pg_replication_slots', false],
    ['select pg_advisory_lock(hashtextextended($1, 0))', false],
    ['select pg_conf_load_time()::text as at', false],
  ])('%s: %s', (statement, changes) => {
    const effect = effectOf(statement);
    expect(effect !== undefined).toBe(changes);
    expect(effect ?? '').not.toContain('salt');
  });
});

describe('kill points', () => {
  it('are numbered as they are first met, and held until they are released, once each', async () => {
    const directory = temporaryDirectory();
    const points = new KillPoints(directory);
    points.order('hold after step/f1#2');
    const worker = new KillPoints(directory);
    await worker.meet('after', 'step/f1', 'one');
    await worker.meet('after', 'other/f1', 'two');
    let passed = false;
    const held = worker.meet('after', 'step/f1', 'two').then(() => (passed = true));
    await points.untilReached('after step/f1#2');
    expect(passed).toBe(false);
    points.release('after step/f1#2');
    await held;
    await new KillPoints(directory).meet('after', 'step/f1', 'two');
    expect(points.effects).toEqual([
      ['step/f1#1', 'one'],
      ['other/f1#1', 'two'],
      ['step/f1#2', 'two'],
    ]);
  });

  it('stand at every effect where the order says so', async () => {
    const points = new KillPoints(temporaryDirectory());
    points.order('hold before *');
    const held = points.meet('before', 'step/f1', 'one');
    await points.untilReached('before step/f1#1');
    points.release('before step/f1#1');
    await held;
    await points.meet('after', 'step/f1', 'one');
    expect(points.reached).toEqual(['before step/f1#1']);
  });
});
