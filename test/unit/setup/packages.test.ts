import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ensurePackages, packageList } from '../../../scripts/setup/packages.mjs';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { writeProgram } from '../../support/write-program.js';

const POLICY = 'usr/sbin/policy-rc.d';
const CLUSTER = 'etc/postgresql-common/createcluster.d';

let sysroot: string;
let log: string[];
let ensure: () => Promise<void>;

/** `apt-get` that notes what the machine looks like while it runs. */
function aptGet(end: string): void {
  writeProgram(
    join(sysroot, 'bin'),
    'apt-get',
    `cd '${sysroot}' && { echo "$*"; /bin/cat ${POLICY} ${CLUSTER}/*.conf; } >> seen 2>&1\n${end}`,
  );
}

const seen = (): string => readFileSync(join(sysroot, 'seen'), 'utf8');

beforeEach(() => {
  sysroot = temporaryDirectory();
  log = [];
  mkdirSync(join(sysroot, 'usr/sbin'), { recursive: true });
  mkdirSync(join(sysroot, 'lab'));
  writeFileSync(join(sysroot, 'lab/packages.txt'), '# comment\n\nsudo\npostgresql # server\niproute2\n');
  // sudo is there, postgresql was removed but not purged, iproute2 was never installed.
  const states = "echo 'ii  sudo'; echo 'rc  postgresql'; exit 1";
  writeProgram(join(sysroot, 'bin'), 'dpkg-query', states);
  vi.stubEnv('PATH', join(sysroot, 'bin'));
  vi.spyOn(process, 'getuid').mockReturnValue(0);
  ensure = () => ensurePackages({ root: sysroot, sysroot, log: (line) => log.push(line) });
});

describe('ensurePackages', () => {
  it('installs what is missing, names it, and lets nothing be started meanwhile', async () => {
    aptGet('exit 0');
    await ensure();
    expect(log[0]).toBe('Debian packages the lab needs and this machine lacks: postgresql iproute2');
    expect(seen()).toContain('install --no-install-recommends postgresql iproute2\n');
    expect(seen()).toContain('exit 101\n');
    expect(seen()).toContain('create_main_cluster = false\n');
    expect(readdirSync(join(sysroot, 'usr/sbin'))).toEqual([]);
    expect(existsSync(join(sysroot, CLUSTER))).toBe(false);
  });

  it('updates the lists once when the first try fails', async () => {
    aptGet(`[ -e updated ] || { [ "$5" = update ] && : > updated || exit 100; }`);
    await ensure();
    const calls = seen().match(/ (install|update)\b/g);
    expect(calls).toEqual([' install', ' update', ' install']);
  });

  it('cleans up and shows what apt-get said when it cannot', async () => {
    aptGet('echo "E: no space"; exit 100');
    await expect(ensure()).rejects.toMatchObject({
      message: 'apt-get could not install the packages',
      detail: expect.stringContaining('E: no space') as string,
    });
    expect(readdirSync(join(sysroot, 'usr/sbin'))).toEqual([]);
    expect(existsSync(join(sysroot, CLUSTER))).toBe(false);
  });

  it("leaves the machine's own policy alone", async () => {
    aptGet('exit 0');
    writeFileSync(join(sysroot, POLICY), '#!/bin/sh\nexit 0\n');
    await ensure();
    expect(readFileSync(join(sysroot, POLICY), 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  it('takes over what a killed run of ours left', async () => {
    aptGet('exit 0');
    await ensure();
    const left = seen().match(/#!\/bin\/sh\n# made by[^]*?exit 101\n/)?.[0] ?? '';
    expect(left).not.toBe('');
    writeFileSync(join(sysroot, POLICY), left);
    await ensure();
    expect(existsSync(join(sysroot, POLICY))).toBe(false);
  });

  it('without root names the packages and changes nothing', async () => {
    aptGet('exit 0');
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    await expect(ensure()).rejects.toMatchObject({
      message: 'Debian packages are missing: postgresql iproute2',
      hints: expect.arrayContaining([
        'or install them: sudo apt-get install --no-install-recommends postgresql iproute2',
      ]) as string[],
    });
    expect(existsSync(join(sysroot, 'seen'))).toBe(false);
  });
});

it('packages.txt may have comments and empty lines', () => {
  expect(packageList('# a\n\n  b  # c\nd\n')).toEqual(['b', 'd']);
});
