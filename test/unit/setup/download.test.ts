import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveUrl } from '../../../scripts/setup/download-release.mjs';
import { freePort } from '../../../server/free-port.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { writeProgram } from '../../support/write-program.js';
import { FakeClone, TEMPORAL_SCRIPT } from './fake-clone.js';

/** Serves `content` where the release archive would be; everything else is 404. */
async function releaseServer(content: Buffer): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const isThere =
      request.url === new URL(archiveUrl({})).pathname.replace('/temporalio/cli/releases/download', '');
    response.writeHead(isThere ? 200 : 404).end(isThere ? content : 'not here');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { address: `http://127.0.0.1:${address.port}`, asked };
}

function archiveWith(script: string): Buffer {
  const directory = temporaryDirectory();
  writeProgram(directory, 'temporal', script);
  writeProgram(directory, 'LICENSE', '');
  execFileSync('tar', ['-czf', 'archive.tar.gz', 'LICENSE', 'temporal'], { cwd: directory });
  return readFileSync(join(directory, 'archive.tar.gz'));
}

function withoutGo(): FakeClone {
  const clone = new FakeClone();
  rmSync(join(clone.bin, 'go'));
  return clone;
}

describe('without Go', () => {
  it('the release archive of the pinned version is taken', async () => {
    const clone = withoutGo();
    const { address, asked } = await releaseServer(archiveWith(TEMPORAL_SCRIPT));
    const ended = await clone.setUp([], { RUNBOOK_TEMPORAL_DOWNLOAD: `${address}/` });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(asked).toHaveLength(1);
    expect(execFileSync(clone.cached, ['--version'], { encoding: 'utf8' })).toContain('1.8.2');
    expect(readdirSync(dirname(clone.cached))).toEqual(['temporal-1.8.2']);
  });

  it.each([
    ['is not there', Buffer.alloc(0), '/elsewhere', 'the server answered 404'],
    ['is something else', Buffer.from('<html>'), '', 'what came is not a gzip archive'],
    [
      'holds another version',
      archiveOf('echo "temporal version 1.2.0 (x)"'),
      '',
      'does not run as version 1.8.2',
    ],
  ])('an archive that %s leaves nothing behind', async (_what, content, path, reason) => {
    const clone = withoutGo();
    const { address } = await releaseServer(typeof content === 'function' ? content() : content);
    const { code, stderr } = await clone.setUp([], { RUNBOOK_TEMPORAL_DOWNLOAD: address + path });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no Go on PATH');
    expect(stderr).toContain(reason);
    expect(readdirSync(dirname(clone.cached))).toEqual([]);
  });

  it('every way out is named when nothing can be got', async () => {
    const clone = withoutGo();
    const { code, stderr } = await clone.setUp([], { RUNBOOK_TEMPORAL_DOWNLOAD: await nobody() });
    expect(code).toBe(1);
    expect(stderr).toContain('error: there is no Temporal server (version 1.8.2), and none could be got');
    expect(stderr).toContain('ECONNREFUSED');
    for (const way of ['Go 1.21', 'RUNBOOK_TEMPORAL_DOWNLOAD', 'TEMPORAL_ADDRESS', 'TEMPORAL_CLI_PATH']) {
      expect(stderr).toMatch(new RegExp(`^hint: .*${way}`, 'm'));
    }
  });
});

describe('with Go', () => {
  it.each([
    ['is too old', "echo 'go version go1.19.8 linux/amd64'", 'Go is 1.19'],
    [
      'cannot build',
      `[ "$1" = version ] && { echo 'go version go1.26.4 x'; exit; }; echo 'no space left' >&2; exit 1`,
      'no space left',
    ],
  ])(
    'that %s the archive is taken instead; if that fails too, both reasons are shown',
    async (_what, go, reason) => {
      const clone = new FakeClone();
      clone.program('go', go);
      const failed = await clone.setUp([], { RUNBOOK_TEMPORAL_DOWNLOAD: await nobody() });
      expect(failed.stderr).toContain(reason);
      expect(failed.stderr).toContain('could not be downloaded');
      const { address } = await releaseServer(archiveWith(TEMPORAL_SCRIPT));
      await expect(clone.setUp([], { RUNBOOK_TEMPORAL_DOWNLOAD: address })).resolves.toMatchObject({
        code: 0,
      });
      expect(existsSync(clone.cached)).toBe(true);
    },
  );
});

/** An address where nothing listens. */
async function nobody(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`;
}

/** Made inside the test, which owns the temporary directory. */
function archiveOf(script: string): () => Buffer {
  return () => archiveWith(script);
}

it('the official place is https at its makers', () => {
  expect(archiveUrl({})).toMatch(
    /^https:\/\/github\.com\/temporalio\/cli\/releases\/download\/v1\.8\.2\/temporal_cli_1\.8\.2_(linux|darwin)_(amd64|arm64)\.tar\.gz$/,
  );
});
