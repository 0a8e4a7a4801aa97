import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeClone } from './fake-clone.js';

const DONE = 'Everything is set up.\n';

const programsCalled = (clone: FakeClone): string[] => clone.calls().map((call) => call.split(' ')[0] ?? '');

describe('npm run setup', () => {
  it('does everything in a fresh clone, and nothing the second time', async () => {
    const clone = new FakeClone();
    const first = await clone.setUp();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('npm ci');
    expect(first.stdout).toContain('about 4 minutes, once');
    expect(first.stdout.endsWith(DONE)).toBe(true);
    expect(existsSync(clone.cached)).toBe(true);
    expect(programsCalled(clone).sort()).toEqual(['dpkg-query', 'go', 'go', 'npm']);
    const second = await clone.setUp();
    expect(second).toEqual({ code: 0, stdout: DONE, stderr: '' });
    expect(programsCalled(clone)).toEqual(['dpkg-query']);
  });

  it('builds again when a source has changed, and only that', async () => {
    const clone = new FakeClone();
    await clone.setUp();
    clone.calls();
    clone.write('workflows/index.ts', 'export {};');
    const { stdout } = await clone.setUp();
    expect(stdout).toBe(`Building ...\n${DONE}`);
    expect(programsCalled(clone)).toEqual(['dpkg-query']);
  });

  it.each([
    ['changed', { 'node_modules/a': { version: '1.0.1' } }],
    ['got a package', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }],
    ['lost a package', {}],
  ])('installs again when the lock file has %s', async (_what, packages) => {
    const clone = new FakeClone();
    await clone.setUp();
    clone.calls();
    clone.write('package-lock.json', JSON.stringify({ packages }));
    await clone.setUp();
    expect(programsCalled(clone)).toEqual(['dpkg-query', 'npm']);
  });

  it('does not mind optional packages of other platforms', async () => {
    const clone = new FakeClone();
    await clone.setUp();
    clone.calls();
    const packages = {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/mac': { version: '1.0.0', optional: true },
    };
    clone.write('package-lock.json', JSON.stringify({ packages }));
    await clone.setUp();
    expect(programsCalled(clone)).toEqual(['dpkg-query']);
  });

  it('shows what the compiler said, and does not take a failed build for one', async () => {
    const clone = new FakeClone();
    clone.write('node_modules/typescript/bin/tsc', "console.log('x.ts(1,1): error TS1'); process.exit(2)");
    for (const _time of [1, 2]) {
      const { code, stderr } = await clone.setUp();
      expect(code).toBe(1);
      expect(stderr).toBe('error: the build failed\ndetail: x.ts(1,1): error TS1\n');
    }
  });

  it('tells a wrong option from a failure', async () => {
    const { code, stderr } = await new FakeClone().setUp(['--no-such-thing']);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage:');
  });
});

describe('the Temporal server', () => {
  it.each([
    ['TEMPORAL_ADDRESS names one that runs', { TEMPORAL_ADDRESS: 'temporal.internal:7233' }, []],
    ['it is left out', {}, ['--no-server']],
  ])('is not got when %s', async (_what, env, args) => {
    const clone = new FakeClone();
    await expect(clone.setUp(args, env)).resolves.toMatchObject({ code: 0 });
    expect(programsCalled(clone)).not.toContain('go');
  });

  it('is not got when there is one on PATH', async () => {
    const clone = new FakeClone();
    clone.program('temporal', 'echo "temporal version 1.7.0 (Server 1.30.0)"');
    await expect(clone.setUp()).resolves.toMatchObject({ code: 0 });
    expect(programsCalled(clone)).not.toContain('go');
  });

  it('is not replaced when TEMPORAL_CLI_PATH is wrong', async () => {
    const clone = new FakeClone();
    const { code, stderr } = await clone.setUp([], { TEMPORAL_CLI_PATH: '/nowhere/temporal' });
    expect(code).toBe(1);
    expect(stderr).toContain('TEMPORAL_CLI_PATH is /nowhere/temporal, which is not a temporal program');
    expect(programsCalled(clone)).not.toContain('go');
  });

  it('is built once when two processes want it; the second one waits', async () => {
    const clone = new FakeClone();
    clone.program(
      'go',
      `[ "$1" = version ] && { echo 'go version go1.21.0 x'; exit; }
while [ "$1" != -o ]; do shift; done
sleep 1
printf '#!/bin/sh\\necho "temporal version 1.8.2 (x)"\\n' > "$2"; chmod +x "$2"`,
    );
    const both = await Promise.all([clone.setUp(['--no-packages']), clone.setUp(['--no-packages'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(clone.calls().filter((call) => call.startsWith('go build'))).toHaveLength(1);
    expect(
      both.filter(({ stdout }) => stdout.includes('is getting the Temporal server; waiting')),
    ).toHaveLength(1);
  });

  it('goes on after a build that was killed', async () => {
    const clone = new FakeClone();
    await clone.setUp();
    rmSync(clone.cached);
    writeFileSync(`${clone.cached}.tmp-build`, 'half');
    writeFileSync(`${clone.cached}.lock`, '999999999 1\n');
    await expect(clone.setUp()).resolves.toMatchObject({ code: 0 });
    expect(readdirSync(dirname(clone.cached))).toEqual(['temporal-1.8.2']);
  });
});

describe('without what the lab needs', () => {
  it('says so where there are no Debian packages, with the way to do without', async () => {
    const clone = new FakeClone();
    rmSync(join(clone.bin, 'dpkg-query'));
    const { code, stderr } = await clone.setUp();
    expect(code).toBe(1);
    expect(stderr).toContain('error: the lab needs Linux with Debian packages');
    expect(stderr).toContain('npm run setup -- --no-packages');
    await expect(clone.setUp(['--no-packages'])).resolves.toMatchObject({ code: 0 });
  });
});
