import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toldOf } from '../../../../client/render/evidence.js';
import { renderRun } from '../../../../client/render/run.js';
import * as sample from '../sample.js';

const style = { width: 80, color: false, unicode: true };
const COLUMN = 37;
const room = fc.integer({ min: 20, max: 40 });
const text = fc
  .array(
    fc.string({ minLength: 1, maxLength: 60 }).filter((word) => /^\S+$/.test(word)),
    { maxLength: 20 },
  )
  .map((words) => words.join(' '));

describe('evidence of a step', () => {
  it('is whole: no word is lost or cut', () => {
    fc.assert(
      fc.property(text, room, (evidence, width) => {
        const { beside, below } = toldOf(evidence, COLUMN, width, 'whole', style);
        expect([beside, ...below].join(' ').split(/\s+/).filter(Boolean)).toEqual(
          evidence.split(' ').filter(Boolean),
        );
        expect(beside.length).toBeLessThanOrEqual(width);
        for (const line of below) expect(line.length).toBeLessThanOrEqual(style.width);
      }),
    );
  });

  it('is one line in a live view, whatever it is', () => {
    fc.assert(
      fc.property(text, room, (evidence, width) => {
        const { beside, below } = toldOf(evidence, COLUMN, width, 'line', style);
        expect(beside.length).toBeLessThanOrEqual(width);
        expect(below).toEqual([]);
      }),
    );
  });

  it('with a path longer than its column stands below, in one piece', () => {
    const path = '/var/lib/postgresql/.pg-runbook/orders-follower1.pgpass';
    expect(toldOf(`${path} written; role created`, COLUMN, 35, 'whole', style)).toEqual({
      beside: '',
      below: [`      ${path} written; role`, '      created'],
    });
  });
});

it('a heading says how a run ended in words', () => {
  const view = { ...sample.done, outcome: 'nothing-to-do' as const };
  const [heading] = renderRun(view, style).split('\n');
  expect(heading).toMatch(/^orders: nothing to do {2}/);
  expect(renderRun(view, style)).not.toContain('nothing-to-do');
});
