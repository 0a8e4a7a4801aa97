import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fingerprintVariables } from '../../../../planning/commands/fingerprint.js';
import { lookBeforeSwapScript, type OldServerInput } from '../../../../planning/commands/old-server.js';
import { REFUSED } from '../../../../planning/commands/script.js';
import { swapScript } from '../../../../planning/commands/swap.js';
import type { ServerUse } from '../../../../workflows/contract/target.js';
import { program } from '../../postgres/real-postgres.js';
import { startTestCluster } from '../postgres/test-cluster.js';
import type { TestCluster } from '../postgres/test-cluster.js';
import { guardOn, scriptBench, type ScriptBench, type ScriptOutcome } from './script-bench.js';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
}, 30_000);
afterAll(() => cluster.remove());

/** The swap's own questions, put to a real server: only what comes after them is left out. */
async function askedOf(use: Partial<ServerUse>): Promise<ScriptOutcome> {
  const bench = withRealPsql();
  const script = swapScript({
    guard: guardOn(cluster.dataDirectory),
    fingerprint: { BIN: bench.programs },
    approvedFingerprint: '',
    mayBegin: true,
    hasOldDirectory: true,
    replacedDirectory: '/nowhere',
    unit: 'none.service',
    oldServer: await oldServer(use),
  });
  return bench.run(script, { 'guard\nswap\n': 'check_use; say tolerated yes\n' });
}

function withRealPsql(): ScriptBench {
  const bench = scriptBench();
  bench.program('psql', `exec ${program('psql')} "$@"`);
  return bench;
}

/** As on a card that was made right now, with one client. */
async function oldServer(use: Partial<ServerUse>): Promise<OldServerInput> {
  return {
    osUser: 'postgres',
    socketDirectory: `${dirname(cluster.dataDirectory)}/socket's dir`,
    port: cluster.client.port,
    use: { clientSessions: 1, walSenders: 0, walLsn: await flushed(), ...use },
    driftWalBytes: 100_000,
  };
}

async function flushed(): Promise<string> {
  const { rows } = await cluster.client.query<{ lsn: string }>('select pg_current_wal_flush_lsn() as lsn');
  return rows[0]?.lsn ?? '';
}

it('a server that is used as on the card is tolerated, a session of ours not counted', async () => {
  const tolerated = { code: 0, stderr: '', values: { tolerated: 'yes' } };
  expect(await askedOf({})).toMatchObject(tolerated);
  await cluster.client.query("set application_name to 'pg-replication-runbook'");
  expect(await askedOf({ clientSessions: 0 })).toMatchObject(tolerated);
});

it('a client more than on the card is named', async () => {
  await cluster.client.query("set application_name to 'nightly report'");
  const outcome = await askedOf({ clientSessions: 0 });
  expect(outcome).toMatchObject({
    code: REFUSED,
    refused: { code: 'FOLLOWER_IN_USE', detail: 'clients are connected to it: 1, on the card 0' },
  });
  expect(outcome.text('connected')).toBe('tester@postgres from 127.0.0.1 (nightly report)\n');
});

it('WAL written since the card is measured by the server', async () => {
  const walLsn = await flushed();
  await cluster.client.query("create table big as select repeat('x', 100) from generate_series(1, 5000)");
  const outcome = await askedOf({ walLsn });
  expect(outcome.refused).toMatchObject({
    code: 'FOLLOWER_IN_USE',
    detail: expect.stringMatching(/has written \d{6,} bytes of WAL/) as string,
  });
  expect((await askedOf({ walLsn: 'FFFFFF/0' })).refused?.detail).toMatch(/does not go on from/);
  expect((await askedOf({ walLsn: null })).refused?.detail).toMatch(/does not go on from/);
});

it('a look before the swap shows who is there, and whether that is as on the card', async () => {
  const { dataDirectory, client } = cluster;
  await client.query("set application_name to 'nightly report'");
  const bench = withRealPsql();
  const look = async (directory: string, use: Partial<ServerUse>): Promise<ScriptOutcome> =>
    bench.run(lookBeforeSwapScript(directory, fingerprintOf(bench), await oldServer(use)));
  const seen = await look(dataDirectory, {});
  expect(seen).toMatchObject({
    code: 0,
    stderr: '',
    values: { running: 'yes', sessions: '1', senders: '0', lsn: await flushed(), tolerated: 'yes' },
  });
  expect(seen.values.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(seen.text('lines')).toContain(`path=${dataDirectory}\n`);
  expect(seen.text('connected')).toBe('tester@postgres from 127.0.0.1 (nightly report)\n');
  const more = await look(dataDirectory, { clientSessions: 0 });
  expect(more).toMatchObject({ code: 0, values: { sessions: '1', tolerated: 'no' } });
  // Nobody's working directory: no server, whatever answers on the socket.
  const stopped = await look(bench.directory, {});
  expect(stopped).toMatchObject({ code: 0, values: { running: 'no' } });
  expect(stopped.values).not.toHaveProperty('tolerated');
});

const fingerprintOf = (bench: ScriptBench): Record<string, string> =>
  fingerprintVariables({
    dataDirectory: cluster.dataDirectory,
    binDirectory: bench.programs,
    leader: { machineId: 'ab', systemIdentifier: '7', timeline: 1 },
    class: 'fresh',
    mode: 'side-by-side',
  });
