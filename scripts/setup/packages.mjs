import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { SetupProblem } from './problem.mjs';
import { lastLines, runCommand } from './run-command.mjs';

/**
 * The Debian packages the lab is made of. They are installed so that nothing of them is started, and no
 * PostgreSQL cluster made, on the machine itself.
 */

const WITHOUT_LAB = 'without the lab (demo and lab tests): `npm run setup -- --no-packages`';
const MARK = '# made by pg-replication-runbook for the time of one installation';

/**
 * @param {{ root: string, log: (line: string) => void, sysroot?: string }} options `sysroot` is for tests
 */
export async function ensurePackages({ root, log, sysroot = '/' }) {
  const wanted = packageList(readFileSync(join(root, 'lab', 'packages.txt'), 'utf8'));
  const missing = await missingPackages(wanted);
  if (missing.length === 0) return;
  refuseWithoutRoot(missing);
  log(`Debian packages the lab needs and this machine lacks: ${missing.join(' ')}`);
  if (!(await agreed())) {
    throw new SetupProblem('the packages were not installed', {
      hints: [
        `install them yourself: apt-get install --no-install-recommends ${missing.join(' ')}`,
        WITHOUT_LAB,
      ],
    });
  }
  await withNothingStarted(sysroot, missing, () => install(missing, log));
}

/**
 * One name a line; `#` begins a comment.
 * @param {string} text
 */
export function packageList(text) {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return lines.filter((line) => line !== '');
}

/** @param {string[]} wanted */
async function missingPackages(wanted) {
  const query = await runCommand('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\\n', ...wanted]);
  if (process.platform !== 'linux' || query.code === 127) {
    throw new SetupProblem('the lab needs Linux with Debian packages (Debian 12 is tested)', {
      detail: `This is ${process.platform}${query.code === 127 ? ', and there is no dpkg-query' : ''}.`,
      hints: [WITHOUT_LAB, 'run the demo in a Debian machine'],
    });
  }
  // Second letter `i`: installed, whatever is wanted for the future (first letter).
  const installed = [...query.output.matchAll(/^.i. (\S+)$/gm)].map((match) => match[1]);
  return wanted.filter((name) => !installed.includes(name));
}

/** @param {string[]} missing */
function refuseWithoutRoot(missing) {
  if (process.getuid?.() === 0) return;
  throw new SetupProblem(`Debian packages are missing: ${missing.join(' ')}`, {
    detail: 'Installing them, and the lab itself, need root.',
    hints: [
      'run the same command as root',
      `or install them: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
      WITHOUT_LAB,
    ],
  });
}

/** Asks on a terminal only; end of input is a no. */
async function agreed() {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return true;
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise((resolve) => prompt.once('close', () => resolve('no')));
  const answer = await Promise.race([
    prompt.question('Install them now? No service is started. [Y/n] '),
    closed,
  ]);
  prompt.close();
  return ['', 'y', 'yes'].includes(String(answer).trim().toLowerCase());
}

/**
 * @param {string} sysroot
 * @param {string[]} packages
 * @param {() => Promise<void>} work
 */
async function withNothingStarted(sysroot, packages, work) {
  const undo = [noServices(sysroot)];
  if (packages.includes('postgresql')) undo.push(noCluster(sysroot));
  const undoAll = () => {
    for (const step of undo) step();
  };
  process.once('exit', undoAll);
  const interrupted = () => process.exit(130);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    await work();
  } finally {
    process.off('exit', undoAll).off('SIGINT', interrupted).off('SIGTERM', interrupted);
    undoAll();
  }
}

/**
 * Debian's maintainer scripts ask policy-rc.d before they start anything; 101 is no.
 * @param {string} sysroot
 */
function noServices(sysroot) {
  return temporaryFile(join(sysroot, 'usr/sbin/policy-rc.d'), `#!/bin/sh\n${MARK}\nexit 101\n`, 0o755);
}

/**
 * postgresql-15's maintainer script makes the cluster `main` unless this says otherwise.
 * @param {string} sysroot
 */
function noCluster(sysroot) {
  const directory = join(sysroot, 'etc/postgresql-common/createcluster.d');
  const path = join(directory, 'pg-replication-runbook.conf');
  mkdirSync(directory, { recursive: true });
  const remove = temporaryFile(path, `${MARK}\ncreate_main_cluster = false\n`, 0o644);
  return () => {
    remove();
    if (existsSync(directory) && readdirSync(directory).length === 0) rmdirSync(directory);
  };
}

/**
 * A file of somebody else stays; one of ours that a killed run left is taken over.
 * @param {string} path
 * @param {string} content
 * @param {number} mode
 */
function temporaryFile(path, content, mode) {
  if (existsSync(path) && !readFileSync(path, 'utf8').includes(MARK)) return () => undefined;
  writeFileSync(path, content, { mode });
  return () => rmSync(path, { force: true });
}

/**
 * @param {string[]} packages
 * @param {(line: string) => void} log
 */
async function install(packages, log) {
  log(`Installing ${packages.length} packages with apt-get ...`);
  const first = await apt(['install', '--no-install-recommends', ...packages]);
  if (first.code === 0) return;
  // Package lists are missing on a bare machine, and old ones name files the mirror no longer has.
  log('Updating the package lists ...');
  const update = await apt(['update']);
  const second = await apt(['install', '--no-install-recommends', ...packages]);
  if (second.code === 0) return;
  throw new SetupProblem('apt-get could not install the packages', {
    detail: lastLines(update.code === 0 ? second.output : `${update.output}\n${second.output}`),
    hints: [
      `install them yourself: apt-get install --no-install-recommends ${packages.join(' ')}`,
      WITHOUT_LAB,
    ],
  });
}

/** @param {string[]} args */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another apt at work (unattended-upgrades) is waited for instead of failing at once.
  return runCommand('apt-get', ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120', ...args], { env });
}
