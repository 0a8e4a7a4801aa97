import { describe, expect, it } from 'vitest';
import { diagnosisOf } from '../../../../client/diagnosis.js';
import { renderCard } from '../../../../client/render/card.js';
import { renderDiagnosis } from '../../../../client/render/diagnosis.js';
import { renderPlan } from '../../../../client/render/plan.js';
import { ascii } from '../../../../client/render/printable.js';
import { renderProblem } from '../../../../client/render/problem.js';
import { renderRun } from '../../../../client/render/run.js';
import type { Style } from '../../../../client/render/style.js';
import { sampleConfig } from '../../planning/sample-facts.js';
import { madePlan } from '../made-plan.js';
import * as sample from '../sample.js';

process.env['TZ'] = 'UTC';

const STYLES: [string, Style][] = [
  ['80', { width: 80, color: false, unicode: true }],
  ['120', { width: 120, color: false, unicode: true }],
  ['80-ascii', { width: 80, color: false, unicode: false }],
];

const VIEWS = {
  gates: sample.atGates,
  window: sample.atWindow,
  copying: sample.copying,
  held: sample.held,
  retrying: sample.retrying,
  parked: sample.parked,
  done: sample.done,
  'without-worker': sample.withoutWorker,
};

const windows = ({ windows: planned = {} }: typeof sample.windowPlan) => ({ windows: planned });

const TEXTS: [string, (style: Style) => string][] = [
  ['plan', (style) => renderPlan(sample.samplePlan, style)],
  ['doctor', (style) => renderDiagnosis(diagnosisOf(sample.samplePlan, sampleConfig()), style)],
  ['card-leader', (style) => renderCard(sample.leaderGate, sample.samplePlan, style)],
  ['card-follower', (style) => renderCard(sample.followerGate, sample.samplePlan, style)],
  ['card-swap', (style) => renderCard(sample.swapGate, sample.swapPlan, style)],
  ['card-again', (style) => renderCard(sample.askedAgain.gate, sample.askedAgain.plan, style)],
  ['plan-made', (style) => renderPlan(madePlan(), style)],
  ['card-made-leader', (style) => renderCard(sample.leaderGate, madePlan(), style)],
  ['card-made-follower', (style) => renderCard(sample.followerGate, madePlan(), style)],
  ['card-diverged', (style) => renderCard(sample.divergedGate, sample.divergedPlan, style)],
  ['card-repair', (style) => renderCard(sample.repairGate, sample.repairPlan, style)],
  ['plan-window', (style) => renderPlan(sample.windowPlan, style)],
  ['card-window', (style) => renderCard(sample.followerGate, sample.windowPlan, style)],
  [
    'card-swap-window',
    (style) => renderCard(sample.swapGate, { ...sample.swapPlan, ...windows(sample.windowPlan) }, style),
  ],
  ['plan-repair', (style) => renderPlan(sample.repairPlan, style)],
  ...Object.entries(VIEWS).map(([name, view]): [string, (style: Style) => string] => [
    `run-${name}`,
    (style) => renderRun(view, style),
  ]),
  ['show-done', (style) => renderRun(sample.done, style, 'whole')],
];

describe.each(TEXTS)('%s', (name, render) => {
  it.each(STYLES)('at %s columns', async (width, style) => {
    const text = render(style);
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.${width}.txt`);

    if (!style.unicode) expect(text).toMatch(/^[\n\u0020-\u007e]*$/);
    expect(text).not.toContain('\u001b');
    for (const line of text.split('\n')) {
      expect(line.length, line).toBeLessThanOrEqual(style.width);
      if (!name.startsWith('run-')) expect(line, 'trailing blanks').toBe(line.trimEnd());
    }
  });

  it('in colour says the same', () => {
    const [plain, coloured] = [false, true].map((color) => render({ width: 80, color, unicode: true }));
    expect(coloured).toContain('\u001b[');
    // eslint-disable-next-line no-control-regex
    expect(coloured?.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
  });
});

it('a card names what is lost, where it will lie, and what to type', () => {
  const card = renderCard(sample.followerGate, sample.samplePlan, { width: 80, color: false, unicode: true });
  for (const fact of [
    'Taken away   /var/lib/postgresql/15/main (39 MB, on mount /)',
    'Databases    postgres',
    'Moved to     /var/lib/postgresql/15/main.replaced-1f2e3d4c',
    'Fingerprint  1a2b3c4d5e6f',
    'Type         follower1',
    '--confirm follower1 --fingerprint 1a2b3c4d5e6f',
  ]) {
    expect(card).toContain(fact);
  }
});

it('a card of data that nobody else has names what is lost, and asks for more than the name', () => {
  const card = renderCard(sample.divergedGate, sample.divergedPlan, {
    width: 100,
    color: false,
    unicode: true,
  });
  for (const fact of [
    'Databases    orders (4100 MB), postgres (8192 kB)',
    "Lost         it left the leader's history at 0/4000000 on timeline 1",
    'standby reports replicates from it',
    'Type         follower1, then its system identifier 7711223344556677889',
    '--identifier 7711223344556677889',
  ]) {
    expect(card).toContain(fact);
  }
});

it('a card whose databases nobody could list says so, and asks for the path', () => {
  const gate = { ...sample.divergedGate, identifier: '/var/lib/postgresql/15/main' };
  const plan = structuredClone(sample.divergedPlan);
  const destroys = plan.followers['follower1']?.destroys;
  if (destroys === undefined) throw new Error('the sample destroys nothing');
  Object.assign(destroys, { databases: [], unlisted: true });
  const card = renderCard(gate, plan, { width: 100, color: false, unicode: true });
  expect(card).toContain('Databases    not known: its server does not run');
  expect(card).toContain('follower1, then the path of its data directory /var/lib/postgresql/15/main');
});

it('what a host says cannot leave ASCII in LANG=C', () => {
  expect(ascii('größe – 5 µs …')).toBe('gr\\u{f6}\\u{df}e - 5 \\u{b5}s ...');
});

it('a problem has the grammar of PostgreSQL', () => {
  const problem = {
    code: 'SUDO_REFUSED',
    message: 'follower1: no',
    detail: 'one\ntwo',
    hint: 'do it',
  } as const;
  expect(renderProblem(problem, { width: 80, color: false, unicode: true })).toBe(
    'error:   follower1: no [SUDO_REFUSED]\ndetail:  one\n         two\nhint:    do it',
  );
});
