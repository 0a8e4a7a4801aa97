import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** The launcher in a clone of its own, whose built command line prints what it was called with. */
function clone({ built }: { built: boolean }) {
  const directory = realpathSync(temporaryDirectory());
  const root = join(directory, 'a clone');
  mkdirSync(join(root, 'bin'), { recursive: true });
  cpSync(resolve(import.meta.dirname, '../../../bin/runbook'), join(root, 'bin/runbook'));
  if (built) {
    mkdirSync(join(root, 'dist/bin'), { recursive: true });
    const script =
      'console.log(JSON.stringify([__filename, ...process.argv.slice(2)])); process.exitCode = 3;';
    writeFileSync(join(root, 'dist/bin/runbook.js'), script);
  }
  return { directory, root };
}

const run = (program: string, args: string[] = [], PATH = `${dirname(process.execPath)}:/usr/bin:/bin`) =>
  spawnSync(program, args, { encoding: 'utf8', env: { PATH } });

describe('bin/runbook', () => {
  it('passes arguments and exit code on, called through links from anywhere', () => {
    const { directory, root } = clone({ built: true });
    symlinkSync(join('a clone', 'bin', 'runbook'), join(directory, 'relative'));
    mkdirSync(join(directory, 'other'));
    symlinkSync('../relative', join(directory, 'other', 'runbook'));
    const { stdout, status } = run(join(directory, 'other', 'runbook'), ['plan', 'a b', '']);
    expect(JSON.parse(stdout)).toEqual([join(root, 'dist/bin/runbook.js'), 'plan', 'a b', '']);
    expect(status).toBe(3);
  });

  it('says what to do when nothing is built yet', () => {
    const { root } = clone({ built: false });
    const { stderr, status } = run(join(root, 'bin', 'runbook'));
    expect(stderr).toContain(
      'error: the command line is not built yet\nhint: Run `npm run setup` in ' + root,
    );
    expect(status).toBe(1);
  });

  it('says so when there is no Node.js', () => {
    const { directory, root } = clone({ built: true });
    // A PATH with what the script itself calls, and nothing else.
    const bin = join(directory, 'bin');
    mkdirSync(bin);
    for (const name of ['dirname', 'readlink', 'sh']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    const { stderr, status } = run(join(root, 'bin', 'runbook'), [], bin);
    expect(stderr).toContain('there is no node on PATH');
    expect(status).toBe(1);
  });
});
