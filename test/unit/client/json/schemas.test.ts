import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseDuration } from '../../../../client/config/duration.js';
import type { Identical } from '../../../../client/json/plan-document.js';
import { schemaFiles } from '../../../../client/json/schema-files.js';
import { demoSections } from '../../../../lab/demo/demo-config.js';
import { parseBytes } from '../../../../planning/format.js';
import { samplePlan } from '../sample.js';

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0];

const EXAMPLE = 'docs/runbook.example.yaml';
const schemaOf = (path: string): JsonSchema => JSON.parse(readFileSync(path, 'utf8')) as JsonSchema;
/** What the file itself takes, not the code it was made from. */
const checker = (path: string) => z.fromJSONSchema(schemaOf(path));

it.each(schemaFiles('.'))('$path is what the code says (else: npm run docs:schemas)', ({ path, content }) => {
  expect(readFileSync(path, 'utf8')).toBe(content);
});

describe('docs/runbook.schema.json', () => {
  const config = checker('docs/runbook.schema.json');
  const example = (): Record<string, object> =>
    parse(readFileSync(EXAMPLE, 'utf8')) as Record<string, object>;

  /** The very text `lab up` writes; its functions need no root. */
  const labConfig = execFileSync(
    'bash',
    [
      '-c',
      `source lab/lib/ssh.sh; source lab/lib/runbook-yaml.sh
       LAB_HOME=/srv/lab; address_of() { echo 10.77.0.11; }; host_names() { echo leader follower1 follower2; }
       runbook_yaml`,
    ],
    { encoding: 'utf8' },
  );

  it('takes the example, and the configuration of the lab and the demo', () => {
    expect(config.safeParse(example()).error).toBeUndefined();
    expect(labConfig).toContain('cluster: lab');
    expect(config.safeParse(parse(labConfig)).error).toBeUndefined();
    expect(config.safeParse(parse(labConfig + demoSections('queue'))).error).toBeUndefined();
  });

  it.each<[string, (yaml: Record<string, object>) => object]>([
    ['a misspelt key', ({ ssh, ...rest }) => ({ ...rest, shs: ssh })],
    ['a misspelt setting', (yaml) => ({ ...yaml, approval: { foureyes: true } })],
    ['a size without a unit', (yaml) => ({ ...yaml, replication: { slotWalLimit: 20 } })],
    ['a time without a unit', (yaml) => ({ ...yaml, approval: { validFor: '24' } })],
    ['a name with capitals', (yaml) => ({ ...yaml, cluster: 'Orders' })],
    ['no followers', (yaml) => ({ ...yaml, followers: [] })],
  ])('refuses %s', (_what, change) => {
    expect(config.safeParse(change(example())).success).toBe(false);
  });

  it('is named by the example, by a path that leads there', () => {
    const [line = ''] = readFileSync(EXAMPLE, 'utf8').split('\n');
    expect(line).toBe('# yaml-language-server: $schema=./runbook.schema.json');
  });

  it('says of every section and of most keys what they mean', () => {
    const told = JSON.stringify(schemaOf('docs/runbook.schema.json')).match(/"description":/g) ?? [];
    expect(told.length).toBeGreaterThan(20);
  });

  it('takes sizes and times exactly as the command line does', () => {
    const number = fc.oneof(fc.nat(999).map(String), fc.constantFrom('1.5', '1.', '.5', '-1', ''));
    const unit = fc.constantFrom(
      '',
      'B',
      'b',
      'kB',
      'KB',
      'MB',
      'GB',
      'TB',
      'PB',
      's',
      'm',
      'h',
      'd',
      'ms',
      'S',
    );
    fc.assert(
      fc.property(number, fc.constantFrom('', ' ', '\t'), unit, (amount, blank, name) => {
        const text = `${amount}${blank}${name}`;
        const takes = (section: string, key: string): boolean =>
          config.safeParse({ ...example(), [section]: { [key]: text } }).success;
        expect(takes('replication', 'slotWalLimit')).toBe(parseBytes(text) !== undefined);
        const ms = parseDuration(text);
        // No time at all matches the pattern; the command line says so.
        if (!/^\s*0/.test(text)) expect(takes('approval', 'validFor')).toBe(ms !== undefined);
      }),
    );
  });
});

describe('docs/plan.schema.json', () => {
  const checked = checker('docs/plan.schema.json');
  const document = () => structuredClone({ plans: [samplePlan] });
  const OPTIONAL = [
    'movedTo',
    'host',
    'detail',
    'hint',
    'leader',
    'restart',
    'destroys',
    'systemIdentifier',
    'lastWrite',
  ];

  it('is compared with the types so that a key too few is seen, also one that may be absent', () => {
    // Checked when this compiles.
    const seen: [Identical<{ a: 1; b?: 2 }, { a: 1 }>, Identical<{ a?: 1 }, { a?: 1 }>] = [false, true];
    expect(seen).toEqual([false, true]);
  });

  it('takes a plan', () => {
    expect(checked.safeParse(document()).error).toBeUndefined();
  });

  /** Every object of the document, with its path, but for `followers`, whose keys are names. */
  const objects = (value: unknown, path: (string | number)[] = []): [string, Record<string, unknown>][] => {
    if (typeof value !== 'object' || value === null) return [];
    const below = Object.entries(value).flatMap(([key, inner]) => objects(inner, [...path, key]));
    const named = Array.isArray(value) || path.at(-1) === 'followers';
    return named ? below : [[path.join('.'), value as Record<string, unknown>], ...below];
  };

  it('refuses a key too many, wherever it is', () => {
    const places = objects(document()).map(([path]) => path);
    expect(places.length).toBeGreaterThan(15);
    for (const place of places) {
      const changed = document();
      const at = objects(changed).find(([path]) => path === place)?.[1];
      if (at !== undefined) at['extra'] = 1;
      expect([place, checked.safeParse(changed).success]).toEqual([place, false]);
    }
  });

  it('refuses a missing key, wherever it is, unless it may be absent', () => {
    let tried = 0;
    for (const [place, object] of objects(document())) {
      for (const key of Object.keys(object).filter((name) => !OPTIONAL.includes(name))) {
        const changed = document();
        const at = objects(changed).find(([path]) => path === place)?.[1];
        if (at !== undefined) Reflect.deleteProperty(at, key);
        expect([place, key, checked.safeParse(changed).success]).toEqual([place, key, false]);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(50);
  });

  it('takes a plan of a leader that could not be surveyed', () => {
    const { leader: _leader, ...rest } = samplePlan;
    expect(checked.safeParse({ plans: [{ ...rest, followers: {} }] }).success).toBe(true);
  });
});
