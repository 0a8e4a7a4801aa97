import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepDefinition, type StepId } from '../../workflows/contract/steps.js';
import { CANCEL_POINTS } from '../lab/support/cancel-points.js';
import { FAULTS } from '../lab/support/faults.js';
import { reliabilityPage } from './reliability-page.js';

/** `write-reliability DIRECTORY`: makes docs/reliability.md of what the tests of the matrix have told there. */
const [directory = ''] = process.argv.slice(2);
const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'));
const kills = (moment: string): Partial<Record<StepId, number>> =>
  read(`crash-${moment}.json`) as Partial<Record<StepId, number>>;

const [before, after] = [kills('before'), kills('after')];
const told = (kind: string): { name?: string; before?: string }[] =>
  readdirSync(directory)
    .filter((file) => file.startsWith(`${kind}-`))
    .map((file) => read(file) as { name?: string; before?: string });
const passed = told('fault').map(({ name }) => name);
const cancelled = told('cancel').map(({ before: point }) => point);

writeFileSync(
  join(import.meta.dirname, '../../docs/reliability.md'),
  reliabilityPage({
    date: new Date().toISOString().slice(0, 10),
    steps: (Object.keys(before) as StepId[]).map((id) => ({
      id,
      title: stepDefinition(id).title,
      before: before[id] ?? 0,
      after: after[id] ?? 0,
    })),
    cancels: CANCEL_POINTS.map(({ before: point, finishes }) => {
      const step = (point.split('/')[0] ?? '') as StepId;
      return { step, title: stepDefinition(step).title, finishes, passed: cancelled.includes(point) };
    }),
    faults: FAULTS.map(({ name, before: point, told: says }) => ({
      name,
      step: point.split('/')[0] ?? '',
      code: says?.code ?? '',
      byItself: says === undefined || says.byItself === true,
      passed: passed.includes(name),
    })),
  }),
);
