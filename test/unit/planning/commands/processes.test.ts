import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { PROCESSES } from '../../../../planning/commands/processes.js';
import { buildScript } from '../../../../planning/commands/script.js';
import { scriptBench } from './script-bench.js';

const BOOTED = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
const pidFile = (startedAt: number): string => `99999\n/data\n${String(startedAt)}\n5432\n`;

/** A server is stopped when nothing works in its directory, and its pid file is gone or provably left over. */
it.each<[string, string | undefined, boolean]>([
  ['no pid file', undefined, true],
  ['one that a power cut has left empty', '', true],
  ['one whose data never reached the disk', '\0'.repeat(97), true],
  ['one from before this boot', pidFile(BOOTED - 60), true],
  ['one of this boot, which a container out of sight could hold', pidFile(BOOTED + 1), false],
  ['one that is no pid file', 'x\n', false],
])('with %s', async (_, content, stopped) => {
  const bench = scriptBench();
  const data = bench.path('data');
  mkdirSync(data);
  if (content !== undefined) writeFileSync(`${data}/postmaster.pid`, content);
  const script = buildScript({
    variables: { DATA: data },
    functions: [PROCESSES],
    body: 'if is_stopped "$DATA"; then say stopped yes; else say stopped no; fi; say why "$(why_not_stopped "$DATA")"',
  });
  const { values } = await bench.run(script);
  expect(values.stopped).toBe(stopped ? 'yes' : 'no');
  expect(values.why).toMatch(/postmaster\.pid tells of a server/);
});

/** PostgreSQL refuses to start over a pid file that says nothing, and takes over any other by itself. */
it.each<[string, string, boolean, boolean]>([
  ['an empty one', '', false, false],
  ['one of zeros', '\0'.repeat(97), false, false],
  ['one that names a server', pidFile(BOOTED - 60), false, true],
  ['an empty one of a server at work', '', true, true],
])('of the pid files, %s is removed before a start, or stays', async (_, content, atWork, stays) => {
  const bench = scriptBench();
  const data = bench.path('data');
  mkdirSync(data);
  writeFileSync(`${data}/postmaster.pid`, content);
  const server = atWork ? spawn('sleep', ['60'], { cwd: data }) : undefined;
  if (server !== undefined) await once(server, 'spawn');
  try {
    const body = 'remove_blank_pid_file "$DATA"';
    const outcome = await bench.run(buildScript({ variables: { DATA: data }, functions: [PROCESSES], body }));
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  } finally {
    server?.kill();
  }
  expect(existsSync(`${data}/postmaster.pid`)).toBe(stays);
});
