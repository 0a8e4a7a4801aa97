import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CANCEL_POINTS } from '../../lab/support/cancel-points.js';
import { CHANGING_STEPS } from '../../lab/support/changing-steps.js';
import { FAULTS } from '../../lab/support/faults.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/reliability.md'), 'utf8');
const rows = (heading: string): string[][] =>
  (PAGE.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

describe('docs/reliability.md', () => {
  it('has every step that changes something, killed at least once before and after an effect of it', () => {
    const table = rows('The worker killed at every effect');
    expect(table.map(([, id]) => id)).toEqual([...CHANGING_STEPS]);
    for (const [, , , before, after] of table)
      expect([Number(before), Number(after)].every((kills) => kills > 0)).toBe(true);
  });

  it('has every fault of the grid, all of them passed', () => {
    const table = rows('Faults of hosts');
    expect(table.map(([, name]) => name)).toEqual(FAULTS.map(({ name }) => name));
    expect(new Set(table.map((cells) => cells[5]))).toEqual(new Set(['passed']));
  });

  it('has a cancel before every step up to the start, all of them passed', () => {
    const table = rows('Cancelled at each step');
    expect(table.map(([, step]) => step)).toEqual(CANCEL_POINTS.map(({ before }) => before.split('/')[0]));
    expect(new Set(table.map((cells) => cells[4]))).toEqual(new Set(['passed']));
    const steps = [...CHANGING_STEPS];
    expect(table.map(([, step]) => step)).toEqual(steps.slice(0, steps.indexOf('startFollower') + 1));
  });
});
