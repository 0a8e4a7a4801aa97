import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { GateState } from '../../../workflows/contract/gates.js';
import type { FakeHosts } from '../support/fake-hosts.js';
import { asIs, blockedBy, usedAs, withFingerprint } from '../support/plans.js';
import { past, Workbench } from '../support/workbench.js';
import { errorOf, Operator } from './operator.js';

let bench: Workbench;
let operators: Operator[] = [];
beforeAll(async () => {
  bench = await Workbench.open();
}, 60_000);
afterEach(async () => {
  for (const operator of operators) await operator.leave();
  operators = [];
});
afterAll(() => bench.close());

const WIPE = 'wipe-follower/follower1';
const APPROVE = `approve --gate ${WIPE} --confirm follower1 --fingerprint 222222222222 --json`;

/** A run of which the follower's card is too old by now. */
async function oldCard(script: (hosts: FakeHosts) => void): Promise<[Operator, GateState]> {
  const alice = new Operator(bench);
  operators.push(alice);
  await bench.start({ cluster: alice.cluster, timings: { cardMaxAgeMs: 2_500 }, script });
  const gate = await alice.gate(WIPE);
  await grownOld(gate);
  return [alice, gate];
}

const grownOld = (gate: GateState): Promise<void> => past(Date.parse(gate.freshUntil ?? ''));

it('an approval without a terminal looks at the hosts first, and goes through where the fingerprint is the same', async () => {
  const [alice] = await oldCard((hosts) => hosts.surveys(asIs));
  const { code, out, err } = await alice.types(APPROVE);
  expect([code, err]).toEqual([0, expect.stringContaining('looking at the hosts again')]);
  expect(JSON.parse(out)).toMatchObject({ decisions: [{ gateId: WIPE, verdict: 'approved' }] });
  expect(alice.hosts.count('surveyAndPlan')).toBe(2);
});

it('it is refused where the fingerprint is another one by now', async () => {
  const [alice, gate] = await oldCard((hosts) => hosts.surveys(asIs, withFingerprint('3')));
  const answer = await alice.types(APPROVE);
  expect([answer.code, errorOf(answer).code]).toEqual([3, 'GATE_CHANGED']);
  expect(errorOf(answer).detail).toBe('The card says 333333333333.');
  expect((await alice.gate(WIPE)).token).not.toBe(gate.token);
  expect((await alice.view()).decisions).toEqual([]);
});

it('it tells what the follower is parked on where that is what the look has found', async () => {
  const [alice] = await oldCard((hosts) => hosts.surveys(asIs, blockedBy('FOLLOWER_HAS_DATA', 'follower1')));
  const answer = await alice.types(APPROVE);
  expect([answer.code, errorOf(answer).code]).toEqual([3, 'NO_OPEN_GATE']);
  expect(errorOf(answer).detail).toContain('Parked: follower1: FOLLOWER_HAS_DATA');
});

it('on a terminal the new card marks what has changed; one that grows old before the name is typed comes again', async () => {
  const idle = { clientSessions: 0, walSenders: 0, walLsn: null };
  const [alice] = await oldCard((hosts) =>
    hosts.surveys(usedAs(idle), usedAs({ ...idle, clientSessions: 3 }), asIs),
  );
  const { code, err } = await alice.types(`approve --gate ${WIPE}`, {
    types: ['follower1', 'follower1'],
    onIo: (io) => {
      const { ask } = io;
      let asked = 0;
      io.ask = async (question) => {
        asked += 1;
        if (asked === 1) await grownOld(await alice.gate(WIPE));
        return ask(question);
      };
    },
  });
  expect(code).toBe(0);
  expect(err).toContain('! client sessions: 0 -> 3');
  expect(err).toContain('the card has grown too old meanwhile');
  expect(err.match(/Asked again/g)).toHaveLength(2);
  expect(err.match(/Type follower1 to approve/g)).toHaveLength(2);
  expect((await alice.view()).decisions).toHaveLength(1);
});
