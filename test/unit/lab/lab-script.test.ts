import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labScript } from '../../../lab/lab-script.js';

const directory = dirname(labScript());
const scripts = ['.', 'lib', 'inside'].flatMap((name) =>
  readdirSync(join(directory, name))
    .filter((file) => file.endsWith('.sh'))
    .map((file) => join(directory, name, file)),
);

describe('the scripts of the lab', () => {
  it.each(scripts)('%s parses', (file) => {
    const outcome = spawnSync('bash', ['-n', file], { encoding: 'utf8' });
    expect(outcome.stderr).toBe('');
    expect(outcome.status).toBe(0);
  });

  it('prints its verbs without being root', () => {
    const outcome = spawnSync('bash', [labScript(), 'help'], { encoding: 'utf8' });
    expect(outcome.status).toBe(0);
    for (const verb of ['up', 'reset', 'destroy', 'ssh-config', 'power-cut', 'slow']) {
      expect(outcome.stdout).toContain(verb);
    }
  });

  it('has a verb for every command its help and its dispatcher name', () => {
    const text = scripts.map((file) => readFileSync(file, 'utf8')).join('\n');
    const listed = /up \| down[^)]*/.exec(readFileSync(labScript(), 'utf8'))?.[0] ?? '';
    const verbs = listed
      .replaceAll('\\', ' ')
      .split(/[\s|]+/)
      .filter((verb) => verb !== '');
    expect(verbs.length).toBeGreaterThan(15);
    for (const verb of verbs) expect(text).toContain(`\nverb_${verb.replaceAll('-', '_')}() {`);
  });

  it('lists every package it asks for in packages.txt', () => {
    const list = readFileSync(join(directory, 'packages.txt'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const check = readFileSync(join(directory, 'lib', 'check.sh'), 'utf8');
    const table = /NEEDED_PROGRAMS="([^"]*)"/.exec(check)?.[1] ?? '';
    const needed = table
      .trim()
      .split(/\s+/)
      .map((entry) => entry.split(':')[1] ?? '');
    expect(needed.length).toBeGreaterThan(10);
    expect(list).toEqual(expect.arrayContaining(needed));
  });
});

describe('lab', () => {
  const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];

  it.skipIf(process.getuid?.() !== 0)('tells anybody but root that it needs root', () => {
    // the script travels by stdin, since the tree may be closed to others
    const outcome = spawnSync('setpriv', [...asNobody, 'bash', '-s'], {
      input: `${readFileSync(join(directory, 'lib', 'message.sh'), 'utf8')}\nneed_root\n`,
      encoding: 'utf8',
    });
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/^error: {3}the lab needs root \[NO_ROOT\]\ndetail: .*\nhint: /);
  });

  it.skipIf(process.getuid?.() !== 0).each([
    [['frobnicate'], /no command "lab frobnicate" \[USAGE\]/],
    [['up', '--hosts', 'Leader'], /"Leader" cannot be the name of a host/],
    [['up', '--hosts', 'a,b,a'], /names a host twice/],
    [['up', '--sample', 'big'], /--sample takes a size/],
    [['up', '--sample'], /--sample needs a value/],
    [['up', '--size', '1'], /no option "--size"/],
    [['up', '--config', '/nowhere/at/all.yaml'], /cannot be written/],
  ])('%j is a mistake of usage, and nothing is made', (args, message) => {
    const outcome = spawnSync('bash', [labScript(), ...args], {
      encoding: 'utf8',
      env: { ...process.env, LAB_HOME: '/nowhere/lab' },
    });
    expect(outcome.stderr).toMatch(message);
    expect(existsSync('/nowhere')).toBe(false);
    expect(outcome.status).toBe(2);
  });
});
