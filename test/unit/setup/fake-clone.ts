import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TEMPORAL_VERSION } from '../../../server/find-temporal.mjs';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { writeProgram } from '../../support/write-program.js';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const LOCK = {
  name: 'clone',
  lockfileVersion: 3,
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' } },
};

/** What a temporal program answers, as a script. */
export const TEMPORAL_SCRIPT = `echo "temporal version ${TEMPORAL_VERSION} (Server 1.31.2, UI 2.50.1)"`;

/** Each program notes its call, then does what the real one is needed for. */
const PROGRAMS = {
  'dpkg-query': 'shift 3; for name in "$@"; do echo "ii  $name"; done',
  npm: 'mkdir -p node_modules && cp package-lock.json node_modules/.package-lock.json',
  go: `if [ "$1" = version ]; then echo 'go version go1.26.4 linux/amd64'; exit; fi
while [ "$1" != -o ]; do shift; done
echo 'go: downloading github.com/temporalio/cli v${TEMPORAL_VERSION}' >&2
printf '#!/bin/sh\\n%s\\n' '${TEMPORAL_SCRIPT}' > "$2" && chmod +x "$2"`,
};

/** Stand for compiler and bundler, which are not what is tested. */
const TSC =
  "require('fs').mkdirSync('dist/bin', { recursive: true }); require('fs').writeFileSync('dist/bin/runbook.js', '')";
const BUNDLER = "import { writeFileSync } from 'node:fs'; writeFileSync('dist/workflow-bundle.js', '');";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The real set-up script in a clone of its own, on a machine with only the given programs. */
export class FakeClone {
  readonly root = temporaryDirectory();
  readonly bin = join(this.root, 'machine', 'bin');
  readonly cache = join(this.root, 'machine', 'cache');
  readonly cached = join(this.cache, 'pg-replication-runbook', `temporal-${TEMPORAL_VERSION}`);

  constructor() {
    cpSync(join(REPOSITORY, 'scripts'), join(this.root, 'scripts'), { recursive: true });
    writeFileSync(join(this.root, 'scripts', 'bundle-workflows.mjs'), BUNDLER);
    for (const name of ['file-lock.mjs', 'find-temporal.mjs']) {
      cpSync(join(REPOSITORY, 'server', name), join(this.root, 'server', name));
    }
    this.write('lab/packages.txt', '# what the lab needs\npostgresql\nsudo # for ops\n');
    this.write('package.json', '{ "type": "module" }');
    this.write('package-lock.json', JSON.stringify(LOCK));
    this.write('tsconfig.base.json', '{}');
    this.write('workflows/index.ts', '');
    this.write('node_modules/typescript/package.json', '{}');
    this.write('node_modules/typescript/bin/tsc', TSC);
    for (const [name, script] of Object.entries(PROGRAMS)) this.program(name, script);
    // tar stays the machine's own.
    symlinkSync('/bin/tar', join(this.bin, 'tar'));
  }

  write(path: string, content: string): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  program(name: string, script: string): void {
    const note = `echo ${name} "$1" >> '${join(this.root, 'calls')}'`;
    writeProgram(this.bin, name, `PATH=/usr/bin:/bin\n${note}\n${script}`);
  }

  /** Every call of a program since the last time this was asked. */
  calls(): string[] {
    const path = join(this.root, 'calls');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
    writeFileSync(path, '');
    return lines.filter((line) => line !== '');
  }

  setUp(args: string[] = [], env: Record<string, string> = {}): Promise<Ended> {
    const child = spawn(process.execPath, [join(this.root, 'scripts', 'setup.mjs'), ...args], {
      env: { PATH: this.bin, XDG_CACHE_HOME: this.cache, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (ended.stderr += chunk.toString()));
    return new Promise((done) => {
      child.once('close', (code) => done({ ...ended, code }));
    });
  }
}
