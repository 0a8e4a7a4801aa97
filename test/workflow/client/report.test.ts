import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { healthy } from '../support/plans.js';
import { Workbench } from '../support/workbench.js';
import { errorOf, Operator } from './operator.js';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

const operators: Operator[] = [];
afterEach(async () => {
  for (const one of operators.splice(0)) await one.leave();
});
function operator(): Operator {
  const made = new Operator(bench);
  operators.push(made);
  return made;
}

describe('report', () => {
  it('of an open run is not there yet: exit 3', async () => {
    const alice = operator();
    await alice.types('start');
    const answer = await alice.types('report --json');
    expect(answer.code).toBe(3);
    expect(errorOf(answer)).toMatchObject({ code: 'REPORT_NOT_YET' });
  });

  it('of the last run is printed as Markdown, and as JSON', async () => {
    const alice = operator();
    alice.hosts.surveys(healthy);
    expect((await alice.types('start')).code).toBe(0);
    const { code, out } = await alice.types('report');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^# Replication of ${alice.cluster}: nothing-to-do\n`));
    const json = JSON.parse((await alice.types('report --json')).out) as { version: number; runId: string };
    expect(json).toMatchObject({ version: 1, workflowId: `replication/${alice.cluster}` });
    expect((await alice.types(`report --run ${json.runId}`)).out).toBe(out);
  });

  it('that this worker does not keep: exit 6, and where else it may be', async () => {
    const alice = operator();
    alice.hosts.surveys(healthy);
    await alice.types('start');
    const answer = await alice.types('report --run 0000 --json');
    expect(errorOf(answer)).toMatchObject({ code: 'REPORT_NOT_FOUND' });
    expect(answer.code).toBe(6);
  });

  it('without a worker says so: exit 7', async () => {
    const alice = operator();
    alice.hosts.surveys(healthy);
    await alice.types('start');
    const answer = await alice.types('report --json', { deadQueue: true });
    expect(answer.code).toBe(7);
    expect(errorOf(answer)).toMatchObject({ code: 'WORKER_ABSENT' });
  });
});
