import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { claimScript } from '../../../../planning/commands/follower-files.js';
import { jobStatusScript } from '../../../../planning/commands/job.js';
import { buildScript, readAnswer, REFUSED, STATE_DIRECTORY } from '../../../../planning/commands/script.js';
import { guardOn, scriptBench, shell } from './script-bench.js';

describe('buildScript', () => {
  it('says, says texts, and refuses', async () => {
    const bench = scriptBench();
    const variables = { WORD: "it's a\n$HOME `word`", EMPTY: '' };
    const script = buildScript({
      variables,
      functions: ['twice() { say double "$1$1"; }'],
      body: 'printf %s "$WORD" | say64 word\nsay empty "$EMPTY"\ntwice x\nrefuse NO_CLUSTER "none at all"\nsay never 1',
    });
    const outcome = await bench.run(script);
    expect(outcome).toMatchObject({
      code: REFUSED,
      values: { empty: '', double: 'xx' },
      refused: { code: 'NO_CLUSTER', detail: 'none at all' },
    });
    expect(outcome.text('word')).toBe(variables.WORD);
  });

  it('runs with what a login shell may have changed put right', async () => {
    const script = buildScript({ body: 'say umask "$(umask)"; say locale "$LC_ALL"; say unset "$NOT_SET"' });
    const outcome = await shell(['/bin/sh', '-s'], script, { LC_ALL: 'xx_XX', PATH: '/nowhere' });
    expect(outcome).toMatchObject({ code: 2, values: { umask: '0077', locale: 'C' } });
    expect(outcome.stderr).toContain('NOT_SET');
  });

  // `sh -s` runs each command as soon as it has read it.
  it.each([
    ['a script that changes', claimScript(guardOn('/nowhere/main'), { madeRole: "it's\na role" })],
    [
      'a script that reads',
      jobStatusScript({
        dataDirectory: '/nowhere/main',
        op: 'a1b2c3d4',
        directories: ['/nowhere/new'],
        measure: false,
      }),
    ],
  ])('%s does nothing when its sending breaks off', async (_, text) => {
    const bench = scriptBench();
    const script = text.replace(`STATE=${STATE_DIRECTORY}`, `STATE=${bench.state}`);
    const whole = await shell(['/bin/sh', '-s'], script);
    expect([whole.code, whole.stdout === '' && !existsSync(bench.state)]).toEqual([0, false]);
    const cuts = cutPoints(script);
    expect(cuts.length).toBeGreaterThan(150);
    // All cuts in one go; whatever one of them prints or makes is seen.
    const each = cuts.map((cut) => `head -c ${String(cut)} "$SCRIPT" | /bin/sh -s 2>/dev/null`).join('\n');
    const clean = scriptBench();
    const copy = clean.path('script');
    await shell(
      ['/bin/sh', '-c', 'cat >"$COPY"'],
      text.replace(`STATE=${STATE_DIRECTORY}`, `STATE=${clean.state}`),
      {
        COPY: copy,
      },
    );
    const outcome = await shell(['/bin/sh', '-s'], each, { SCRIPT: copy });
    expect(outcome.stdout).toBe('');
    expect(existsSync(clean.state)).toBe(false);
  });
});

/** Within and behind each function's name, where half a definition is a command; and every 60 bytes. */
function cutPoints(script: string): number[] {
  const cuts = new Set<number>();
  for (const match of script.matchAll(/^([a-z_]\w*)(?=\(\))/gm))
    for (let length = 1; length <= match[0].length; length += 1) cuts.add(match.index + length);
  for (let at = 0; at < script.length - 20; at += 60) cuts.add(at);
  for (let last = 2; last <= 8; last += 1) cuts.add(script.length - last);
  return [...cuts];
}

describe('readAnswer', () => {
  it.each([
    ['a=1\nb=2\na=3\n', { values: { a: '3', b: '2' }, encoded: {} }],
    ['text:=eA==\ntext=plain\n', { values: { text: 'plain' }, encoded: { text: 'eA==' } }],
    [
      'record.0a1b=x\neffective.max_connections=7\n',
      {
        values: { 'record.0a1b': 'x', 'effective.max_connections': '7' },
        encoded: {},
      },
    ],
    ['a==b=\n', { values: { a: '=b=' }, encoded: {} }],
    ['a=\n', { values: { a: '' }, encoded: {} }],
    ['warning: noise\nA=1\n =2\n1a=3\n', { values: {}, encoded: {} }],
    [
      'a=1\n!HOST_BUSY the lock is held\n',
      {
        values: { a: '1' },
        encoded: {},
        refused: { code: 'HOST_BUSY', detail: 'the lock is held' },
      },
    ],
    ['!HOST_BUSY\n', { values: {}, encoded: {}, refused: { code: 'HOST_BUSY', detail: '' } }],
    ['!lower case\n!\nx !HOST_BUSY y\n', { values: {}, encoded: {} }],
    ['', { values: {}, encoded: {} }],
  ])('%j', (stdout, expected) => {
    expect(readAnswer(stdout)).toEqual(expected);
  });
});
