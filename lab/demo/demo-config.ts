import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { DemoPlace } from './place.js';

/** The rate at which the copy of the sample takes about ten seconds: long enough to see its progress. */
export const DEMO_RATE = '30 MB';

/** What the demo adds to the configuration that `lab up` writes. */
export const demoSections = (taskQueue: string): string =>
  `
# Added by the demo.
# A copy within one machine takes two seconds; this slows it down, so that its progress can be seen.
copy: { maxRate: ${DEMO_RATE} }
# A queue of this clone's own: demos of two clones never meet.
temporal: { taskQueue: ${taskQueue} }
`;

/** Completes the file `lab up` has just written. The same text each time: the run knows it by its digest. */
export function completeConfig({ config, taskQueue }: DemoPlace): void {
  const text = readFileSync(config, 'utf8') + demoSections(taskQueue);
  writeFileSync(`${config}.new`, text);
  renameSync(`${config}.new`, config);
}
